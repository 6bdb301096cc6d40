using Emend.Tensors;

namespace Emend.Models;

/// <summary>Generation in libtorch's operators, for devices that the decoding engine does not reach, and to hold it against.</summary>
internal static class TensorGenerator
{
    private const int MaxRows = 256;

    public static Generation[] Generate(LanguageModel model, IReadOnlyList<int[]> prompts, SamplingOptions options, Action? finished = null)
    {
        var results = new Generation[prompts.Count];
        for (int start = 0; start < prompts.Count; start += MaxRows)
            GenerateRows(model, prompts, options, [.. Enumerable.Range(start, Math.Min(MaxRows, prompts.Count - start))], results, finished);
        return results;
    }

    /// <summary>One batch: prompts are read at once, right-padded; then a token per row and step; finished rows leave the batch.</summary>
    private static void GenerateRows(LanguageModel model, IReadOnlyList<int[]> prompts, SamplingOptions options, int[] indices, Generation[] results, Action? finished)
    {
        using IDisposable off = Gradients.Off();
        using var outer = new TensorScope();
        int width = indices.Max(index => prompts[index].Length);
        int capacity = Math.Min(model.Config.ContextLength, width + options.MaxNewTokens);
        using var cache = new KeyValueCache(model.Config, indices.Length, capacity, model.Compute, model.Device);
        var sampler = new Sampler(options, model.Config.VocabularySize);
        List<Row> rows = [.. indices.Select(index => new Row(index, prompts[index], Sampler.RandomOf(options.Seed, index), LogitAdjustment.For(options)))];

        float[] logits = Prefill(model, cache, rows, width);
        while (true)
        {
            for (int i = 0; i < rows.Count; i++)
                rows[i].Draw(sampler, logits.AsSpan(i * model.Config.VocabularySize, model.Config.VocabularySize));
            int[] going = [.. Enumerable.Range(0, rows.Count).Where(i => !Ended(rows[i], options, model.Config.ContextLength))];
            foreach (Row row in rows.Where(row => row.Ended))
            {
                results[row.Index] = new Generation(row.Prompt, [.. row.Response], [.. row.Logprobs], options.StopTokens.Contains(row.Response[^1]));
                finished?.Invoke();
            }
            if (going.Length == 0)
                return;
            if (going.Length < rows.Count)
            {
                cache.Keep(going);
                rows = [.. going.Select(i => rows[i])];
            }
            logits = Step(model, cache, rows);
        }
    }

    private static bool Ended(Row row, SamplingOptions options, int contextLength) =>
        row.Ended = options.StopTokens.Contains(row.Response[^1]) || row.Response.Count == options.MaxNewTokens
            || row.Prompt.Length + row.Response.Count == contextLength;

    private static float[] Prefill(LanguageModel model, KeyValueCache cache, List<Row> rows, int width)
    {
        using var scope = new TensorScope();
        TokenBatch batch = TokenBatch.Of([.. rows.Select(row => row.Prompt)]);
        Tensor hidden = model.Transformer.HiddenCached(batch.Ids(model.Device), cache);
        for (int i = 0; i < rows.Count; i++)
            cache.Lengths[i] = rows[i].Prompt.Length;
        Tensor last = hidden.Reshape((long)rows.Count * width, model.Config.HiddenSize).IndexSelect(0, batch.LastPositions(model.Device));
        return model.Head(last).To(DType.Float32).ToArray<float>();
    }

    private static float[] Step(LanguageModel model, KeyValueCache cache, List<Row> rows)
    {
        using var scope = new TensorScope();
        Tensor ids = Tensor.From<long>([.. rows.Select(row => (long)row.Response[^1])], [rows.Count, 1], model.Device);
        Tensor hidden = model.Transformer.HiddenCached(ids, cache);
        for (int i = 0; i < rows.Count; i++)
            cache.Lengths[i]++;
        return model.Head(hidden).To(DType.Float32).ToArray<float>();
    }

    private sealed class Row(int index, int[] prompt, Random random, LogitAdjustment? adjustment)
    {
        public int Index { get; } = index;

        public int[] Prompt { get; } = prompt;

        public bool Ended { get; set; }

        public List<int> Response { get; } = [];

        public List<float> Logprobs { get; } = [];

        public void Draw(Sampler sampler, ReadOnlySpan<float> logits)
        {
            (int token, float logprob) = sampler.Draw(adjustment is null ? logits : adjustment.Apply(logits), random);
            adjustment?.Count(token);
            Response.Add(token);
            Logprobs.Add(logprob);
        }
    }
}
