using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using Emend.Text;

namespace Emend.Feedback.Prompts;

/// <summary>One text of two versions, and its changes as people read them. Offsets are UTF-16 code units of Before.</summary>
public sealed record TextChange(string Field, string Before, string After, IReadOnlyList<ReportedHunk> Hunks);

/// <summary>A setting that differs; null where it is not set.</summary>
public sealed record SettingChange(string Field, string? Before, string? After);

/// <summary>What differs between two versions.</summary>
/// <param name="ChangeRate">Pieces of text (words, white space, other characters) changed by those of the longer side, 0 to 1; settings do not count.</param>
public sealed record PromptDiff(IReadOnlyList<TextChange> Texts, IReadOnlyList<SettingChange> Settings, double ChangeRate)
{
    private const int MaxDistance = 6000;

    internal static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static PromptDiff Of(PromptContent before, PromptContent after)
    {
        var texts = new List<TextChange>();
        int distance = 0, length = 0;
        foreach ((string field, string old, string now) in new[] { ("system", before.System, after.System), ("template", before.Template, after.Template), ("examples", AsText(before.Examples), AsText(after.Examples)) })
        {
            TextUnits oldPieces = TextPieces.Cut(old), newPieces = TextPieces.Cut(now);
            length += Math.Max(oldPieces.Count, newPieces.Count);
            if (old == now)
                continue;
            (int changed, IReadOnlyList<ReportedHunk> hunks) = Changes(oldPieces, newPieces);
            distance += changed;
            texts.Add(new TextChange(field, old, now, hunks));
        }
        return new PromptDiff(texts, [.. SettingsOf(before.Settings, after.Settings)], length == 0 ? 0 : (double)distance / length);
    }

    /// <summary>Examples as one text to compare and to read.</summary>
    public static string AsText(IReadOnlyList<PromptExample> examples) =>
        string.Join('\n', examples.Select((example, i) => $"Example {i + 1}\nInput: {example.Input}\nOutput: {example.Output}\n"));

    /// <summary>A setting as text; null where it is not set.</summary>
    internal static string? Shown<T>(T value) => value switch
    {
        null => null,
        string text => text,
        IReadOnlyList<string> { Count: 0 } => null,
        _ => JsonSerializer.Serialize(value, Readable),
    };

    private static (int Distance, IReadOnlyList<ReportedHunk> Hunks) Changes(TextUnits before, TextUnits after)
    {
        try
        {
            TextEdit edit = TextEdits.Compute(before, after, MaxDistance);
            ImmutableArray<TextHunk> hunks = TextEdits.MergedHunks(edit);
            return (edit.Script.Distance, [.. hunks.Select(hunk => new ReportedHunk(hunk.Span.Start, hunk.Span.End, hunk.Replacement))]);
        }
        catch (InvalidInputException)
        {
            // Too far apart to align in a second: another text.
            return (Math.Max(before.Count, after.Count), [new ReportedHunk(0, before.Text.Length, after.Text)]);
        }
    }

    private static IEnumerable<SettingChange> SettingsOf(ModelSettings before, ModelSettings after)
    {
        (string Field, string? Before, string? After)[] fields =
        [
            ("model", before.Model, after.Model),
            ("temperature", Shown(before.Temperature), Shown(after.Temperature)),
            ("topP", Shown(before.TopP), Shown(after.TopP)),
            ("maxTokens", Shown(before.MaxTokens), Shown(after.MaxTokens)),
            ("seed", Shown(before.Seed), Shown(after.Seed)),
            ("stop", Shown(before.Stop), Shown(after.Stop)),
        ];
        return fields.Where(field => field.Before != field.After).Select(field => new SettingChange($"settings.{field.Field}", field.Before, field.After));
    }
}
