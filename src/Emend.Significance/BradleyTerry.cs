// Ranking of many systems from pairwise comparisons, not all of which need have been made.
// Papers:  Bradley and Terry 1952; Hunter 2004, "MM algorithms for generalized Bradley-Terry models", equation 3.
// We differ: 1. ties are half a win for each side; 2. every system also drew one game against a player of average strength, so that one that won
//            or lost everything has a finite strength (an estimate of maximal posterior probability); 3. intervals are a bootstrap over items.
// Scale:   Elo: 400 points are odds of 10 to 1; the mean of all systems is 1000.
using Emend.Text;

namespace Emend.Significance;

/// <summary>One comparison of two systems on an item: 1 the first won, 0 the second, 0.5 a tie; between them a mean.</summary>
public readonly record struct Comparison(string First, string Second, double Outcome, int Item);

/// <summary>A system's place.</summary>
/// <param name="Elo">With its 95 % interval.</param>
/// <param name="BestRank">The rank in 95 % of resamples is not above this one …</param>
/// <param name="WorstRank">… nor below this one; 1 is the best.</param>
public sealed record RankedSystem(string Name, double Elo, Interval EloInterval, int BestRank, int WorstRank, int Comparisons);

/// <summary>Bradley–Terry strengths.</summary>
public static class BradleyTerry
{
    public const int Resamples = 1000;

    private const double EloMean = 1000, EloPerUnit = 400 / 2.302585092994046;
    private const int MostSteps = 10_000;

    /// <summary>Change of the logarithm of a strength in the last step: a millionth of a point, and a hundredth for resamples.</summary>
    private const double Converged = 1e-9, ResampleConverged = 1e-5;

    /// <summary>The systems, best first; equal ones by name.</summary>
    /// <param name="seed">Of the bootstrap.</param>
    /// <exception cref="InvalidInputException">Some systems were never compared with the others, not even through a third.</exception>
    public static IReadOnlyList<RankedSystem> Rank(IReadOnlyList<Comparison> comparisons, int seed, int resamples = Resamples)
    {
        string[] names = [.. comparisons.SelectMany(one => (string[])[one.First, one.Second]).Distinct().Order(StringComparer.Ordinal)];
        if (names.Length == 0)
            throw new InvalidInputException("nothing was compared, so there is nothing to rank");
        Dictionary<string, int> index = names.Select((name, i) => (name, i)).ToDictionary(pair => pair.name, pair => pair.i);
        Game[][] byItem = [.. comparisons.GroupBy(one => one.Item).Select(item => item.Select(one => Game.Of(one, index)).ToArray())];
        Check(names, byItem);

        double[] start = new double[names.Length];
        Array.Fill(start, 1);
        double[] strengths = Strengths(byItem, start, Converged), elos = Elos(strengths);
        var random = new Random(seed);
        var drawn = new double[names.Length][];
        var ranks = new double[names.Length][];
        for (int i = 0; i < names.Length; i++)
            (drawn[i], ranks[i]) = (new double[resamples], new double[resamples]);
        var resample = new Game[byItem.Length][];
        for (int draw = 0; draw < resamples; draw++)
        {
            for (int i = 0; i < resample.Length; i++)
                resample[i] = byItem[random.Next(byItem.Length)];
            double[] found = Elos(Strengths(resample, strengths, ResampleConverged));
            for (int i = 0; i < names.Length; i++)
                (drawn[i][draw], ranks[i][draw]) = (found[i], 1 + found.Count(other => other > found[i]));
        }
        return
        [
            .. names.Select((name, i) => Summary(name, elos[i], drawn[i], ranks[i], comparisons.Count(one => one.First == name || one.Second == name)))
                .OrderByDescending(system => system.Elo).ThenBy(system => system.Name, StringComparer.Ordinal)
        ];
    }

