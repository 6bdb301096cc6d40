// A bound for a mean that holds at all times at once, so that one may look after every outcome and stop when one likes.
// Paper:   Waudby-Smith and Ramdas 2023, "Estimating means of bounded random variables by betting", arXiv:2010.09686: the hedged capital
//          process (section 4.4) with predictable plug-in bets (equations 26 and 27).
// Idea:    for each candidate mean m somebody bets that the truth lies above, and somebody that it lies below. If m is the truth neither can
//          expect to gain, and by Ville's inequality their mean capital ever reaches 1/α with a probability of α at most. Candidates against which it
//          did are out.
// We differ: 1. the capital is the mean of the two bets, not the larger half: a martingale as well, and a little more;
//            2. candidates lie on a grid, and the interval reaches to the next candidate on each side.
namespace Emend.Significance;

/// <summary>Takes independent outcomes from 0 to 1 in the order in which they come.</summary>
public sealed class ConfidenceSequence
{
    private const int Steps = 400;

    /// <summary>No bet risks more than this share of its capital.</summary>
    private const double MostRisk = 0.5;

    private readonly double _level;
    private readonly double[] _candidates, _above, _below;
    private readonly bool[] _out;
    private double _sum, _squares, _evidence = 1;

    /// <param name="level">Probability, at most, that the interval is ever wrong.</param>
    /// <param name="onlyEven">Bets against a mean of 0.5 only: the decision without the interval, at a fraction of the work.</param>
    public ConfidenceSequence(double level = Power.DefaultLevel, bool onlyEven = false)
    {
        _level = level is > 0 and < 1 ? level : throw new ArgumentException($"a level lies between 0 and 1, not {level}");
        _candidates = onlyEven ? [0.5] : [.. Enumerable.Range(0, Steps + 1).Select(i => (double)i / Steps)];
        (_above, _below, _out) = (new double[_candidates.Length], new double[_candidates.Length], new bool[_candidates.Length]);
    }

    /// <summary>Outcomes so far.</summary>
    public int Count { get; private set; }

    public double Mean => Count == 0 ? 0.5 : _sum / Count;

    /// <summary>Means that no bet has ruled out so far; it never grows again.</summary>
    public Interval Interval
    {
        get
        {
            int low = Array.IndexOf(_out, false), high = Array.LastIndexOf(_out, false);
            return low < 0 ? new Interval(Mean, Mean) : new Interval(_candidates[Math.Max(0, low - 1)], _candidates[Math.Min(_out.Length - 1, high + 1)]);
        }
    }

    /// <summary>A p-value of the hypothesis that the mean is 0.5 which may be read at any time: 1 over the most that betting against it ever brought.</summary>
    public double AnytimePValue => Math.Min(1, 1 / _evidence);

    /// <summary>Whether the hypothesis that the mean is 0.5 has been rejected.</summary>
    public bool Decided => AnytimePValue <= _level;

    /// <summary>Whether the bet on a higher mean was the better one when that hypothesis was rejected.</summary>
    public bool DecidedAbove { get; private set; }

    public void Add(double outcome)
    {
        if (!(outcome is >= 0 and <= 1))
            throw new ArgumentException($"an outcome lies between 0 and 1, not {outcome}");
        // The bet is made before the outcome is seen: by the variance of what came before, with half an outcome of each kind in front.
        double t = Count + 1, variance = (0.25 + _squares) / t;
        double bet = Math.Sqrt(2 * Math.Log(2 / _level) / (variance * t * Math.Log(1 + t)));
        for (int i = 0; i < _candidates.Length; i++)
            Bet(i, bet, outcome);
        Count++;
        _sum += outcome;
        double mean = (0.5 + _sum) / (Count + 1);
        _squares += (outcome - mean) * (outcome - mean);
    }

    private void Bet(int candidate, double bet, double outcome)
    {
        double m = _candidates[candidate], gain = outcome - m;
        _above[candidate] += Math.Log(1 + Math.Min(bet, m > 0 ? MostRisk / m : bet) * gain);
        _below[candidate] += Math.Log(1 - Math.Min(bet, m < 1 ? MostRisk / (1 - m) : bet) * gain);
        double capital = LogMean(_above[candidate], _below[candidate]);
        _out[candidate] |= capital >= -Math.Log(_level);
        if (m != 0.5)
            return;
        if (!Decided)
            DecidedAbove = _above[candidate] > _below[candidate];
        _evidence = Math.Max(_evidence, Math.Exp(capital));
    }

    /// <summary>log((eᵃ + eᵇ) / 2).</summary>
    private static double LogMean(double a, double b) => Math.Max(a, b) + Math.Log((1 + Math.Exp(-Math.Abs(a - b))) / 2);
}
