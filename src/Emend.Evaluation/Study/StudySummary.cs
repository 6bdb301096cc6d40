using Emend.Significance;

namespace Emend.Evaluation;

/// <summary>From what a study measured to what it found. Pure: the same measures and seed give the same result.</summary>
public static class StudySummary
{
    private const double PlateauPoints = 1;
    private static readonly double[] KlGrid = [0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 4, 6, 8, 10, 15, 20, 30, 50];

    /// <summary>Summaries, differences, matched KL, updates to the baseline's best and warnings.</summary>
    /// <param name="seed">Of the resampling behind the intervals.</param>
    /// <exception cref="ArgumentException">Arms differ in their seeds or prompts, or the baseline is none of them.</exception>
    public static StudyResult Of(StudyMeasures measures, int seed = 1)
    {
        Check(measures);
        ArmSummary[] arms = [.. measures.Arms.Select(arm => Summarize(arm, seed))];
        return new StudyResult
        {
            Arms = arms,
            Differences = Differences(measures, seed),
            MatchedKl = MatchedKl(measures),
            UpdatesToBest = UpdatesToBest(measures),
            Warnings = StudyWarnings.Of(measures, arms),
            Measures = measures,
        };
    }

    private static void Check(StudyMeasures measures)
    {
        if (measures.Arms.All(arm => arm.Name != measures.Baseline))
            throw new ArgumentException($"the baseline {measures.Baseline} is none of the arms {string.Join(", ", measures.Arms.Select(arm => arm.Name))}");
        ArmMeasures first = measures.Arms[0];
        foreach (ArmMeasures arm in measures.Arms)
        {
            if (arm.Seeds.Count == 0 || !arm.Seeds.Select(each => each.Seed).SequenceEqual(first.Seeds.Select(each => each.Seed)))
                throw new ArgumentException($"arm {arm.Name} has the seeds {string.Join(", ", arm.Seeds.Select(each => each.Seed))}, and {first.Name} has {string.Join(", ", first.Seeds.Select(each => each.Seed))}: arms are paired by seed");
        }
    }

    private static ArmSummary Summarize(ArmMeasures arm, int seed)
    {
        IReadOnlyList<SeedMeasures> seeds = arm.Seeds;
        IEnumerable<double> best = seeds.Where(each => each.Curve.Count > 0).Select(each => Curve.Smooth(each.Curve).Max(point => point.WinRate));
        IReadOnlyList<Measure> extra = seeds[0].Policy.Extra ?? [];
        return new ArmSummary(arm.Name, arm.Description,
            WinRate.Of(Outcomes(arm), seed),
            Mean(best.Select(value => (double?)value)),
            seeds.Average(each => each.Policy.Tokens),
            seeds.Average(each => each.Reference.Tokens),
            seeds.Average(each => each.Policy.Text.DistinctWords),
            seeds.Average(each => each.Reference.Text.DistinctWords),
            seeds.Average(each => each.Policy.Text.TextsWithDuplicates),
            seeds.Average(each => each.Reference.Text.TextsWithDuplicates),
            seeds.Average(each => each.Policy.Text.RepeatedFourGrams),
            seeds.Average(each => each.Kl),
            Mean(seeds.Select(each => each.Policy.Perplexity)),
            Mean(seeds.Select(each => each.Reward.OriginalPairs?.Value)),
            Mean(seeds.Select(each => each.Reward.EditedPairs?.Value)),
            Mean(seeds.Select(each => each.Reward.GoldPairs?.Value)),
            Mean(seeds.Select(each => each.Reward.TokenAucOriginal)),
            Mean(seeds.Select(each => each.Reward.TokenAucEdited)),
            [.. extra.Select(measure => new ComparedMeasure(measure.Name,
                seeds.Average(each => Named(each.Policy, measure.Name)), seeds.Average(each => Named(each.Reference, measure.Name)), measure.Unit))],
            seeds.Average(each => each.Seconds));
    }

    private static List<ArmDifference> Differences(StudyMeasures measures, int seed)
    {
        IEnumerable<ArmPair> pairs = measures.Arms.Where(arm => arm.Name != measures.Baseline)
            .Select(arm => measures.Comparisons.FirstOrDefault(pair => pair.Arm == arm.Name && pair.Against == measures.Baseline)
                ?? new ArmPair(arm.Name, measures.Baseline));
        IEnumerable<ArmPair> asked = measures.Comparisons.Where(pair => pair.Against != measures.Baseline);
        return [.. pairs.Concat(asked).Select(pair => new ArmDifference(pair.Arm, pair.Against, pair.Question,
            WinRate.Difference(Outcomes(Arm(measures, pair.Arm)), Outcomes(Arm(measures, pair.Against)), seed)))];
    }

