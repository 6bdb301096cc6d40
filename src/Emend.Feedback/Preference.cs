namespace Emend.Feedback;

/// <summary>
/// One judgement between two responses to a prompt. Group names what must not be split between training and test.
/// </summary>
public sealed record Preference(string Id, string Group, Prompt Prompt, Response Chosen, Response Rejected)
{
    /// <summary>How much better, where the source says so; no unit.</summary>
    public double? Margin { get; init; }

    /// <summary>
    /// True where two dialogues part before their last assistant turn: then the prompt ends where they part, and each response is
    /// the rest of its dialogue, with the turns in it.
    /// </summary>
    public bool PartsEarly { get; init; }

    /// <summary>CR LF pairs that reading turned into LF in this row's texts.</summary>
    public int NewlinesNormalized { get; init; }

    /// <summary>The line of the file it came from, for later messages; 0 where it came from no file.</summary>
    public int Line { get; init; }
}
