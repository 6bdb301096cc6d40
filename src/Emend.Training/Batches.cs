namespace Emend.Training;

/// <summary>The order in which examples are seen: a fresh shuffle per epoch, drawn from the seed alone.</summary>
internal static class Batches
{
    /// <summary>Number of batches in so many epochs; the last one of an epoch may be smaller.</summary>
    public static int Count(int examples, int batchSize, double epochs) =>
        Math.Max(1, (int)Math.Round(epochs * Math.Ceiling(examples / (double)batchSize)));

    /// <summary>So many batches of row numbers.</summary>
    public static IEnumerable<int[]> Shuffled(int examples, int batchSize, int batches, int seed)
    {
        for (int epoch = 0, made = 0; made < batches; epoch++)
        {
            int[] order = [.. Enumerable.Range(0, examples)];
            Seeds.For(seed, "batches", epoch).Shuffle(order);
            foreach (int[] batch in order.Chunk(batchSize))
            {
                if (made++ == batches)
                    yield break;
                yield return batch;
            }
        }
    }
}

/// <summary>Generators that depend on nothing but a run's seed, a purpose and a step, so that a resumed run draws the same numbers.</summary>
public static class Seeds
{
    /// <summary>A generator of its own for this purpose and step.</summary>
    public static Random For(int seed, string purpose, int step = 0) => new(Mix(seed, purpose, step));

    /// <summary>The seed itself, for what takes a number.</summary>
    public static int Mix(int seed, string purpose, int step = 0)
    {
        // FNV-1a over the three: HashCode and string.GetHashCode change with each process.
        uint hash = 2166136261;
        void Add(uint value) => hash = (hash ^ value) * 16777619;
        Add((uint)seed);
        foreach (char letter in purpose)
            Add(letter);
        Add((uint)step);
        return (int)(hash ^ hash >> 15) & int.MaxValue;
    }
}
