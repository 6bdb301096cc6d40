// Format: docs/formats/suites.md, "Results".
using System.Text.Json;
using Emend.Text;

namespace Emend.Suites;

/// <summary>One case under one version, as it stands in a file of results.</summary>
/// <param name="Key">SHA-256 of all that the result follows from: a row with this key is not computed again.</param>
/// <param name="Prompt">Name of the prompt version; "" where the case brings its own messages.</param>
/// <param name="Passed">Null: undecided, since a judge's answer could not be read.</param>
public sealed record CaseRow(string Key, string Suite, string Case, int Line, string Model, string Endpoint, string Prompt, string PromptHash, string Answer, string Finish, bool? Passed, IReadOnlyList<AssertionResult> Assertions)
{
    public string? Original { get; init; }
    public string? Edit { get; init; }

    /// <summary>SHA-256 of the documents' block that was injected into the case; null where none was.</summary>
    public string? ContextHash { get; init; }

    /// <summary>What the servers said their models were; null where none said anything.</summary>
    public Fingerprints? Fingerprints { get; init; }

    /// <summary>The version that was asked: model and, where there is one, prompt.</summary>
    public string Version => VersionOf(Model, Prompt);

    internal static string VersionOf(string model, string prompt) => prompt == "" ? model : $"{model} {prompt}";
}

/// <summary>A token of an original: its reward in deviations from the mean, and whether the person's edit replaced or removed it.</summary>
public sealed record EditedToken(double Reward, bool Edited);

/// <summary>The original of one case token by token, as a reward model sees it; without tokens where original and edit are too far apart to align.</summary>
public sealed record TokensRow(string Key, string Suite, string Case, IReadOnlyList<EditedToken> Tokens)
{
    /// <inheritdoc cref="CaseRow.Fingerprints"/>
    public Fingerprints? Fingerprints { get; init; }
}

/// <summary>What the servers behind a result say their models are, null where they do not.</summary>
public sealed record Fingerprints(string? Model, string? Judge, string? Rewards)
{
    /// <summary>Null where nobody says anything.</summary>
    internal static Fingerprints? Of(string? model, string? judge, string? rewards) => (model ?? judge ?? rewards) is null ? null : new(model, judge, rewards);
}

/// <summary>All results of a run; the rows in the order of versions and cases.</summary>
public sealed record SuiteResults(IReadOnlyList<CaseRow> Cases, IReadOnlyList<TokensRow> Tokens)
{
    /// <summary>Versions in the order in which they first come.</summary>
    public IEnumerable<string> Versions => Cases.Select(row => row.Version).Distinct();

    /// <summary>Reads a file of results; half a line at its end, of a run that was killed, is passed over.</summary>
    /// <exception cref="InvalidInputException">The file is not there, or a line is none of a result.</exception>
    public static SuiteResults Read(string path)
    {
        InvalidInputException.ThrowIfNoFile(path, "a file of results that emend suite run wrote");
        return Of(AppendedLines.Read(path), path);
    }

    internal static SuiteResults Of(IReadOnlyList<byte[]> lines, string path)
    {
        var cases = new List<CaseRow>();
        var tokens = new List<TokensRow>();
        foreach ((int i, byte[] line) in lines.Index())
        {
            try
            {
                if (JsonElement.Parse(line).TryGetProperty("tokens", out _))
                    tokens.Add(JsonSerializer.Deserialize<TokensRow>(line, SuiteJson.Options)!);
                else
                    cases.Add(JsonSerializer.Deserialize<CaseRow>(line, SuiteJson.Options)!);
            }
            catch (Exception exception) when (exception is JsonException or InvalidOperationException)
            {
                throw new InvalidInputException($"{path}:{i + 1}: is no result of emend suite run; give another file, or take the line out");
            }
        }
        return new SuiteResults(cases, tokens);
    }

    /// <summary>Writes the file as a whole: what a finished run leaves.</summary>
    public void Write(string path)
    {
        var bytes = new MemoryStream();
        foreach (object row in Cases.Cast<object>().Concat(Tokens))
        {
            JsonSerializer.Serialize(bytes, row, row.GetType(), SuiteJson.Options);
            bytes.WriteByte((byte)'\n');
        }
        WholeFile.Write(path, bytes.ToArray());
    }
}
