// Decoding on the CPU without libtorch: each thread is a lane that takes prompts from a common queue, keeps a number of them going
// at once and refills a slot as soon as its response ends (continuous batching). Lanes share nothing but the packed weights and the
// queue, so no thread ever waits for another, and which lane a prompt falls to does not change its response.
namespace Emend.Models.Decoding;

/// <summary>Generates with packed weights of one model at one moment; reads the model again after each update.</summary>
internal sealed class DecodeEngine : IDisposable
{
    /// <summary>Bytes that the caches of all lanes may take.</summary>
    private const long CacheBytes = 1L << 30;

    private readonly DecodeWeights _weights;
    private readonly RotaryTable _rotary;

    public DecodeEngine(ModelConfig config, DecodePrecision precision)
    {
        _weights = new DecodeWeights(config, precision);
        _rotary = new RotaryTable(config);
    }

    /// <summary>Packs the values that a model has now.</summary>
    public void Read(ParameterReader parameter) => _weights.Read(parameter);

    /// <summary>One response per prompt, in the order of the prompts, which fit into the context, on so many threads.</summary>
    public Generation[] Generate(IReadOnlyList<int[]> prompts, SamplingOptions options, int threads, Action? finished = null)
    {
        int longest = prompts.Max(prompt => Math.Min(_weights.Config.ContextLength, prompt.Length + options.MaxNewTokens));
        if (_weights.Config.Family == ModelFamily.Llama)
            _rotary.Reach(longest);
        int lanes = Math.Clamp(threads, 1, prompts.Count);
        int slots = Math.Clamp((prompts.Count + lanes - 1) / lanes, 1, SlotsPerLane(longest, lanes));
        var queue = new PromptQueue(prompts, options, finished);
        var failures = new List<Exception>();
        var others = new Thread[lanes - 1];
        for (int i = 0; i < others.Length; i++)
        {
            others[i] = new Thread(Work) { IsBackground = true, Name = $"decode lane {i + 1}" };
            others[i].Start();
        }
        Work();
        foreach (Thread thread in others)
            thread.Join();
        if (failures.Count > 0)
            throw new InvalidOperationException(failures[0].Message, failures[0]);
        return queue.Results;

        void Work()
        {
            try
            {
                using var lane = new DecodeLane(_weights, _rotary, slots, longest);
                var sampler = new Sampler(options, _weights.Config.VocabularySize);
                new LaneScheduler(lane, slots, keeps: true, _weights.Config.ContextLength, () => queue.Take(sampler)).Run();
            }
            catch (Exception e)
            {
                queue.Close();
                lock (failures)
                    failures.Add(e);
            }
        }
    }

    /// <summary>Logits of every position of one sequence, (T, V) row-major.</summary>
    public float[] Logits(ReadOnlySpan<int> ids)
    {
        if (_weights.Config.Family == ModelFamily.Llama)
            _rotary.Reach(ids.Length);
        using var lane = new DecodeLane(_weights, _rotary, 1, ids.Length);
        var logits = new List<float>();
        for (int start = 0; start < ids.Length; start += DecodeLane.MaxRows)
        {
            var rows = new DecodeRow[Math.Min(DecodeLane.MaxRows, ids.Length - start)];
            for (int i = 0; i < rows.Length; i++)
                rows[i] = new DecodeRow(0, start + i, ids[start + i]);
            lane.Forward(rows, Enumerable.Range(0, rows.Length).ToArray());
            for (int i = 0; i < rows.Length; i++)
                logits.AddRange(lane.Logits(i));
        }
        return [.. logits];
    }

    public void Dispose() => _weights.Dispose();

    private int SlotsPerLane(int positions, int lanes)
    {
        ModelConfig config = _weights.Config;
        long perSlot = 2L * sizeof(float) * config.Layers * config.KeyValueHeads * CachedAttention.HeadFloats(positions, config.HeadSize);
        return (int)Math.Clamp(CacheBytes / lanes / perSlot, 1, DecodeLane.MaxRows);
    }
}
