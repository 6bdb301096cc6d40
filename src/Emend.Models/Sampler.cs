// Draws tokens from logits. Order of the restrictions as in Hugging Face's generate: temperature, then top-k, then top-p on what
// top-k leaves, renormalized. The log-probability that is reported is that of the unrestricted distribution.
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Emend.Tensors;

namespace Emend.Models;

/// <summary>Draws one token per call for one thread; holds scratch memory for one row of logits.</summary>
internal sealed class Sampler(SamplingOptions options, int vocabularySize)
{
    private const int Lanes = 16;

    private readonly float[] _weights = new float[vocabularySize + Lanes];
    private readonly PriorityQueue<int, (float Logit, int NegativeId)> _best = new();
    private readonly List<int> _candidates = [];
    private readonly float _inverseTemperature = options.Temperature == 0 ? 1 : (float)(1 / options.Temperature);

    /// <summary>The generator of a row: a function of seed and row alone.</summary>
    public static Random RandomOf(int seed, int row)
    {
        // SplitMix64's finalizer (Steele, Lea and Flood 2014): neighbouring rows get unrelated generators.
        ulong bits = (ulong)(uint)seed << 32 | (uint)row;
        bits = (bits ^ bits >> 30) * 0xbf58476d1ce4e5b9;
        bits = (bits ^ bits >> 27) * 0x94d049bb133111eb;
        return new Random((int)((bits ^ bits >> 31) & int.MaxValue));
    }

    /// <summary>
    /// Under softmax(logits), whatever the options of a sampler: the log-probability of a token, and the most likely tokens with theirs,
    /// most likely first, equal ones by id.
    /// </summary>
    public static (float Logprob, ImmutableArray<TokenLogprob> Best) Best(ReadOnlySpan<float> logits, int token, int count)
    {
        float highest = Highest(logits);
        double total = 0;
        foreach (float logit in logits)
            total += Math.Exp(logit - highest);
        double normalizer = highest + Math.Log(total);
        var best = new List<TokenLogprob>(count + 1);
        for (int id = 0; count > 0 && id < logits.Length; id++)
        {
            if (best.Count == count && logits[id] <= best[^1].Logprob)
                continue;
            int place = best.Count;
            while (place > 0 && logits[id] > best[place - 1].Logprob)
                place--;
            best.Insert(place, new TokenLogprob(id, logits[id]));
            if (best.Count > count)
                best.RemoveAt(count);
        }
        return ((float)(logits[token] - normalizer), [.. best.Select(one => one with { Logprob = (float)(one.Logprob - normalizer) })]);
    }

    /// <summary>One token from a row of logits and its log-probability under softmax(logits / temperature).</summary>
    public (int Token, float Logprob) Draw(ReadOnlySpan<float> logits, Random random)
    {
        (int best, float total) = Weigh(logits);
        int token;
        if (options.Temperature == 0)
            token = best;
        else if (options.TopK == 0 && options.TopP == 1)
            token = DrawFromAll(logits.Length, total, random, best);
        else
            token = DrawFromCandidates(logits, total, random);
        float logprob = (logits[token] - logits[best]) * _inverseTemperature - MathF.Log(total);
        return (token, logprob);
    }

