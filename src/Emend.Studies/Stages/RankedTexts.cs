using System.Collections.Immutable;
using Emend.Feedback;
using Emend.Text;

namespace Emend.Studies.Stages;

/// <summary>
/// A row of feedback, whatever its file's format: a prompt, responses, and their ranks (1 = best, equal ranks are ties).
/// File and Line say where it stands, for messages about it.
/// </summary>
internal sealed record RankedTexts(string File, int Line, Prompt Prompt, ImmutableArray<string> Responses, ImmutableArray<int> Ranks)
{
    private static readonly ImmutableArray<int> FirstIsBetter = [1, 2];

    /// <summary>The preferred response: the first of the best.</summary>
    public string Best => Responses[Ranks.IndexOf(Ranks.Min())];

    /// <summary>Every two responses of which one is preferred, as (preferred, dispreferred); identical texts compare nothing.</summary>
    public IEnumerable<(string Preferred, string Dispreferred)> Pairs() =>
        from better in Enumerable.Range(0, Responses.Length)
        from worse in Enumerable.Range(0, Responses.Length)
        where Ranks[better] < Ranks[worse] && Responses[better] != Responses[worse]
        select (Responses[better], Responses[worse]);

    /// <summary>The row with the first words of its responses at the end of its prompt; null where the responses do not share them, or end there.</summary>
    public RankedTexts? WithPromptWords(int words) => PromptWords.Length(words, [.. Responses]) is int length
        ? this with { Prompt = Prompt with { Text = Prompt.Text + Responses[0][..length], Turns = [] }, Responses = [.. Responses.Select(response => response[length..])] }
        : null;

    /// <summary>All rows of the section's files.</summary>
    /// <exception cref="InvalidInputException">No file is named, or one of them, or a row of it, is not as its format says.</exception>
    public static IReadOnlyList<RankedTexts> Read(DataSection data, string option = "--data") => data.Files.Count == 0
        ? throw new InvalidInputException($"{option[2..]}.files: the recipe names no file; give {option} FILE")
        : [.. data.Files.SelectMany(file => ReadFile(file, data.Format))];

    private static IEnumerable<RankedTexts> ReadFile(string file, DataFormat format) => format switch
    {
        DataFormat.EditRows => EditRows.Read(file).Select(row => new RankedTexts(file, row.Line, new Prompt(row.Prompt), [row.Edited, row.Response], FirstIsBetter)),
        DataFormat.PromptChosenRejected => Preferences(file, PreferenceFormat.PromptChosenRejected),
        DataFormat.AlpacaFarm => Preferences(file, PreferenceFormat.AlpacaFarm),
        DataFormat.HhRlhf => Preferences(file, PreferenceFormat.HhRlhf),
        DataFormat.Rankings => Rankings.Read(file).SelectMany(row => OfRanking(file, row)),
        DataFormat.PromptCompletion => Demonstrations.Read(file).Select(row => new RankedTexts(file, row.Line, row.Prompt, [row.Response.Text], [1])),
        DataFormat.Prompts => Demonstrations.ReadPrompts(file).Select(row => new RankedTexts(file, row.Line, row.Prompt, [], [])),
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "is not a format of data"),
    };

    private static IEnumerable<RankedTexts> Preferences(string file, PreferenceFormat format) =>
        PreferencePairs.Read(file, format).Select(row => OfPreference(file, row));

    private static RankedTexts OfPreference(string file, Preference row) =>
        new(file, row.Line, row.Prompt, [row.Chosen.Text, row.Rejected.Text], FirstIsBetter);

    // Judgements that contradict every ranking are taken pair by pair.
    private static IEnumerable<RankedTexts> OfRanking(string file, RankedResponses row) => row.Ranks() is { } ranks
        ? [new RankedTexts(file, row.Line, row.Prompt, [.. row.Responses.Select(response => response.Text)], ranks)]
        : row.Preferences().Select(preference => OfPreference(file, preference));
}
