using System.Collections.Immutable;

namespace Emend.Feedback;

/// <summary>Response Better was preferred to response Worse (indices into the responses).</summary>
public readonly record struct Comparison(int Better, int Worse);

/// <summary>
/// One person's judgements of K responses to a prompt. Comparisons hold every pair that was not a tie: all pairs of a ranking, or the
/// pairs that were asked one by one, which need not agree with any ranking.
/// </summary>
public sealed record RankedResponses(
    string Id, string Group, Prompt Prompt, ImmutableArray<Response> Responses, ImmutableArray<Comparison> Comparisons)
{
    /// <summary>Who judged, where the source says so.</summary>
    public string? Annotator { get; init; }

    /// <summary>CR LF pairs that reading turned into LF in this row's texts.</summary>
    public int NewlinesNormalized { get; init; }

    /// <summary>The line of the file it came from, for later messages; 0 where it came from no file.</summary>
    public int Line { get; init; }

    /// <summary>Comparisons of a ranking: ranks[i] belongs to response i, 1 is best, equal ranks are ties.</summary>
    public static ImmutableArray<Comparison> FromRanks(IReadOnlyList<int> ranks) =>
    [
        .. from better in Enumerable.Range(0, ranks.Count)
           from worse in Enumerable.Range(0, ranks.Count)
           where ranks[better] < ranks[worse]
           select new Comparison(better, worse),
    ];

    /// <summary>The rank of each response (1 is best, ties share a rank), or null where the comparisons contradict every ranking.</summary>
    public ImmutableArray<int>? Ranks()
    {
        int[] ranks = [.. Responses.Select((_, i) => 1 + Comparisons.Count(pair => pair.Worse == i))];
        bool agree = new HashSet<Comparison>(Comparisons).SetEquals(FromRanks(ranks));
        return agree ? [.. ranks] : null;
    }

    /// <summary>Each comparison as a preference of its own.</summary>
    public IEnumerable<Preference> Preferences() => Comparisons.Select(pair =>
        new Preference($"{Id}:{pair.Better}>{pair.Worse}", Group, Prompt, Responses[pair.Better], Responses[pair.Worse])
        {
            NewlinesNormalized = NewlinesNormalized,
            Line = Line,
        });
}
