// Win rate at equal length: what a judge that likes long responses would say if both sides were equally long.
// Paper:   Dubois et al. 2024, "Length-Controlled AlpacaEval", arXiv:2404.04475, equation 2: a logistic regression of the verdicts on
//          a term of the model, a bounded term of the difference in length and a term of the instruction.
// We differ: 1. one comparison is fitted by itself, so there is no term of the instruction (it needs many models on the same items);
//            2. a weak ridge on the length term stands for their cross-validated penalty, and keeps verdicts that length alone explains finite;
//            3. the interval is the delta method's with a sandwich variance, clustered by item.
// Model:   logit P(win) = quality + length · tanh(difference / deviation of the differences). Verdicts may lie between 0 and 1.
using MathNet.Numerics.Distributions;

namespace Emend.Significance;

/// <summary>One verdict with the lengths of the two responses, in one unit; verdicts with the same item belong together.</summary>
/// <param name="Outcome">1 the model won, 0 it lost, 0.5 a tie; between them a mean.</param>
public readonly record struct LengthVerdict(double Outcome, double Length, double BaselineLength, int Item);

/// <summary>What the lengths have to do with the verdicts; rates from 0 to 1.</summary>
/// <param name="WinRate">As the judge gave it.</param>
/// <param name="Controlled">At equal length, with its 95 % interval; not finite where the verdicts do not decide it.</param>
/// <param name="LengthEffect">Change of the log-odds where the model's response is very much longer: above 0 the judge likes length.</param>
/// <param name="AlwaysLonger">The model's win rate under a judge that always takes the longer response.</param>
/// <param name="LongerWins">How often the judge took the longer response, of the verdicts with two lengths; null where there are none.</param>
public sealed record LengthControl(double WinRate, double Controlled, Interval ControlledInterval, double LengthEffect, double AlwaysLonger, double? LongerWins)
{
    /// <summary>Precision of the prior of the length term, N(0, 5²): nothing against a hundred verdicts, enough where there is no finite estimate.</summary>
    private const double Ridge = 1.0 / 25;

    private const int MostSteps = 100;
    private const double Converged = 1e-10;

    /// <summary>Fits the verdicts of one model against one baseline.</summary>
    public static LengthControl Of(IReadOnlyList<LengthVerdict> verdicts)
    {
        if (verdicts.Count == 0)
            throw new ArgumentException("no verdicts");
        foreach (LengthVerdict verdict in verdicts)
        {
            if (!(verdict.Outcome is >= 0 and <= 1) || !(verdict.Length >= 0) || !(verdict.BaselineLength >= 0))
                throw new ArgumentException($"outcome {verdict.Outcome}, lengths {verdict.Length} and {verdict.BaselineLength}: an outcome lies between 0 and 1, a length is not negative");
        }
        double[] terms = Terms(verdicts);
        (double quality, double length) = Fit(verdicts, terms);
        double error = Math.Sqrt(QualityVariance(verdicts, terms, quality, length));
        double reach = Normal.InvCDF(0, 1, 0.5 + Interval.Confidence / 2) * error;
        LengthVerdict[] unequal = [.. verdicts.Where(verdict => verdict.Length != verdict.BaselineLength)];
        return new LengthControl(
            verdicts.Average(verdict => verdict.Outcome),
            Logistic(quality),
            new Interval(Logistic(quality - reach), Logistic(quality + reach)),
            length,
            verdicts.Average(verdict => verdict.Length > verdict.BaselineLength ? 1 : verdict.Length == verdict.BaselineLength ? 0.5 : 0),
            unequal.Length == 0 ? null : unequal.Average(verdict => verdict.Length > verdict.BaselineLength ? verdict.Outcome : 1 - verdict.Outcome));
    }

    private static double[] Terms(IReadOnlyList<LengthVerdict> verdicts)
    {
        double[] differences = [.. verdicts.Select(verdict => verdict.Length - verdict.BaselineLength)];
        double deviation = Math.Sqrt(Moments.Variance(differences));
        // Differences that are all alike cannot be told from quality; what is left of them is their sign.
        return [.. differences.Select(difference => deviation > 0 ? Math.Tanh(difference / deviation) : 0)];
    }

    /// <summary>Newton's method on the penalized log-likelihood, halving steps that lead downhill.</summary>
    private static (double Quality, double Length) Fit(IReadOnlyList<LengthVerdict> verdicts, double[] terms)
    {
        double quality = 0, length = 0, best = LogLikelihood(verdicts, terms, quality, length);
        for (int step = 0; step < MostSteps; step++)
        {
            double g0 = 0, g1 = -Ridge * length, h00 = 1e-12, h01 = 0, h11 = Ridge;
            for (int i = 0; i < terms.Length; i++)
            {
                double p = Logistic(quality + length * terms[i]), rest = verdicts[i].Outcome - p, weight = p * (1 - p);
                (g0, g1) = (g0 + rest, g1 + rest * terms[i]);
                (h00, h01, h11) = (h00 + weight, h01 + weight * terms[i], h11 + weight * terms[i] * terms[i]);
            }
            double determinant = h00 * h11 - h01 * h01;
            double d0 = (h11 * g0 - h01 * g1) / determinant, d1 = (h00 * g1 - h01 * g0) / determinant, scale = 1, reached;
            while ((reached = LogLikelihood(verdicts, terms, quality + scale * d0, length + scale * d1)) < best && scale > 1e-9)
                scale /= 2;
            (quality, length) = (quality + scale * d0, length + scale * d1);
            if (Math.Abs(reached - best) < Converged * Math.Max(1, Math.Abs(best)))
                break;
            best = reached;
        }
        return (quality, length);
    }

    private static double LogLikelihood(IReadOnlyList<LengthVerdict> verdicts, double[] terms, double quality, double length)
    {
        double sum = -Ridge / 2 * length * length;
        for (int i = 0; i < terms.Length; i++)
        {
            double x = quality + length * terms[i];
            // y x − log(1 + eˣ), stable for large x.
            sum += verdicts[i].Outcome * x - (x > 0 ? x + Math.Log(1 + Math.Exp(-x)) : Math.Log(1 + Math.Exp(x)));
        }
        return sum;
    }

    /// <summary>The quality term's entry of H⁻¹ (Σ s sᵀ) H⁻¹, scores s summed by item.</summary>
    private static double QualityVariance(IReadOnlyList<LengthVerdict> verdicts, double[] terms, double quality, double length)
    {
        double h00 = 0, h01 = 0, h11 = Ridge;
        var scores = new Dictionary<int, (double S0, double S1)>();
        for (int i = 0; i < terms.Length; i++)
        {
            double p = Logistic(quality + length * terms[i]), rest = verdicts[i].Outcome - p, weight = p * (1 - p);
            (h00, h01, h11) = (h00 + weight, h01 + weight * terms[i], h11 + weight * terms[i] * terms[i]);
            (double s0, double s1) = scores.GetValueOrDefault(verdicts[i].Item);
            scores[verdicts[i].Item] = (s0 + rest, s1 + rest * terms[i]);
        }
        double determinant = h00 * h11 - h01 * h01, a = h11 / determinant, b = -h01 / determinant;
        double variance = scores.Values.Sum(score => Math.Pow(a * score.S0 + b * score.S1, 2));
        return scores.Count > 1 ? variance * scores.Count / (scores.Count - 1) : double.PositiveInfinity;
    }

    private static double Logistic(double x) => 1 / (1 + Math.Exp(-x));
}
