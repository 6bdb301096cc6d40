using Emend.Feedback;
using Emend.Judging;
using Emend.Significance;
using Emend.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Comparison = Emend.Significance.Comparison;

namespace Emend.Studio.Endpoints;

/// <summary>Rankings of a project's versions and models. They say what is winning, so annotators do not read them.</summary>
internal static class RankingEndpoints
{
    private const int Seed = 1;
    private const int MostSystems = 60;

    public static void MapRankings(this IEndpointRouteBuilder routes) => routes.MapGet("/api/projects/{project:long}/ranking", Get).For(Role.Manager, Scope.Read).RequireRateLimiting(Limits.Bulk);

    private static async Task<Ranking> Get(long project, string? by, Database database)
    {
        RankedBy ranked = by switch
        {
            null or "version" => RankedBy.Version,
            "model" => RankedBy.Model,
            "both" => RankedBy.Both,
            _ => throw RefusedException.Invalid(new FieldProblem("by", "version, model or both is expected")),
        };
        ComparedSystems compared = await ComparedSystems.Read(database, project, ranked);
        return new Ranking(ranked, Groups(compared.People), Groups(compared.Simulated), [.. compared.Judged.GroupBy(judged => (judged.Run.Model, judged.Run.Endpoint))
            .Select(judge => Of(judge.Key.Model, judge.Key.Endpoint, compared, [.. judge], ranked)).Where(judge => judge.Groups.Count > 0)]);
    }

    private static JudgeRanking Of(string model, string endpoint, ComparedSystems compared, IReadOnlyList<JudgedPairs> runs, RankedBy by)
    {
        (JudgedPairs Run, IReadOnlyList<VerdictRow> Rows)[] read = [.. runs.Select(run => (run, VerdictRow.Read(run.Verdicts, "verdicts")))];
        var agreement = HumanAgreement.Of(read.SelectMany(one => JudgeRunDetail.BothJudged(one.Rows, one.Run.People).Select(pair => (Of: one.Run.Run.FromFile ? one.Run.Run.Id : 0, pair)))
            .DistinctBy(one => (one.Of, one.pair.Id)).Select(one => (one.pair.Human, one.pair.Judge)));
        return new JudgeRanking(model, endpoint, Groups([.. read.SelectMany(one => compared.Of(one.Run, one.Rows.Where(row => row.Said.Vote is not null).Select(row => (row.Said.Pair.Id, row.Said.Vote!.Value)), by))]), agreement.WarningFor(JudgeRunDetail.WherePeopleVote));
    }

    // What was never compared, not even through a third, has no common scale.
    private static IReadOnlyList<IReadOnlyList<RankedView>> Groups(IReadOnlyList<Comparison> comparisons) =>
        [.. BradleyTerry.Groups(comparisons).OrderByDescending(group => group.Count).Select(group => (IReadOnlyList<RankedView>)[.. Rank(group).Select((system, i) => new RankedView(i + 1, system))])];

    private static IReadOnlyList<RankedSystem> Rank(IReadOnlyList<Comparison> group)
    {
        int systems = group.SelectMany(one => (string[])[one.First, one.Second]).Distinct().Count();
        return systems <= MostSystems ? BradleyTerry.Rank(group, Seed) : throw RefusedException.Invalid(new FieldProblem("by", $"gives {systems} systems; at most {MostSystems} are ranked"));
    }

    /// <param name="People">Groups of systems that were compared with each other, if only through a third; each on a scale of its own.</param>
    /// <param name="Simulated">The same from annotators that are programs.</param>
    internal sealed record Ranking(RankedBy By, IReadOnlyList<IReadOnlyList<RankedView>> People, IReadOnlyList<IReadOnlyList<RankedView>> Simulated, IReadOnlyList<JudgeRanking> Judges);

    /// <param name="Warning">What has to be said beside the numbers of this judge; null once its agreement with people is measured and above chance.</param>
    internal sealed record JudgeRanking(string Model, string Endpoint, IReadOnlyList<IReadOnlyList<RankedView>> Groups, string? Warning);

    /// <summary>A system's place; Elo with its 95 % interval.</summary>
    internal sealed record RankedView(int Rank, string System, double Elo, double Low, double High, int BestRank, int WorstRank, int Comparisons)
    {
        public RankedView(int rank, RankedSystem of) : this(rank, of.Name, of.Elo, of.EloInterval.Low, of.EloInterval.High, of.BestRank, of.WorstRank, of.Comparisons)
        {
        }
    }
}
