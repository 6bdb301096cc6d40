namespace Emend.Models.Decoding;

/// <summary>One response in the making: what it continues, how it draws, and how far it is.</summary>
internal sealed class Sequence(int[] prompt, SamplingOptions options, Sampler sampler, Random random)
{
    private volatile bool _cancelled;

    public int[] Prompt { get; } = prompt;

    public SamplingOptions Options { get; } = options;

    /// <summary>Scratch memory of the thread that runs this sequence, or of this sequence alone.</summary>
    public Sampler Sampler { get; } = sampler;

    public Random Random { get; } = random;

    /// <summary>What the options do to the logits before a token is drawn; null for nothing.</summary>
    public LogitAdjustment? Adjustment { get; } = LogitAdjustment.For(options);

    /// <summary>Hears of the logits that every prompt token but the first is predicted by; null where nobody wants them.</summary>
    public ScoredHandler? Scored { get; init; }

    /// <summary>Hears of the hidden state of every prompt token; null where nobody wants them. Such a sequence ends with its prompt.</summary>
    public HiddenHandler? Hidden { get; init; }

    /// <summary>Whether the sequence ends with its prompt: nothing is drawn, the prompt's tokens are only scored.</summary>
    public bool OnlyScores { get; init; }

    /// <summary>Prompt tokens that go through the model: of a text that is only scored nothing is predicted by the last.</summary>
    public int Reads => Prompt.Length - (OnlyScores ? 1 : 0);

    /// <summary>Told when the work failed; null where whoever runs the scheduler hears of it.</summary>
    public Action<Exception>? Failed { get; init; }

    /// <summary>Where its keys and values lie in the lane's cache.</summary>
    public int Slot { get; set; }

    /// <summary>Tokens whose keys and values are in the cache (or will be after the planned pass).</summary>
    public int Done { get; set; }

    /// <summary>The sequence that is reading the beginning of this one's prompt; this one waits until its keys and values can be copied.</summary>
    public Sequence? Source { get; set; }

    /// <summary>Tokens at the beginning of the prompt that <see cref="Source"/> has too.</summary>
    public int Shared { get; set; }

    /// <summary>Tokens of the prompt whose keys and values were there already.</summary>
    public int Reused { get; set; }

    public List<int> Response { get; } = [];

    /// <summary>Of the drawn tokens under softmax(logits / temperature).</summary>
    public List<float> Logprobs { get; } = [];

    /// <summary>Why the response has ended; null while it goes on.</summary>
    public SequenceEnd? End { get; set; }

    /// <summary>Hears of every token once it is drawn, with the logits it was drawn from; End is set at the last one. Null where nothing is drawn.</summary>
    public DrawnHandler? Drawn { get; init; }

    /// <summary>Set by any thread: the sequence leaves its slot before the next step.</summary>
    public bool Cancelled => _cancelled;

    public void Cancel() => _cancelled = true;
}

/// <summary>Told of a token that a sequence has drawn; the logits are only there during the call.</summary>
internal delegate void DrawnHandler(Sequence sequence, ReadOnlySpan<float> logits);

/// <summary>Told of the logits that the prompt's token at a place (from 1 on) is predicted by; End is set at the last one where nothing is drawn.</summary>
internal delegate void ScoredHandler(Sequence sequence, int place, ReadOnlySpan<float> logits);

/// <summary>Told of the hidden state (D) behind the last norm of the prompt token at a place; only there during the call. End is set at the last one.</summary>
internal delegate void HiddenHandler(Sequence sequence, int place, ReadOnlySpan<float> hidden);

/// <summary>Why a response ends.</summary>
public enum SequenceEnd
{
    /// <summary>Its last token is a stop token.</summary>
    StopToken,

    /// <summary>It has as many tokens as were asked for, or the context is full.</summary>
    Length,
}