    /// <summary>The comparisons by groups of systems that were compared with each other, if only through a third: each can be ranked, and no two on one scale.</summary>
    public static IReadOnlyList<IReadOnlyList<Comparison>> Groups(IReadOnlyList<Comparison> comparisons)
    {
        Dictionary<string, int> index = comparisons.SelectMany(one => (string[])[one.First, one.Second]).Distinct().Order(StringComparer.Ordinal).Select((name, i) => (name, i)).ToDictionary(pair => pair.name, pair => pair.i);
        int[] group = Connected(index.Count, comparisons.Select(one => (index[one.First], index[one.Second])));
        return [.. comparisons.GroupBy(one => group[index[one.First]]).Select(IReadOnlyList<Comparison> (some) => [.. some])];
    }

    private static RankedSystem Summary(string name, double elo, double[] drawn, double[] ranks, int comparisons)
    {
        const double upper = 0.5 + Interval.Confidence / 2;
        Array.Sort(drawn);
        Array.Sort(ranks);
        return new RankedSystem(name, elo, new Interval(Math.Min(elo, Moments.Quantile(drawn, 1 - upper)), Math.Max(elo, Moments.Quantile(drawn, upper))),
            (int)Math.Floor(Moments.Quantile(ranks, 1 - upper)), (int)Math.Ceiling(Moments.Quantile(ranks, upper)), comparisons);
    }

    /// <summary>Hunter's iteration on the wins and the games of every pair; a draw against a player of strength 1 comes to each system.</summary>
    private static double[] Strengths(IReadOnlyList<Game[]> items, double[] start, double converged)
    {
        int systems = start.Length;
        double[] wins = new double[systems];
        double[,] games = new double[systems, systems];
        foreach (Game[] item in items)
        {
            foreach (Game game in item)
            {
                wins[game.First] += game.Outcome;
                wins[game.Second] += 1 - game.Outcome;
                games[game.First, game.Second]++;
                games[game.Second, game.First]++;
            }
        }
        double[] strengths = [.. start];
        for (int step = 0; step < MostSteps; step++)
        {
            double change = 0;
            for (int i = 0; i < systems; i++)
            {
                double sum = 1 / (strengths[i] + 1);
                for (int j = 0; j < systems; j++)
                {
                    if (games[i, j] > 0)
                        sum += games[i, j] / (strengths[i] + strengths[j]);
                }
                double next = (wins[i] + 0.5) / sum;
                change = Math.Max(change, Math.Abs(Math.Log(next / strengths[i])));
                strengths[i] = next;
            }
            if (change < converged)
                break;
        }
        return strengths;
    }

    private static double[] Elos(double[] strengths)
    {
        double mean = strengths.Average(Math.Log);
        return [.. strengths.Select(strength => EloMean + EloPerUnit * (Math.Log(strength) - mean))];
    }

    private static void Check(string[] names, Game[][] items)
    {
        int[] group = Connected(names.Length, items.SelectMany(item => item).Select(game => (game.First, game.Second)));
        string[][] islands = [.. names.Select((name, i) => (Name: name, Group: group[i])).GroupBy(pair => pair.Group).Select(island => island.Select(pair => pair.Name).ToArray())];
        if (islands.Length > 1)
            throw new InvalidInputException($"the systems fall into groups that were never compared with each other, so they have no common ranking: {string.Join(" | ", islands.Select(island => string.Join(", ", island)))}");
    }

    /// <summary>For each system one of its group, the same for all of them.</summary>
    private static int[] Connected(int systems, IEnumerable<(int First, int Second)> games)
    {
        int[] group = [.. Enumerable.Range(0, systems)];
        int Root(int i) => group[i] == i ? i : group[i] = Root(group[i]);
        foreach ((int first, int second) in games)
            group[Root(first)] = Root(second);
        return [.. Enumerable.Range(0, systems).Select(Root)];
    }

    private readonly record struct Game(int First, int Second, double Outcome)
    {
        public static Game Of(Comparison comparison, Dictionary<string, int> index)
        {
            if (!(comparison.Outcome is >= 0 and <= 1))
                throw new ArgumentException($"an outcome lies between 0 and 1, not {comparison.Outcome}");
            if (comparison.First == comparison.Second)
                throw new InvalidInputException($"\"{comparison.First}\" was compared with itself");
            return new Game(index[comparison.First], index[comparison.Second], comparison.Outcome);
        }
    }
}