    /// <summary>Fills the weights exp((logit − highest) / temperature); returns the first highest logit's place and the weights' sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private (int Best, float Total) Weigh(ReadOnlySpan<float> logits)
    {
        float highest = Highest(logits);
        int best = logits.IndexOf(highest);
        if (!float.IsFinite(highest))
            throw new InvalidOperationException("the model's logits are not finite; its weights have diverged");
        Vector512<float> top = Vector512.Create(highest), scale = Vector512.Create(_inverseTemperature), sum = Vector512<float>.Zero;
        Span<float> weights = _weights;
        int i = 0;
        for (; i + Lanes <= logits.Length; i += Lanes)
        {
            Vector512<float> weight = Exponential.Exp((Vector512.Create(logits[i..]) - top) * scale);
            sum += weight;
            weight.CopyTo(weights[i..]);
        }
        float total = Vector512.Sum(sum);
        for (; i < logits.Length; i++)
            total += weights[i] = MathF.Exp((logits[i] - highest) * _inverseTemperature);
        if (float.IsNaN(total))
            throw new InvalidOperationException("the model's logits are not finite; its weights have diverged");
        return (best, total);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Highest(ReadOnlySpan<float> logits)
    {
        float highest = float.NegativeInfinity;
        int i = 0;
        if (logits.Length >= Lanes)
        {
            Vector512<float> top = Vector512.Create(logits);
            for (i = Lanes; i + Lanes <= logits.Length; i += Lanes)
                top = Vector512.Max(top, Vector512.Create(logits[i..]));
            highest = Decoding.CachedAttention.Largest(top);
        }
        for (; i < logits.Length; i++)
            highest = MathF.Max(highest, logits[i]);
        return highest;
    }

    /// <summary>Walks the cumulative weights, first by 16, then one by one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int DrawFromAll(int count, float total, Random random, int best)
    {
        double threshold = random.NextDouble() * total, sum = 0;
        int id = 0;
        for (; id + Lanes <= count; id += Lanes)
        {
            double block = Vector512.Sum(Vector512.Create(_weights, id));
            if (sum + block > threshold)
                break;
            sum += block;
        }
        for (; id < count; id++)
        {
            sum += _weights[id];
            if (sum > threshold)
                return id;
        }
        return best;                     // only rounding can lead here
    }

    private int DrawFromCandidates(ReadOnlySpan<float> logits, float total, Random random)
    {
        ChooseCandidates(logits, total);
        double mass = 0;
        foreach (int id in _candidates)
            mass += _weights[id];
        double threshold = random.NextDouble() * mass, sum = 0;
        foreach (int id in _candidates)
        {
            sum += _weights[id];
            if (sum > threshold)
                return id;
        }
        return _candidates[0];
    }

    /// <summary>The tokens that top-k and top-p leave, most likely first, equal ones by id.</summary>
    private void ChooseCandidates(ReadOnlySpan<float> logits, float total)
    {
        _candidates.Clear();
        if (options.TopK > 0 && options.TopK < logits.Length)
        {
            TakeBest(logits, options.TopK);
        }
        else
        {
            // Tokens below (1 − p)/V of the mass add up to less than 1 − p, so top-p never reaches them.
            float floor = (float)((1 - options.TopP) * total / logits.Length * 0.5);
            for (int id = 0; id < logits.Length; id++)
            {
                if (_weights[id] >= floor)
                    _candidates.Add(id);
            }
        }
        float[] weights = _weights;
        _candidates.Sort((a, b) => weights[b] != weights[a] ? weights[b].CompareTo(weights[a]) : a.CompareTo(b));
        if (options.TopP < 1)
            CutToMass(options.TopK > 0 && options.TopK < logits.Length);
    }

    private void TakeBest(ReadOnlySpan<float> logits, int count)
    {
        _best.Clear();
        for (int id = 0; id < logits.Length; id++)
        {
            if (_best.Count < count)
                _best.Enqueue(id, (logits[id], -id));
            else if (_best.TryPeek(out _, out (float Logit, int) lowest) && logits[id] > lowest.Logit)
                _best.EnqueueDequeue(id, (logits[id], -id));
        }
        while (_best.TryDequeue(out int id, out _))
            _candidates.Add(id);
    }

    private void CutToMass(bool renormalize)
    {
        Span<int> candidates = CollectionsMarshal.AsSpan(_candidates);
        double mass = 0, sum = 0;
        if (renormalize)
        {
            foreach (int id in candidates)
                mass += _weights[id];
        }
        else
        {
            foreach (float weight in _weights.AsSpan(0, vocabularySize))
                mass += weight;
        }
        for (int i = 0; i < candidates.Length; i++)
        {
            sum += _weights[candidates[i]];
            if (sum >= options.TopP * mass)
            {
                _candidates.RemoveRange(i + 1, _candidates.Count - i - 1);
                return;
            }
        }
    }
}
