using Emend.Evaluation;
using Emend.Feedback;
using Emend.Judging;
using Emend.Text;

namespace Emend.Cli.Commands;

/// <summary>Pairs of responses with what a judge, or people, said of them: of each pair the mean of its votes.</summary>
/// <param name="Pairs">Those with a verdict, in the order of their file.</param>
/// <param name="Names">What A and B are called; null where the pairs do not say.</param>
internal sealed record VotedPairs(IReadOnlyList<(ResponsePair Pair, double ForB)> Pairs, VersionJudge Judge, (string A, string B)? Names)
{
    /// <summary>Reads verdicts and the pairs that they are of.</summary>
    /// <param name="pairsFile">Null: the rows of the verdicts hold the texts themselves.</param>
    /// <exception cref="InvalidInputException">A file is wrong, a verdict is of no pair of it, or the pairs are of several models.</exception>
    public static VotedPairs Read(string verdicts, string? pairsFile)
    {
        if (!File.Exists(verdicts))
            throw new InvalidInputException($"--verdicts {verdicts}: there is no such file");
        if (pairsFile is not null && !File.Exists(pairsFile))
            throw new InvalidInputException($"--pairs {pairsFile}: there is no such file");
        IReadOnlyList<JsonRow> rows = JsonLines.Read(verdicts);
        if (pairsFile is null && rows.FirstOrDefault(row => row.Has("vote") && !row.Has("prompt")) is { } bare)
            throw new InvalidInputException($"{bare.Place}: is a verdict without the texts; give --pairs FILE, the pairs that were judged");
        string texts = pairsFile ?? verdicts;
        IReadOnlyList<ResponsePair> pairs = ResponsePairs.Read(texts);
        Dictionary<string, ResponsePair> byId = pairs.ToDictionary(pair => pair.Id);
        var voted = new List<(JsonRow Row, Vote Vote, ResponsePair Pair)>();
        foreach (JsonRow row in rows)
        {
            string id = row.Has("id") ? row.String("id") : $"line-{row.Line}";
            ResponsePair pair = byId.GetValueOrDefault(id) ?? throw row.Problem("id", $"\"{id}\" is none of the pairs of {texts}");
            if (row.Has("vote"))
                voted.Add((row, Vote.Of(row), pair));
            else if (pairsFile is null && !row.IsNull("vote") && pair.Human is { } word)
                voted.Add((row, Vote.OfPerson(word), pair));
        }
        if (voted.Count == 0)
            throw new InvalidInputException($"{verdicts}: there is no verdict in it; rows with vote (a, b, tie or a number from 0 to 1) are expected, or pairs with human");
        Vote.RequireOneSource([.. voted.Select(one => one.Row)], [.. voted.Select(one => one.Vote)]);
        Dictionary<string, double> means = voted.GroupBy(one => one.Pair.Id).ToDictionary(votes => votes.Key, votes => votes.Average(one => one.Vote.ForB));
        return new VotedPairs(
            [.. pairs.Where(pair => means.ContainsKey(pair.Id)).Select(pair => (pair, means[pair.Id]))],
            new VersionJudge(JudgeOf(voted[0].Vote.Source, [.. voted.Select(one => one.Row)]), ScoreKind.Verdict, "characters") { Warnings = [.. Warnings([.. voted.Select(one => one.Vote)], pairs.Count - means.Count, pairs.Count)] },
            NamesOf(pairs, texts));
    }

    private static string JudgeOf(string? source, IReadOnlyList<JsonRow> rows) => source switch
    {
        VerdictRows.Source => $"{string.Join(" and ", rows.Select(row => row.Has("model") ? row.String("model") : "a model").Distinct())} (an AI)",
        null => "people",
        _ => "simulated annotators",
    };

    private static IEnumerable<string> Warnings(IReadOnlyList<Vote> votes, int unjudged, int pairs)
    {
        if (Vote.WarningOf(votes) is { } warning)
            yield return warning;
        if (votes[0].Source == FeedbackSources.Simulated)
            yield return "the votes are simulated annotators', not people's";
        if (unjudged > 0)
            yield return $"{unjudged} of {pairs} pairs have no verdict and are left out";
    }

    private static (string A, string B)? NamesOf(IReadOnlyList<ResponsePair> pairs, string file)
    {
        (string?, string?)[] names = [.. pairs.Select(pair => (pair.ModelA, pair.ModelB)).Distinct()];
        return names switch
        {
            [({ } a, { } b)] => (a, b),
            [(null, null)] => null,
            _ => throw new InvalidInputException($"{file}: has pairs of {string.Join(", ", names.Take(3).Select(pair => pair.Item1 is null ? "models without names" : $"\"{pair.Item1}\" and \"{pair.Item2}\""))}{(names.Length > 3 ? ", …" : "")} (model_a, model_b); the same two in every row are expected; emend evaluate rank ranks many"),
        };
    }
}
