using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Emend.Tensors;

public static unsafe partial class Fused
{
    private const int Lanes = 16;

    /// <summary>
    /// Log-probability of one chosen id per row: logits (N, V) in float32 or bfloat16, ids (N) int64 → (N) float32.
    /// One pass forward and one back; the log-softmax over the vocabulary is never stored.
    /// </summary>
    public static Tensor Logprobs(Tensor logits, Tensor ids)
    {
        if (!Kernels.ReachesReal(logits))
            return logits.To(DType.Float32).LogSoftmax(-1).Gather(-1, ids.Unsqueeze(-1)).Squeeze(-1);
        return logits.DType == DType.Float32 ? Logprobs<Float32Elements>(logits, ids) : Logprobs<BFloat16Elements>(logits, ids);
    }

    private static Tensor Logprobs<TElements>(Tensor logits, Tensor ids) where TElements : struct, IElements
    {
        long rows = logits.Size(0), vocabulary = logits.Size(1);
        CheckIds(ids, rows, vocabulary);
        Tensor result, normalizers, scores, chosen;
        using (Gradients.Off())
        {
            scores = logits.IsContiguous ? logits.Alias() : logits.Contiguous();
            chosen = ids.IsContiguous ? ids.Alias() : ids.Contiguous();
            result = Tensor.Empty([rows]);
            normalizers = Tensor.Empty([rows]);
        }
        void* first = scores.Pointer;
        var picked = (long*)chosen.Pointer;
        float* logprobs = (float*)result.Pointer, logSums = (float*)normalizers.Pointer;
        Kernels.Rows(rows, vocabulary, (_, start, end) =>
        {
            for (long row = start; row < end; row++)
            {
                logSums[row] = LogSumExp<TElements>(first, row * vocabulary, vocabulary);
                logprobs[row] = TElements.Get(first, row * vocabulary + picked[row]) - logSums[row];
            }
        });
        if (!Gradients.AreRecorded || !logits.RequiresGradient)
            return result;
        return AutogradFunction.Attach(result, [logits], [scores, chosen, normalizers], gradient =>
            [LogprobsBackward<TElements>(gradient, scores, chosen, normalizers)]);
    }

    // ∂ logprob / ∂ logit_j = 1[j = chosen] − softmax_j.
    private static Tensor LogprobsBackward<TElements>(Tensor gradient, Tensor scores, Tensor chosen, Tensor normalizers) where TElements : struct, IElements
    {
        long rows = scores.Size(0), vocabulary = scores.Size(1);
        Tensor result = Tensor.Empty([rows, vocabulary], scores.DType);
        Tensor incoming = gradient.Contiguous();
        void* first = scores.Pointer, into = result.Pointer;
        var picked = (long*)chosen.Pointer;
        float* weights = (float*)incoming.Pointer, logSums = (float*)normalizers.Pointer;
        Kernels.Rows(rows, vocabulary, (_, start, end) =>
        {
            for (long row = start; row < end; row++)
                LogprobsRowBackward<TElements>(first, into, row * vocabulary, vocabulary, weights[row], logSums[row], picked[row]);
        });
        return result;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void LogprobsRowBackward<TElements>(void* first, void* into, long offset, long vocabulary, float weight, float logSum, long picked)
        where TElements : struct, IElements
    {
        long j = 0;
        // A masked position has weight 0: no need to raise e to anything.
        if (weight == 0)
        {
            for (; j + Lanes <= vocabulary; j += Lanes)
                TElements.Store(into, offset + j, Vector512<float>.Zero);
            for (; j < vocabulary; j++)
                TElements.Set(into, offset + j, 0);
            return;
        }
        Vector512<float> factor = Vector512.Create(-weight), shift = Vector512.Create(logSum);
        for (; j + Lanes <= vocabulary; j += Lanes)
            TElements.Store(into, offset + j, factor * Exponential.Exp(TElements.Load(first, offset + j) - shift));
        for (; j < vocabulary; j++)
            TElements.Set(into, offset + j, -weight * MathF.Exp(TElements.Get(first, offset + j) - logSum));
        float probability = MathF.Exp(TElements.Get(first, offset + picked) - logSum);
        TElements.Set(into, offset + picked, weight * (1 - probability));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float LogSumExp<TElements>(void* first, long offset, long count) where TElements : struct, IElements
    {
        var largest = Vector512.Create(float.NegativeInfinity);
        long j = 0;
        for (; j + Lanes <= count; j += Lanes)
            largest = Vector512.MaxNative(largest, TElements.Load(first, offset + j));
        float max = float.NegativeInfinity;
        for (int lane = 0; lane < Lanes; lane++)
            max = MathF.Max(max, largest[lane]);
        for (; j < count; j++)
            max = MathF.Max(max, TElements.Get(first, offset + j));
        Vector512<float> shift = Vector512.Create(max), sum = Vector512<float>.Zero;
        for (j = 0; j + Lanes <= count; j += Lanes)
            sum += Exponential.Exp(TElements.Load(first, offset + j) - shift);
        float total = Vector512.Sum(sum);
        for (; j < count; j++)
            total += MathF.Exp(TElements.Get(first, offset + j) - max);
        return max + MathF.Log(total);
    }

    private static void CheckIds(Tensor ids, long rows, long vocabulary)
    {
        if (ids.DType != DType.Int64 || ids.ElementCount != rows)
            throw new TensorException($"log-probabilities of {rows} rows need as many int64 ids, not {ids}");
        using Tensor contiguous = ids.Contiguous();
        foreach (long id in contiguous.Span<long>())
        {
            if (id < 0 || id >= vocabulary)
                throw new TensorException($"id {id} is outside the vocabulary of {vocabulary}");
        }
    }
}
