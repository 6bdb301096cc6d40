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

    /// <summary>Where its keys and values lie in the lane's cache.</summary>
    public int Slot { get; set; }

    /// <summary>Tokens whose keys and values are in the cache (or will be after the planned pass).</summary>
    public int Done { get; set; }

    /// <summary>The sequence with the same prompt whose forward pass this one waits for.</summary>
    public Sequence? Source { get; set; }

    public List<int> Response { get; } = [];

    /// <summary>Of the drawn tokens under softmax(logits / temperature).</summary>
    public List<float> Logprobs { get; } = [];

    /// <summary>Why the response has ended; null while it goes on.</summary>
    public SequenceEnd? End { get; set; }

    /// <summary>Hears of every token once it is drawn, with the logits it was drawn from; End is set at the last one.</summary>
    public required DrawnHandler Drawn { get; init; }

    /// <summary>Set by any thread: the sequence leaves its slot before the next step.</summary>
    public bool Cancelled => _cancelled;

    public void Cancel() => _cancelled = true;
}

/// <summary>Told of a token that a sequence has drawn; the logits are only there during the call.</summary>
internal delegate void DrawnHandler(Sequence sequence, ReadOnlySpan<float> logits);

/// <summary>Why a response ends.</summary>
public enum SequenceEnd
{
    /// <summary>Its last token is a stop token.</summary>
    StopToken,

    /// <summary>It has as many tokens as were asked for, or the context is full.</summary>
    Length,
}
