using System.Text;
using System.Text.Json;
using Emend.Text;

namespace Emend.Suites;

/// <summary>The rows of one version in a file of results: one prompt version under one model, each case once.</summary>
/// <param name="Prompt">What the results call the version; never "".</param>
public sealed record SuitePart(string Suite, string Model, string Endpoint, string Prompt, string PromptHash, SuiteResults Results)
{
    public int Passed => Results.Cases.Count(row => row.Passed == true);

    public int Undecided => Results.Cases.Count(row => row.Passed is null);

    /// <summary>The mean share of content words that stand where a grounded assertion looks for them, and of how many answers; null where none could be measured.</summary>
    public static (double Share, int Answers)? Grounded(IEnumerable<CaseRow> rows)
    {
        double[] shares = [.. rows.Select(row => row.Assertions.Where(result => result is { Assertion: "grounded", Score: not null }).Select(result => result.Score).FirstOrDefault()).OfType<double>()];
        return shares.Length == 0 ? null : (shares.Average(), shares.Length);
    }

    /// <summary>The rows as JSON lines, as a finished run writes them.</summary>
    public string Lines()
    {
        var lines = new StringBuilder();
        foreach (object row in Results.Cases.Cast<object>().Concat(Results.Tokens))
            lines.Append(JsonSerializer.Serialize(row, row.GetType(), SuiteJson.Options)).Append('\n');
        return lines.ToString();
    }

    /// <summary>
    /// The parts of a file's rows, in their order; cases that bring messages of their own are of no prompt version and in none. Where a case is there twice, since its
    /// suite was changed between two runs, the later row counts. Tokens of originals go with every part of their suite.
    /// </summary>
    public static IReadOnlyList<SuitePart> Of(SuiteResults results) =>
    [
        .. results.Cases.Where(row => row.Prompt != "").GroupBy(row => (row.Suite, row.Model, row.Prompt, row.PromptHash)).Select(rows => new SuitePart(
            rows.Key.Suite, rows.Key.Model, rows.Last().Endpoint, rows.Key.Prompt, rows.Key.PromptHash,
            new SuiteResults([.. rows.GroupBy(row => row.Case).Select(same => same.Last())], [.. results.Tokens.Where(row => row.Suite == rows.Key.Suite).GroupBy(row => row.Case).Select(same => same.Last())]))),
    ];

    /// <summary>Reads rows that lie in a store, or came over a wire.</summary>
    /// <param name="name">What messages call them.</param>
    /// <exception cref="InvalidInputException">A line is no result, or lacks something.</exception>
    public static SuiteResults Read(string lines, string name)
    {
        SuiteResults read = SuiteResults.Of([.. lines.Split('\n').Where(line => line.Trim() != "").Select(System.Text.Encoding.UTF8.GetBytes)], name);
        // The reader refuses fields that are not there, and takes null for a text.
        CaseRow? lacking = read.Cases.FirstOrDefault(row => new object?[] { row.Suite, row.Case, row.Model, row.Endpoint, row.Prompt, row.PromptHash, row.Answer, row.Finish, row.Assertions }.Contains(null));
        if (lacking is not null || read.Tokens.Any(row => row.Suite is null || row.Case is null || row.Tokens is null))
            throw new InvalidInputException($"{name}: a row{(lacking?.Case is { } id ? $" of {id}" : "")} has null where a text is expected; give the file as emend suite run wrote it");
        return read;
    }
}
