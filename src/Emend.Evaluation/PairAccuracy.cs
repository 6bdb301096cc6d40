using Emend.Significance;

namespace Emend.Evaluation;

/// <summary>How often a reward model scores the better response of a pair higher; ties half. Fractions, with Wilson's 95 % interval.</summary>
/// <param name="ExpectedCalibrationError">Mean distance between the stated probability σ(difference) and how often it came true, over ten bins of equal width, weighted by their pairs (Naeini et al. 2015).</param>
public sealed record PairAccuracy(double Value, double Low, double High, int Pairs, double ExpectedCalibrationError)
{
    private const int Bins = 10;

    /// <summary>Accuracy over pairs; null where there is none.</summary>
    /// <param name="preferred">Per pair, the model's score of the response that people preferred.</param>
    /// <param name="dispreferred">Per pair, its score of the other.</param>
    public static PairAccuracy? Of(IReadOnlyList<double> preferred, IReadOnlyList<double> dispreferred)
    {
        if (preferred.Count != dispreferred.Count)
            throw new ArgumentException($"{preferred.Count} preferred and {dispreferred.Count} dispreferred scores are not pairs");
        if (preferred.Count == 0)
            return null;
        double[] differences = [.. preferred.Zip(dispreferred, (better, worse) => better - worse)];
        if (differences.Any(double.IsNaN))
            throw new ArgumentException("a score is not a number, so its pair cannot be decided");
        double right = differences.Sum(difference => difference > 0 ? 1 : difference == 0 ? 0.5 : 0);
        Interval interval = Interval.Wilson(right, differences.Length);
        return new PairAccuracy(right / differences.Length, interval.Low, interval.High, differences.Length, CalibrationError(differences));
    }

    // A pair is a statement with confidence max(p, 1 - p) that its favourite is the better one.
    private static double CalibrationError(double[] differences)
    {
        double[] confidences = new double[Bins], hits = new double[Bins];
        foreach (double difference in differences)
        {
            double confidence = 1 / (1 + Math.Exp(-Math.Abs(difference)));
            int bin = Math.Min(Bins - 1, (int)(confidence * Bins));
            confidences[bin] += confidence;
            hits[bin] += difference > 0 ? 1 : difference == 0 ? 0.5 : 0;
        }
        return Enumerable.Range(0, Bins).Sum(bin => Math.Abs(confidences[bin] - hits[bin])) / differences.Length;
    }
}
