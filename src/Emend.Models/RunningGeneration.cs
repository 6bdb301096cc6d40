using System.Collections.Immutable;
using System.Diagnostics;
using System.Threading.Channels;
using Emend.Models.Decoding;

namespace Emend.Models;

/// <summary>A token and the natural logarithm of its probability.</summary>
public readonly record struct TokenLogprob(int Id, float Logprob);

/// <summary>
/// One token, drawn or of a prompt. Its log-probability and the most likely tokens beside it are the model's own, before biases, penalties,
/// temperature, top-k and top-p; they are there when they were asked for (else NaN and empty).
/// </summary>
/// <param name="End">Why the response ends with this token; null where it goes on.</param>
public readonly record struct DrawnToken(int Id, float Logprob, ImmutableArray<TokenLogprob> Alternatives, SequenceEnd? End);

/// <summary>What the reader of a response wants to know of its tokens.</summary>
public sealed record TokenReport
{
    /// <summary>So many most likely tokens are reported beside each one; null reports no log-probabilities.</summary>
    public int? Alternatives { get; init; }

    /// <summary>Whether the prompt's tokens are reported with their log-probabilities too, where those are asked for.</summary>
    public bool Prompt { get; init; }

    /// <summary>
    /// The least time between two reports. The first token is reported at once, the others together with those that came meanwhile: a reader that is
    /// woken for every token costs a small model more than the token. <see cref="TimeSpan.MaxValue"/> waits for the end.
    /// </summary>
    public TimeSpan Interval { get; init; }
}

/// <summary>A response that is being made: its tokens as they come, to be read by one reader.</summary>
public sealed class RunningGeneration
{
    private readonly Channel<DrawnToken[]> _tokens = Channel.CreateUnbounded<DrawnToken[]>(new() { SingleReader = true, SingleWriter = false });
    private readonly TokenReport _report;
    private readonly List<DrawnToken> _prompt = [], _held = [];
    private Sequence? _sequence;
    private long? _reported;

    internal RunningGeneration(TokenReport report) => _report = report;

    /// <summary>The tokens in the order in which they are drawn, some at a time. Completes after the last; with an exception where the work failed.</summary>
    public ChannelReader<DrawnToken[]> Tokens => _tokens.Reader;

    /// <summary>
    /// The prompt's tokens from its second on (nothing predicts the first), each with its log-probability behind those before it. Whole once
    /// <see cref="Tokens"/> has given something or has completed; empty where they were not asked for.
    /// </summary>
    public IReadOnlyList<DrawnToken> Prompt => _prompt;

    /// <summary>Tokens of the prompt that were taken over from an earlier one; known as soon as <see cref="Prompt"/> is.</summary>
    public int Reused => _sequence?.Reused ?? 0;

    /// <summary>Nobody wants the rest: the slot is free from the next step on.</summary>
    public void Cancel()
    {
        _sequence?.Cancel();
        _tokens.Writer.TryComplete();
    }

    internal void Begin(Sequence sequence) => _sequence = sequence;

    internal void Complete() => _tokens.Writer.TryComplete();

    internal void Fail(Exception exception) => _tokens.Writer.TryComplete(exception);

    /// <summary>On the decoding thread; continuations of the reader run elsewhere.</summary>
    internal void Take(Sequence sequence, ReadOnlySpan<float> logits)
    {
        _held.Add(TokenOf(logits, sequence.Response[^1], sequence.End));
        long now = Stopwatch.GetTimestamp();
        if (sequence.End is null && _reported is { } before && Stopwatch.GetElapsedTime(before, now) < _report.Interval)
            return;
        _reported = now;
        _tokens.Writer.TryWrite([.. _held]);
        _held.Clear();
        if (sequence.End is not null)
            _tokens.Writer.TryComplete();
    }

    /// <summary>On the decoding thread, for the prompt's tokens in their order.</summary>
    internal void Score(Sequence sequence, int place, ReadOnlySpan<float> logits)
    {
        _prompt.Add(TokenOf(logits, sequence.Prompt[place], null));
        if (sequence.End is not null)
            _tokens.Writer.TryComplete();
    }

    private DrawnToken TokenOf(ReadOnlySpan<float> logits, int id, SequenceEnd? end)
    {
        (float logprob, ImmutableArray<TokenLogprob> best) = _report.Alternatives is int count ? Sampler.Best(logits, id, count) : (float.NaN, []);
        return new DrawnToken(id, logprob, best, end);
    }
}
