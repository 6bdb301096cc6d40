using Emend.Judging;
using Emend.Text;

namespace Emend.Cli.Commands;

/// <summary>One vote on a pair, as emend ab and emend evaluate compare read it.</summary>
/// <param name="ForB">1 for B, 0 for A, 0.5 for neither, or the share of the verdict that B got.</param>
/// <param name="First">"a" or "b": the side that was shown first; null where the row does not say.</param>
internal sealed record Vote(double ForB, string? First)
{
    private static readonly string[] Verdicts = ["a", "b", "tie"];

    /// <summary>"ai": a judge that is a model gave it; then Verdict is its word, and Human a person's on the same pair, where there is one. "simulated": an annotator of the built-in world. Null: a person.</summary>
    public string? Source { get; private init; }
    public string? Verdict { get; private init; }
    public string? Human { get; private init; }

    public static Vote Of(JsonRow row) => Outcome(row) with { Source = Word(row, "source") is VerdictRows.Source or Store.SimulatedAnnotators.Source ? Word(row, "source") : null, Verdict = Named(row, "verdict"), Human = Named(row, "human") };

    /// <summary>A person's word on a pair, "a", "b" or "tie".</summary>
    public static Vote OfPerson(string word) => new(ForBOf(word) ?? throw new ArgumentException($"\"{word}\" is no verdict"), null);

    private static double? ForBOf(string? word) => word switch { "a" => 0, "b" => 1, "tie" => 0.5, _ => null };

    /// <exception cref="InvalidInputException">Votes of several sources are mixed: the first that is of another than those before.</exception>
    public static void RequireOneSource(IReadOnlyList<JsonRow> rows, IReadOnlyList<Vote> votes)
    {
        if (rows.Zip(votes).FirstOrDefault(pair => pair.Second.Source != votes[0].Source) is ({ } mixed, { } other))
            throw mixed.Problem("source", $"is {(other.Source is { } own ? $"\"{own}\"" : "missing")}, unlike the votes before: votes of people, of simulated annotators and verdicts of an AI are tests of their own, each in its file");
    }

    /// <summary>What has to be said of an AI's verdicts until people's on the same pairs agree with them; null for others.</summary>
    public static string? WarningOf(IReadOnlyList<Vote> votes) => votes[0].Source == VerdictRows.Source
        ? HumanAgreement.Of(votes.Select(vote => (vote.Human, vote.Verdict)).Where(pair => pair is { Human: not null, Verdict: not null }).Select(pair => (pair.Human!, pair.Verdict!))).Warning
        : null;

    private static string? Word(JsonRow row, string field) => row.Has(field) && row.IsString(field) ? row.String(field) : null;

    private static string? Named(JsonRow row, string field) => Word(row, field) is { } word && Verdicts.Contains(word) ? word : null;

    private static Vote Outcome(JsonRow row)
    {
        string? first = row.Has("first") ? row.String("first") : null;
        if (first is not (null or "a" or "b"))
            throw row.Problem("first", $"is \"{first}\", not \"a\" or \"b\"");
        if (!row.Has("vote") && row.Has("a") && row.Has("b"))
        {
            (double a, double b) = (row.Number("a"), row.Number("b"));
            return new Vote(b > a ? 1 : b == a ? 0.5 : 0, first);
        }
        double vote = Given(row);
        // Texts a and b are the responses that were compared.
        if (row.IsNumber("a") && row.IsNumber("b"))
        {
            (double a, double b) = (row.Number("a"), row.Number("b"));
            if (Side(a, b) != Side(0.5, vote))
                throw row.Problem("vote", FormattableString.Invariant($"is for {Side(0.5, vote)}, and the scores a {a} and b {b} are for {Side(a, b)}; one of the two is expected"));
        }
        return new Vote(vote, first);
    }

    private static string Side(double a, double b) => b > a ? "B" : b < a ? "A" : "neither";

    private static double Given(JsonRow row)
    {
        if (row.IsNumber("vote"))
            return row.Number("vote") is >= 0 and <= 1 and double share ? share : throw row.Problem("vote", "is not between 0 (A) and 1 (B)");
        string word = row.String("vote");
        return ForBOf(word) ?? throw row.Problem("vote", $"is \"{word}\", not \"a\", \"b\", \"tie\" or a number from 0 to 1");
    }
}
