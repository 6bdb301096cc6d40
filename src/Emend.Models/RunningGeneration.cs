using System.Collections.Immutable;
using System.Threading.Channels;
using Emend.Models.Decoding;

namespace Emend.Models;

/// <summary>A token and the natural logarithm of its probability.</summary>
public readonly record struct TokenLogprob(int Id, float Logprob);

/// <summary>
/// One drawn token. Its log-probability and the most likely tokens beside it are the model's own, before temperature, top-k and top-p; they
/// are there when they were asked for (else NaN and empty).
/// </summary>
/// <param name="End">Why the response ends with this token; null where it goes on.</param>
public readonly record struct DrawnToken(int Id, float Logprob, ImmutableArray<TokenLogprob> Alternatives, SequenceEnd? End);

/// <summary>A response that is being made: its tokens as they come, to be read by one reader.</summary>
public sealed class RunningGeneration
{
    private readonly Channel<DrawnToken> _tokens = Channel.CreateUnbounded<DrawnToken>(new() { SingleReader = true, SingleWriter = false });
    private readonly int? _alternatives;
    private Sequence? _sequence;

    internal RunningGeneration(int? alternatives) => _alternatives = alternatives;

    /// <summary>Completes after the last token; with an exception where the work failed.</summary>
    public ChannelReader<DrawnToken> Tokens => _tokens.Reader;

    /// <summary>Nobody wants the rest: the slot is free from the next step on.</summary>
    public void Cancel()
    {
        _sequence?.Cancel();
        _tokens.Writer.TryComplete();
    }

    internal void Begin(Sequence sequence) => _sequence = sequence;

    internal void Fail(Exception exception) => _tokens.Writer.TryComplete(exception);

    /// <summary>On the decoding thread; continuations of the reader run elsewhere.</summary>
    internal void Take(Sequence sequence, ReadOnlySpan<float> logits)
    {
        int id = sequence.Response[^1];
        (float logprob, ImmutableArray<TokenLogprob> best) = _alternatives is int count ? Sampler.Best(logits, id, count) : (float.NaN, []);
        _tokens.Writer.TryWrite(new DrawnToken(id, logprob, best, sequence.End));
        if (sequence.End is not null)
            _tokens.Writer.TryComplete();
    }
}
