// Format: docs/formats/judging.md, "Verdicts".
using System.Text.Json;
using Emend.Feedback;
using Emend.Text;

namespace Emend.Judging;

/// <summary>A judge's verdict as a file of emend judge holds it: without the texts, whose lengths it knows.</summary>
/// <param name="Said">The verdict; the texts of its pair are empty.</param>
/// <param name="LengthA">In UTF-16 code units, and so is B's.</param>
public sealed record VerdictRow(PairVerdict Said, int LengthA, int LengthB, string Model, string Endpoint)
{
    private const int LongestName = 500;
    private const double Same = 1e-6;
    private const string Expected = "is no verdict of emend judge; id, verdict, vote, answers, length_a, length_b, source, model and endpoint are expected";
    private static readonly string[] Verdicts = ["a", "b", "tie"];

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        AllowDuplicateProperties = false,
    };

    /// <summary>Reads the rows of one judge: all of them, or none.</summary>
    /// <param name="name">What messages call them.</param>
    /// <exception cref="InvalidInputException">A row is no verdict, or of another judge than the first; every problem with its line.</exception>
    public static IReadOnlyList<VerdictRow> Read(string lines, string name)
    {
        var (rows, problems, places) = (new List<VerdictRow>(), new List<string>(), new Dictionary<string, int>());
        foreach ((int i, string line) in lines.Split('\n').Index().Where(line => line.Item.Trim() != ""))
        {
            void Problem(string field, string message) => problems.Add($"{name}:{i + 1}: {field}: {message}");
            int before = problems.Count;
            if (Parse(line, Problem, problem => problems.Add($"{name}:{i + 1}: {problem}")) is not { } row)
                continue;
            Check(row, Problem);
            if (!places.TryAdd(row.Id, i + 1))
                Problem("id", $"\"{row.Id}\" is already the id of line {places[row.Id]}; an id of its own is expected");
            if (rows.Count > 0 && (row.Model, row.Endpoint) != (rows[0].Model, rows[0].Endpoint))
                Problem("model", $"is {row.Model} at {row.Endpoint}, and before it was {rows[0].Model} at {rows[0].Endpoint}; a file of one judge is expected");
            if (problems.Count == before)
                rows.Add(row.Row());
        }
        return problems.Count > 0 ? throw InvalidInputException.ForProblems(name, problems)
            : rows.Count > 0 ? rows : throw new InvalidInputException($"{name}: there is no verdict in it; what emend judge wrote is expected");
    }

    private static Line? Parse(string line, Action<string, string> problem, Action<string> unknown)
    {
        try
        {
            if (JsonSerializer.Deserialize<Line>(line, Json) is { } row)
                return row;
            unknown(Expected);
        }
        catch (JsonException exception)
        {
            if (exception.Path is null or "" or "$")
                unknown(Expected);
            else
                problem(exception.Path.StartsWith("$.", StringComparison.Ordinal) ? exception.Path[2..] : exception.Path, "is not what a verdict of emend judge has there");
        }
        return null;
    }

    private static void Check(Line row, Action<string, string> problem)
    {
        foreach ((string field, string text) in ((string, string)[])[("id", row.Id), ("model", row.Model), ("endpoint", row.Endpoint)])
        {
            if (text.Length is 0 or > LongestName || text.Any(char.IsControl))
                problem(field, $"1 to {LongestName} characters without control characters are expected");
        }
        if (row.Source != VerdictRows.Source)
            problem("source", $"\"{row.Source}\" is not \"{VerdictRows.Source}\": verdicts of a model are expected");
        if (row.Human is not null && !Verdicts.Contains(row.Human))
            problem("human", $"\"{row.Human}\" is not a verdict (a, b, tie)");
        if (row.LengthA < 0 || row.LengthB < 0)
            problem(row.LengthA < 0 ? "length_a" : "length_b", "is negative");
        if (row.Answers.Count is 0 or > 2 || row.Answers.Any(answer => answer.First is not ("a" or "b")) || row.Answers.DistinctBy(answer => answer.First).Count() != row.Answers.Count)
            problem("answers", "one for each order is expected, whose first is \"a\" or \"b\"");
        else if (row.Answers.Any(answer => answer.Verdict is null != answer.Vote is null || (answer.Verdict is not null && !Verdicts.Contains(answer.Verdict)) || !(answer.Vote is null or (>= 0 and <= 1))))
            problem("answers", "a verdict (a, b, tie) with a vote from 0 to 1, or null for both, is expected in each");
        else if (row.Row().Said is var said && (said.Verdict != row.Verdict || said.Vote is null != row.Vote is null || Math.Abs((said.Vote ?? 0) - (row.Vote ?? 0)) > Same))
            problem("vote", "verdict and vote are not those of the answers");
    }

    private sealed record Line(string Id, string? Verdict, double? Vote, IReadOnlyList<LineAnswer> Answers, int LengthA, int LengthB, string Source, string Model, string Endpoint, string? Human = null)
    {
        public VerdictRow Row() => new(new PairVerdict(new ResponsePair(Id, "", "", "", Human), [.. Answers.Select(answer => new OrderedAnswer(answer.First, answer.Said, answer.Verdict, answer.Vote))]), LengthA, LengthB, Model, Endpoint);
    }

    private sealed record LineAnswer(string First, string Said, string? Verdict, double? Vote);
}
