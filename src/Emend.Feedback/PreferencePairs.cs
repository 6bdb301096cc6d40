// Formats: docs/formats/edits.md, "Preferences".
using Emend.Text;

namespace Emend.Feedback;

/// <summary>How a file of preferences is written.</summary>
public enum PreferenceFormat
{
    /// <summary>`prompt`, `chosen`, `rejected`: strings or lists of messages; without `prompt` it is the common beginning.</summary>
    PromptChosenRejected,

    /// <summary>`instruction`, `input`, `output_1`, `output_2`, `preference` 1 or 2.</summary>
    AlpacaFarm,

    /// <summary>`chosen`, `rejected`: whole dialogues with "\n\nHuman:" and "\n\nAssistant:" before the turns.</summary>
    HhRlhf,
}

/// <summary>Reads files of pairwise preferences: JSON Lines or one JSON array.</summary>
public static class PreferencePairs
{
    /// <summary>All rows of a file, or none.</summary>
    /// <exception cref="InvalidInputException">The file, or any of its rows, is not as its format says: every problem with its line and field.</exception>
    public static IReadOnlyList<Preference> Read(string path, PreferenceFormat format)
    {
        var problems = new Problems(path);
        var rows = new List<Preference>();
        foreach (JsonRow json in JsonRows.Read(path, problems))
        {
            var reader = new RowReader(json, problems);
            Preference? row = format switch
            {
                PreferenceFormat.PromptChosenRejected => PromptChosenRejected.Row(reader),
                PreferenceFormat.AlpacaFarm => AlpacaFarmPair.Row(reader),
                PreferenceFormat.HhRlhf => HhRlhfPair.Row(reader),
                _ => throw new ArgumentOutOfRangeException(nameof(format), format, "is not a format of preferences"),
            };
            if (row is not null)
                rows.Add(row with { Line = reader.Line, NewlinesNormalized = reader.NewlinesNormalized });
        }
        problems.ThrowIfAny();
        return rows;
    }
}
