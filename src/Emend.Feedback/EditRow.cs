using System.Collections.Immutable;
using Emend.Text;

namespace Emend.Feedback;

/// <summary>A stretch of a response that a person marked. Span in UTF-16 code units of the response as held in memory.</summary>
/// <param name="Replacement">What the person wrote instead, where the source says so.</param>
public sealed record LabelledSpan(TextSpan Span, string? Label, string? Replacement);

/// <summary>
/// A human edit: the less preferred response to a prompt, and the version in which a person changed what makes it better.
/// Group names what must not be split between training and test (one source sentence, question, instruction).
/// </summary>
public sealed record EditRow(string Id, string Group, string Prompt, string Response, string Edited)
{
    public ImmutableArray<LabelledSpan> Spans { get; init; } = [];

    /// <summary>Fields beyond the common ones, such as `minimal` or `hter`.</summary>
    public RowExtras Extra { get; init; } = RowExtras.None;

    /// <summary>CR LF pairs that reading turned into LF in this row's texts.</summary>
    public int NewlinesNormalized { get; init; }

    /// <summary>The line of the file it came from, for later messages; 0 where it came from no file.</summary>
    public int Line { get; init; }
}
