namespace Emend.Significance;

/// <summary>What a test of A against B says.</summary>
public enum AbVerdict
{
    /// <summary>B is better than A.</summary>
    Win,

    /// <summary>B is worse than A.</summary>
    Lose,

    /// <summary>The votes do not decide it.</summary>
    NotEnoughData,
}

/// <summary>How a test of A against B is read.</summary>
public sealed record AbOptions
{
    /// <summary>Votes that the test was planned for, of which later ones are no part; null takes those that are there as the whole test.</summary>
    public int? Horizon { get; init; }

    /// <summary>Whether somebody looks before the end, so that the bound must hold at every look.</summary>
    public bool Peek { get; init; }

    /// <summary>Probability, at most, of calling equal systems different.</summary>
    public double Level { get; init; } = Power.DefaultLevel;

    /// <summary>With which a further test should find an effect of the size seen.</summary>
    public double WantedPower { get; init; } = Power.DefaultPower;

    public int Seed { get; init; }

    /// <summary>What an outcome is called in sentences: votes, pairs, users.</summary>
    public string Unit { get; init; } = "votes";
}

/// <summary>
/// A test of B against A by votes, each 1 for B, 0 for A, 0.5 for neither. Fixed horizon: read once, at the end, by the exact test of wins against losses
/// (sign flips where votes lie between). Peeking: a confidence sequence over the votes in their order, valid at every look.
/// </summary>
/// <param name="Rate">Share of B, ties half, with an interval: Wilson's for the fixed horizon, the confidence sequence's for peeking.</param>
/// <param name="PValue">Of equal systems; for peeking one that may be read at any time. Null before the horizon, where nobody should look.</param>
/// <param name="More">How many more votes it would take; null where it is decided or no number of votes is in sight. See <see cref="MoreMeans"/>.</param>
public sealed record AbTest(AbVerdict Verdict, double Rate, Interval Interval, double? PValue, int Wins, int Losses, int Ties, int? More, string MoreMeans)
{
    private const int Futures = 200, FarthestFuture = 20_000;

    /// <summary>Reads the votes.</summary>
    public static AbTest Of(IReadOnlyList<double> votes, AbOptions options)
    {
        if (votes.Count == 0)
            throw new ArgumentException("a test needs one vote at least");
        foreach (double vote in votes)
        {
            if (!(vote is >= 0 and <= 1))
                throw new ArgumentException($"a vote lies between 0 and 1, not {vote}");
        }
        return options.Peek ? Peeked(votes, options) : Fixed([.. votes.Take(options.Horizon ?? votes.Count)], options);
    }

    /// <summary>What <see cref="More"/> means while a test that is read once has not come to its end.</summary>
    public static string BeforeTheEnd(string unit) => $"{unit} to the planned end of the test, before which nothing is decided";

    private static AbTest Fixed(IReadOnlyList<double> votes, AbOptions options)
    {
        (int wins, int losses, int ties) = Counts(votes);
        double rate = votes.Average();
        Interval interval = Interval.Wilson(votes.Sum(), votes.Count, 1 - options.Level);
        if (options.Horizon is int horizon && votes.Count < horizon)
            return new AbTest(AbVerdict.NotEnoughData, rate, interval, null, wins, losses, ties, horizon - votes.Count, BeforeTheEnd(options.Unit));
        double p = votes.All(vote => vote is 0 or 0.5 or 1) ? PairedTests.McNemar(wins, losses) : PairedTests.SignFlip([.. votes.Select(vote => vote - 0.5)], options.Seed);
        if (p <= options.Level)
            return new AbTest(rate > 0.5 ? AbVerdict.Win : AbVerdict.Lose, rate, interval, p, wins, losses, ties, null, "");
        double deviation = Math.Sqrt(Moments.Variance(votes));
        int needed = rate == 0.5 || deviation == 0 ? int.MaxValue : Power.Items(rate - 0.5, deviation, options.Level, options.WantedPower);
        return needed == int.MaxValue
            ? new AbTest(AbVerdict.NotEnoughData, rate, interval, p, wins, losses, ties, null, $"the {options.Unit} are even, so no number of them is in sight")
            : new AbTest(AbVerdict.NotEnoughData, rate, interval, p, wins, losses, ties, needed, $"{options.Unit} of a new test, if the effect is as large as it looks now; {options.Unit} added to this one would be a second look");
    }

    private static AbTest Peeked(IReadOnlyList<double> votes, AbOptions options)
    {
        (int wins, int losses, int ties) = Counts(votes);
        var bound = new ConfidenceSequence(options.Level);
        foreach (double vote in votes)
            bound.Add(vote);
        if (bound.Decided)
            return new AbTest(bound.DecidedAbove ? AbVerdict.Win : AbVerdict.Lose, bound.Mean, bound.Interval, bound.AnytimePValue, wins, losses, ties, null, "");
        int? more = Future(votes, options);
        return new AbTest(AbVerdict.NotEnoughData, bound.Mean, bound.Interval, bound.AnytimePValue, wins, losses, ties, more,
            more is null ? $"no number of {options.Unit} is in sight" : $"more {options.Unit} in half of the futures in which votes go on as they have come");
    }

    /// <summary>The median number of further votes, drawn from those that have come, after which the bound decides.</summary>
    private static int? Future(IReadOnlyList<double> votes, AbOptions options)
    {
        double deviation = Math.Sqrt(Moments.Variance(votes)), effect = votes.Average() - 0.5;
        // Half of a future's work is in vain if the effect is too small for it: then say so at once.
        if (effect == 0 || Power.Items(effect, Math.Max(deviation, 0.1), options.Level, options.WantedPower) > FarthestFuture / 2)
            return null;
        var random = new Random(options.Seed);
        int[] found = new int[Futures];
        for (int future = 0; future < Futures; future++)
        {
            var bound = new ConfidenceSequence(options.Level, onlyEven: true);
            foreach (double vote in votes)
                bound.Add(vote);
            while (!bound.Decided && bound.Count < FarthestFuture)
                bound.Add(votes[random.Next(votes.Count)]);
            found[future] = bound.Count - votes.Count;
        }
        Array.Sort(found);
        return found[Futures / 2] + votes.Count >= FarthestFuture ? null : found[Futures / 2];
    }

    private static (int Wins, int Losses, int Ties) Counts(IReadOnlyList<double> votes) =>
        (votes.Count(vote => vote > 0.5), votes.Count(vote => vote < 0.5), votes.Count(vote => vote == 0.5));
}
