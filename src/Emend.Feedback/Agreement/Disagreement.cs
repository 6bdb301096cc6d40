// How often two people differ on the same unit: pairs within a group, and pairs of one inside and one outside it. Whether the groups
// see things differently is the difference of the two shares; its interval resamples whole items (Efron 1979, percentile), because
// the units of an item, such as the words of one text, are no independent evidence.
namespace Emend.Feedback;

/// <summary>Pairs of people who judged the same unit, and how many of them differ.</summary>
public readonly record struct DifferingPairs(int Pairs, int Differ)
{
    public double? Share => Pairs == 0 ? null : (double)Differ / Pairs;

    public static DifferingPairs operator +(DifferingPairs a, DifferingPairs b) => new(a.Pairs + b.Pairs, a.Differ + b.Differ);
}

/// <summary>How a group differs from the others.</summary>
/// <param name="Within">Share of pairs of its members who differ on the same unit.</param>
/// <param name="Across">Share of pairs of a member and somebody else who differ.</param>
/// <param name="Gap">Across less within: above 0 the group sees things in a way of its own. Null where one of them has no pairs.</param>
/// <param name="GapLow">95 % interval from resampled items; null below two items.</param>
public sealed record GroupDifference(DifferingPairs Within, DifferingPairs Across, double? Gap, double? GapLow, double? GapHigh);

/// <summary>Disagreement of one group with the others on one measure, item by item.</summary>
public sealed class GroupSums(Func<long, bool> isMember)
{
    private const int Resamples = 1000;
    private const int Seed = 20_260_101;
    private readonly List<(DifferingPairs Within, DifferingPairs Across)> _items = [];

    /// <summary>All units of the measure that one item has.</summary>
    public void Add(IEnumerable<JudgedUnit> units)
    {
        DifferingPairs within = default, across = default;
        foreach (JudgedUnit unit in units)
        {
            for (int i = 0; i < unit.Values.Count; i++)
            {
                bool first = isMember(unit.Values[i].Person);
                for (int j = i + 1; j < unit.Values.Count; j++)
                {
                    bool second = isMember(unit.Values[j].Person);
                    var pair = new DifferingPairs(1, unit.Values[i].Value == unit.Values[j].Value ? 0 : 1);
                    if (first && second)
                        within += pair;
                    else if (first || second)
                        across += pair;
                }
            }
        }
        if (within.Pairs + across.Pairs > 0)
            _items.Add((within, across));
    }

    public GroupDifference Value
    {
        get
        {
            var (within, across) = Sum(_items);
            double? gap = across.Share - within.Share;
            if (gap is null || _items.Count < 2)
                return new GroupDifference(within, across, gap, null, null);
            var random = new Random(Seed);
            var gaps = new List<double>();
            for (int i = 0; i < Resamples; i++)
            {
                var (w, a) = Sum(Enumerable.Range(0, _items.Count).Select(_ => _items[random.Next(_items.Count)]));
                if (a.Share - w.Share is double drawn)
                    gaps.Add(drawn);
            }
            gaps.Sort();
            return new GroupDifference(within, across, gap, gaps[(int)(0.025 * gaps.Count)], gaps[Math.Min(gaps.Count - 1, (int)(0.975 * gaps.Count))]);
        }
    }

    private static (DifferingPairs Within, DifferingPairs Across) Sum(IEnumerable<(DifferingPairs Within, DifferingPairs Across)> items)
    {
        DifferingPairs within = default, across = default;
        foreach ((DifferingPairs w, DifferingPairs a) in items)
            (within, across) = (within + w, across + a);
        return (within, across);
    }
}
