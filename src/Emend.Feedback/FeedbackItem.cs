using System.Collections.Immutable;

namespace Emend.Feedback;

/// <summary>What an annotator is shown: a prompt, what was injected with it, the dialogue before it, and responses to it.</summary>
/// <param name="Id">Unique in its project.</param>
/// <param name="Group">What must not be split between training and test.</param>
public sealed record FeedbackItem(string Id, string Group, string Prompt, ImmutableArray<Response> Responses)
{
    /// <summary>Text that the model was given besides the prompt, such as retrieved passages.</summary>
    public string? Context { get; init; }

    /// <summary>Turns of a dialogue before the prompt, or the whole dialogue where one turn of it is to be corrected.</summary>
    public ImmutableArray<Turn> Turns { get; init; } = [];

    /// <summary>An edit of the first response that the source already had (an edit row); never shown to annotators.</summary>
    public string? ReferenceEdit { get; init; }

    /// <summary>Images and sounds of the prompt.</summary>
    public ImmutableArray<MediaRef> Media { get; init; } = [];

    /// <summary>How undecided a model is about it, from 0; null where the file does not say. No part of what annotators see.</summary>
    public double? Uncertainty { get; init; }

    /// <summary>Fields beyond the common ones; written back on export.</summary>
    public RowExtras Extra { get; init; } = RowExtras.None;

    /// <summary>CR LF pairs that reading turned into LF in this row's texts.</summary>
    public int NewlinesNormalized { get; init; }

    /// <summary>The line of the file it came from, for later messages; 0 where it came from no file.</summary>
    public int Line { get; init; }
}
