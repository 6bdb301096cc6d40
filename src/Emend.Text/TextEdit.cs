using System.Collections.Immutable;

namespace Emend.Text;

/// <summary>One replacement in a text. An empty span inserts, an empty replacement deletes.</summary>
public readonly record struct TextHunk(TextSpan Span, string Replacement);

/// <summary>
/// A response and its edited version, aligned: the units of both sides, the script over them, and the replacements of text that
/// turn one into the other exactly. Hunks are in order and do not touch; Kept[i] is the number of whole equal units between
/// Hunks[i] and Hunks[i + 1]. Usually there is a text hunk for a hunk of the script; a change that no unit covers (white space
/// that a tokenizer drops) is a text hunk of its own.
/// </summary>
public sealed record TextEdit(TextUnits Response, TextUnits Edited, EditScript Script, ImmutableArray<TextHunk> Hunks, ImmutableArray<int> Kept)
{
    /// <summary>Units replaced, removed or inserted, divided by the units of the longer side.</summary>
    public double EditRate => Script.EditRate;
}
