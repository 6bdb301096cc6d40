namespace Emend.Evaluation;

/// <summary>Learning curves: smoothed over steps, read between them. Every figure that is "on the smoothed curve" comes from here.</summary>
public static class Curve
{
    /// <summary>Weights 1, 2, 1 over an evaluation and its two neighbours; 2, 1 at the last; the first stands as it is, for nothing was learnt before it.</summary>
    public static IReadOnlyList<CurvePoint> Smooth(IReadOnlyList<CurvePoint> curve)
    {
        var smooth = new CurvePoint[curve.Count];
        for (int i = 0; i < curve.Count; i++)
        {
            CurvePoint point = curve[i];
            smooth[i] = i == 0 ? point : point with
            {
                WinRate = Weighted(curve, i, each => each.WinRate),
                Kl = Weighted(curve, i, each => each.Kl),
                Reward = Weighted(curve, i, each => each.Reward),
                Length = Weighted(curve, i, each => each.Length),
            };
        }
        return smooth;
    }

    /// <summary>The mean of several seeds' curves, at the steps that all of them have.</summary>
    public static IReadOnlyList<CurvePoint> Mean(IReadOnlyList<IReadOnlyList<CurvePoint>> curves)
    {
        if (curves.Count == 0)
            return [];
        IEnumerable<int> steps = curves[0].Select(point => point.Step);
        foreach (IReadOnlyList<CurvePoint> curve in curves)
            steps = steps.Intersect(curve.Select(point => point.Step));
        return [.. steps.Order().Select(step =>
        {
            CurvePoint[] points = [.. curves.Select(curve => curve.First(point => point.Step == step))];
            return new CurvePoint(step, points.Average(point => point.WinRate), points.Average(point => point.Kl),
                points.Average(point => point.Reward), points.Average(point => point.Length), points.Average(point => point.Duplicates));
        })];
    }

    /// <summary>The step, linear between evaluations, at which the win rate first reaches a level; null where it never does.</summary>
    /// <param name="level">Percent.</param>
    public static double? FirstReaches(IReadOnlyList<CurvePoint> curve, double level)
    {
        for (int i = 0; i < curve.Count; i++)
        {
            if (curve[i].WinRate < level)
                continue;
            if (i == 0)
                return curve[0].Step;
            double part = (level - curve[i - 1].WinRate) / (curve[i].WinRate - curve[i - 1].WinRate);
            return curve[i - 1].Step + part * (curve[i].Step - curve[i - 1].Step);
        }
        return null;
    }

    /// <summary>The win rate, linear between evaluations, where the KL first reaches a level; null where it never does.</summary>
    /// <param name="kl">Nats per response.</param>
    public static double? WinRateAtKl(IReadOnlyList<CurvePoint> curve, double kl)
    {
        for (int i = 0; i < curve.Count; i++)
        {
            if (curve[i].Kl < kl)
                continue;
            if (i == 0)
                return curve[0].WinRate;
            double part = (kl - curve[i - 1].Kl) / (curve[i].Kl - curve[i - 1].Kl);
            return curve[i - 1].WinRate + part * (curve[i].WinRate - curve[i - 1].WinRate);
        }
        return null;
    }

    private static double Weighted(IReadOnlyList<CurvePoint> curve, int i, Func<CurvePoint, double> of)
    {
        double here = of(curve[i]), before = of(curve[i - 1]);
        return i + 1 < curve.Count ? (before + 2 * here + of(curve[i + 1])) / 4 : (before + 2 * here) / 3;
    }
}