    private static List<MatchedKlRow> MatchedKl(StudyMeasures measures)
    {
        var smooth = measures.Arms.ToDictionary(arm => arm.Name, arm => arm.Seeds.Select(each => Curve.Smooth(each.Curve)).ToList());
        IReadOnlyList<double> levels = measures.KlLevels.Count > 0 ? measures.KlLevels : LevelsThatMostReach(smooth.Values);
        return [.. levels.Select(level => new MatchedKlRow(level, [.. measures.Arms.Select(arm =>
        {
            double?[] at = [.. smooth[arm.Name].Select(curve => Curve.WinRateAtKl(curve, level))];
            double?[] baseline = [.. smooth[measures.Baseline].Select(curve => Curve.WinRateAtKl(curve, level))];
            double[] reached = [.. at.OfType<double>()];
            double[] paired = arm.Name == measures.Baseline ? [] : [.. at.Zip(baseline, (a, b) => a - b).OfType<double>()];
            return new MatchedKlCell(arm.Name, reached.Length > 0 ? reached.Average() : null, Interval.OfMean(reached), reached.Length,
                paired.Length > 0 ? paired.Average() : null, Interval.OfMean(paired));
        })]))];
    }

    // Levels of the grid that at least half of all runs reach, the last five of them: what lies lower says little, what lies higher has few runs.
    private static IReadOnlyList<double> LevelsThatMostReach(IEnumerable<List<IReadOnlyList<CurvePoint>>> arms)
    {
        double[] furthest = [.. arms.SelectMany(curves => curves).Where(curve => curve.Count > 0).Select(curve => curve.Max(point => point.Kl))];
        return [.. KlGrid.Where(level => furthest.Length > 0 && 2 * furthest.Count(kl => kl >= level) >= furthest.Length).TakeLast(5)];
    }

    private static List<UpdatesToBest> UpdatesToBest(StudyMeasures measures)
    {
        List<IReadOnlyList<CurvePoint>> baseline = SmoothCurves(Arm(measures, measures.Baseline));
        if (baseline.Any(curve => curve.Count == 0))
            return [];
        IReadOnlyList<CurvePoint> baselineMean = Curve.Mean(baseline);
        return [.. measures.Arms.Select(arm =>
        {
            List<IReadOnlyList<CurvePoint>> curves = SmoothCurves(arm);
            return new UpdatesToBest(arm.Name, RaceTo(curves, baseline, 0), RaceTo(curves, baseline, PlateauPoints),
                RaceTo([Curve.Mean(curves)], [baselineMean], 0));
        })];
    }

    private static Race RaceTo(IReadOnlyList<IReadOnlyList<CurvePoint>> curves, IReadOnlyList<IReadOnlyList<CurvePoint>> baseline, double pointsBelow)
    {
        var updates = new List<double>();
        var baselineUpdates = new List<double>();
        var ratios = new List<double>();
        for (int s = 0; s < baseline.Count; s++)
        {
            double level = baseline[s].Max(point => point.WinRate) - pointsBelow;
            double ofBaseline = Curve.FirstReaches(baseline[s], level)!.Value;
            baselineUpdates.Add(ofBaseline);
            if (Curve.FirstReaches(curves[s], level) is not double ofArm)
                continue;
            updates.Add(ofArm);
            if (ofBaseline > 0)
                ratios.Add(ofArm / ofBaseline);
        }
        return new Race(updates.Count > 0 ? updates.Average() : null, baselineUpdates.Average(), ratios.Count > 0 ? ratios.Average() : null,
            updates.Count, baseline.Count);
    }

    private static List<IReadOnlyList<CurvePoint>> SmoothCurves(ArmMeasures arm) => [.. arm.Seeds.Select(each => Curve.Smooth(each.Curve))];

    private static double[][] Outcomes(ArmMeasures arm) => [.. arm.Seeds.Select(each => each.Outcomes)];

    private static ArmMeasures Arm(StudyMeasures measures, string name) => measures.Arms.FirstOrDefault(arm => arm.Name == name)
        ?? throw new ArgumentException($"{name} is none of the arms {string.Join(", ", measures.Arms.Select(arm => arm.Name))}");

    private static double Named(PolicyMeasures policy, string name) => policy.Extra?.FirstOrDefault(measure => measure.Name == name)?.Value
        ?? throw new ArgumentException($"measure {name} is missing from one seed's policy or reference");

    private static double? Mean(IEnumerable<double?> values)
    {
        double[] present = [.. values.OfType<double>()];
        return present.Length > 0 ? present.Average() : null;
    }
}
