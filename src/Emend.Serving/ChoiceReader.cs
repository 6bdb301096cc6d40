using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using System.Text;
using System.Threading.Channels;
using Emend.Models;
using Emend.Models.Decoding;
using Emend.Text;

namespace Emend.Serving;

/// <summary>What one choice has got further by: text that is certain, the tokens it came from, and why it ended, if it did.</summary>
/// <param name="Tokens">Only where log-probabilities were asked for.</param>
/// <param name="FinishReason">"stop" or "length" in the last part of a choice, else null.</param>
internal sealed record ChoicePart(int Index, string Text, IReadOnlyList<ShownToken> Tokens, string? FinishReason);

/// <summary>A token of a response, and where its text starts in the response's (UTF-16 code units).</summary>
internal readonly record struct ShownToken(DrawnToken Token, int Offset);

/// <summary>What a reader of one response does with it.</summary>
/// <param name="Stops">Strings that end the text.</param>
/// <param name="WithTokens">Whether its parts hold the tokens too.</param>
/// <param name="WithEnd">Whether the token that ended the response is among them.</param>
/// <param name="After">The last token of the prompt, where the text goes on from it; null where it is a text of its own.</param>
internal sealed record ReadingOptions(ImmutableArray<string> Stops, bool WithTokens, bool WithEnd, int? After = null);

/// <summary>Turns the tokens of one response into text that may be sent: whole characters, and nothing of a stop string.</summary>
internal sealed class ChoiceReader(int index, RunningGeneration running, Tokenizer tokenizer, ReadingOptions options)
{
    private readonly TokenStream _stream = new(tokenizer, skipSpecialTokens: true, options.After);
    private readonly StopStrings _stops = new(options.Stops);
    private readonly Queue<ShownToken> _pending = new();
    private int _textLength, _sentLength;

    public int Index => index;

    /// <summary>Tokens of the response up to its end, the one that ended it counted.</summary>
    public int Tokens { get; private set; }

    /// <summary>The prompt's tokens from its second on with their log-probabilities, where they were asked for; whole from the first part on.</summary>
    public IReadOnlyList<DrawnToken> Prompt => running.Prompt;

    /// <summary>Tokens of the prompt that did not have to be read again.</summary>
    public int Reused => running.Reused;

    public void Cancel() => running.Cancel();

    /// <summary>The response part by part; what is ready at one moment is one part.</summary>
    public async IAsyncEnumerable<ChoicePart> Parts([EnumeratorCancellation] CancellationToken cancellation)
    {
        while (await running.Tokens.WaitToReadAsync(cancellation))
        {
            var text = new StringBuilder();
            string? finish = null;
            while (finish is null && running.Tokens.TryRead(out DrawnToken[]? tokens))
            {
                for (int i = 0; i < tokens.Length && finish is null; i++)
                    text.Append(Take(tokens[i], out finish));
            }
            IReadOnlyList<ShownToken> certain = Certain(finish is not null);
            if (finish is not null)
                running.Cancel();                              // a stop string came before the response's own end
            if (text.Length > 0 || certain.Count > 0 || finish is not null)
                yield return new ChoicePart(index, text.ToString(), certain, finish);
            if (finish is not null)
                yield break;
        }
        yield return new ChoicePart(index, "", [], "length");  // no token was asked for
    }

    /// <summary>The parts of several choices as they come, each choice's in order.</summary>
    public static async IAsyncEnumerable<ChoicePart> Merge(IReadOnlyList<ChoiceReader> choices, [EnumeratorCancellation] CancellationToken cancellation)
    {
        if (choices.Count == 1)
        {
            await foreach (ChoicePart part in choices[0].Parts(cancellation))
                yield return part;
            yield break;
        }
        Channel<ChoicePart> merged = Channel.CreateUnbounded<ChoicePart>(new() { SingleReader = true });
        Task pumps = Task.WhenAll(choices.Select(Pump));
        _ = pumps.ContinueWith(_ => merged.Writer.TryComplete(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        await foreach (ChoicePart part in merged.Reader.ReadAllAsync(cancellation))
            yield return part;
        await pumps;                                           // where one was cancelled or failed, what came is not the whole

        async Task Pump(ChoiceReader choice)
        {
            await foreach (ChoicePart part in choice.Parts(cancellation))
                merged.Writer.TryWrite(part);
        }
    }

    private string Take(DrawnToken token, out string? finish)
    {
        Tokens++;
        finish = token.End switch
        {
            null => null,
            SequenceEnd.StopToken => "stop",
            _ => "length",
        };
        string fresh = token.End == SequenceEnd.StopToken ? "" : _stream.Append(token.Id);
        if (options.WithTokens && token.End != SequenceEnd.StopToken)
            _pending.Enqueue(new ShownToken(token, _textLength));
        if (token.End is not null)
            fresh += _stream.Finish();
        _textLength += fresh.Length;
        if (options is { WithTokens: true, WithEnd: true } && token.End == SequenceEnd.StopToken)
            _pending.Enqueue(new ShownToken(token, _textLength));
        string text = _stops.Append(fresh);
        if (_stops.Stopped)
            finish = "stop";
        else if (token.End is not null)
            text += _stops.Finish();
        _sentLength += text.Length;
        return text;
    }

    /// <summary>Tokens whose text has been sent, at least in part; at the end also those behind it that have none.</summary>
    private List<ShownToken> Certain(bool ended)
    {
        var tokens = new List<ShownToken>();
        while (_pending.TryPeek(out ShownToken next) && (next.Offset < _sentLength || ended && !_stops.Stopped))
            tokens.Add(_pending.Dequeue());
        return tokens;
    }
}
