namespace Emend.Models.Decoding;

/// <summary>The prompts of one call, given out one by one, and the responses as they come back. Safe for several threads.</summary>
internal sealed class PromptQueue(IReadOnlyList<int[]> prompts, SamplingOptions options, Action? finished = null)
{
    private int _next;

    /// <summary>One per prompt, filled when all lanes are done.</summary>
    public Generation[] Results { get; } = new Generation[prompts.Count];

    /// <summary>A prompt nobody has taken yet, to be drawn with the calling lane's sampler; null when there is none.</summary>
    public Sequence? Take(Sampler sampler)
    {
        int index = Interlocked.Increment(ref _next) - 1;
        return index >= prompts.Count ? null : new Sequence(prompts[index], options, sampler, Sampler.RandomOf(options.Seed, index))
        {
            Drawn = (sequence, _) =>
            {
                if (sequence.End is not { } end)
                    return;
                Results[index] = new Generation(sequence.Prompt, [.. sequence.Response], [.. sequence.Logprobs], end == SequenceEnd.StopToken);
                if (finished is not null)
                {
                    lock (Results)
                        finished();
                }
            },
        };
    }

    /// <summary>Gives out nothing more: a lane has failed.</summary>
    public void Close() => Interlocked.Exchange(ref _next, prompts.Count);
}
