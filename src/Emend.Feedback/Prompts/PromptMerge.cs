using System.Globalization;
using System.Text.Json;

namespace Emend.Feedback.Prompts;

/// <summary>Something that both sides changed, each in its own way: the three values as text, null where a side has none.</summary>
public sealed record MergeConflict(string Field, string? Base, string? Ours, string? Theirs);

/// <summary>
/// A three-way merge of versions: texts line by line, examples one by one, settings field by field. Where there is a conflict the content
/// shows all three sides of a text between marks, and ours of an example or a setting.
/// </summary>
public sealed record PromptMerge(PromptContent Content, IReadOnlyList<MergeConflict> Conflicts)
{
    public static PromptMerge Of(PromptContent basis, PromptContent ours, PromptContent theirs)
    {
        var conflicts = new List<MergeConflict>();
        string Text(string field, Func<PromptContent, string> of)
        {
            TextMerge merge = TextMerge.Of(of(basis), of(ours), of(theirs));
            conflicts.AddRange(merge.Conflicts.Select(conflict => new MergeConflict(field, Joined(conflict.Base), Joined(conflict.Ours), Joined(conflict.Theirs))));
            return merge.Text;
        }
        var content = new PromptContent
        {
            System = Text("system", content => content.System),
            Template = Text("template", content => content.Template),
            Examples = MergedExamples(basis.Examples, ours.Examples, theirs.Examples, conflicts),
            Settings = MergedSettings(basis.Settings, ours.Settings, theirs.Settings, conflicts),
        };
        return new PromptMerge(content, conflicts);
    }

    private static string? Joined(IReadOnlyList<string> lines) => lines.Count == 0 ? null : string.Join('\n', lines);

    private static List<PromptExample> MergedExamples(IReadOnlyList<PromptExample> basis, IReadOnlyList<PromptExample> ours, IReadOnlyList<PromptExample> theirs, List<MergeConflict> conflicts)
    {
        (int[] baseNumbers, int[] ourNumbers, int[] theirNumbers) = SequenceMerge.Numbered([.. basis.Select(Shown)], [.. ours.Select(Shown)], [.. theirs.Select(Shown)]);
        var merged = new List<PromptExample>();
        foreach (MergePiece piece in SequenceMerge.Of(baseNumbers, ourNumbers, theirNumbers))
        {
            PromptExample[] our = [.. ours.Take(piece.OursStart..piece.OursEnd)], their = [.. theirs.Take(piece.TheirsStart..piece.TheirsEnd)];
            if (piece.Source == MergeSource.Conflict)
                conflicts.Add(new MergeConflict($"examples[{merged.Count}]", Joined([.. basis.Take(piece.Start..piece.End).Select(Shown)]), Joined([.. our.Select(Shown)]), Joined([.. their.Select(Shown)])));
            merged.AddRange(piece.Source == MergeSource.Theirs ? their : our);
        }
        return merged;
    }

    private static string Shown(PromptExample example) => JsonSerializer.Serialize(new { input = example.Input, output = example.Output }, PromptDiff.Readable);

    private static ModelSettings MergedSettings(ModelSettings basis, ModelSettings ours, ModelSettings theirs, List<MergeConflict> conflicts)
    {
        T Field<T>(string name, Func<ModelSettings, T> of)
        {
            string? before = PromptDiff.Shown(of(basis)), our = PromptDiff.Shown(of(ours)), their = PromptDiff.Shown(of(theirs));
            if (our == their || their == before)
                return of(ours);
            if (our == before)
                return of(theirs);
            conflicts.Add(new MergeConflict(string.Create(CultureInfo.InvariantCulture, $"settings.{name}"), before, our, their));
            return of(ours);
        }
        return new ModelSettings
        {
            Model = Field("model", settings => settings.Model),
            Temperature = Field("temperature", settings => settings.Temperature),
            TopP = Field("topP", settings => settings.TopP),
            MaxTokens = Field("maxTokens", settings => settings.MaxTokens),
            Seed = Field("seed", settings => settings.Seed),
            Stop = Field("stop", settings => settings.Stop),
        };
    }
}
