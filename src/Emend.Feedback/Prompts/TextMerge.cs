namespace Emend.Feedback.Prompts;

/// <summary>Lines that both sides changed, each in its own way.</summary>
public sealed record LineConflict(IReadOnlyList<string> Base, IReadOnlyList<string> Ours, IReadOnlyList<string> Theirs);

/// <summary>A three-way merge of a text, line by line. Where both sides changed the same lines, Text shows all three between marks.</summary>
public sealed record TextMerge(string Text, IReadOnlyList<LineConflict> Conflicts)
{
    public const string OursMark = "<<<<<<< ours";
    public const string BaseMark = "||||||| base";
    public const string MiddleMark = "=======";
    public const string TheirsMark = ">>>>>>> theirs";

    public static TextMerge Of(string basis, string ours, string theirs)
    {
        string[] baseLines = basis.Split('\n'), ourLines = ours.Split('\n'), theirLines = theirs.Split('\n');
        (int[] baseNumbers, int[] ourNumbers, int[] theirNumbers) = SequenceMerge.Numbered(baseLines, ourLines, theirLines);
        var lines = new List<string>();
        var conflicts = new List<LineConflict>();
        foreach (MergePiece piece in SequenceMerge.Of(baseNumbers, ourNumbers, theirNumbers))
        {
            string[] our = ourLines[piece.OursStart..piece.OursEnd], their = theirLines[piece.TheirsStart..piece.TheirsEnd];
            if (piece.Source != MergeSource.Conflict)
            {
                lines.AddRange(piece.Source == MergeSource.Theirs ? their : our);
                continue;
            }
            var conflict = new LineConflict(baseLines[piece.Start..piece.End], our, their);
            conflicts.Add(conflict);
            lines.AddRange([OursMark, .. conflict.Ours, BaseMark, .. conflict.Base, MiddleMark, .. conflict.Theirs, TheirsMark]);
        }
        return new TextMerge(string.Join('\n', lines), conflicts);
    }

    /// <summary>Whether a text still holds a mark of a conflict as a line of its own.</summary>
    public static bool HasMarks(string text) => text.Split('\n').Any(line => line is OursMark or BaseMark or TheirsMark);
}
