namespace Emend.Feedback.Prompts;

/// <summary>The newest value of a metric of a version.</summary>
/// <param name="Passed">Whether a suite says that it was passed (null: it is where every case was, so the value is 1), or an A/B test that this version won.</param>
/// <param name="SampleSize">What the value was computed from, where that is known.</param>
public sealed record MetricValue(string Name, double Value, bool HigherIsBetter, string Source, int? SampleSize = null, bool? Passed = null, DateTime? At = null);

/// <summary>What the tags of a version follow from. ChangeRate is against its first parent; null where it has none.</summary>
public sealed record TaggedVersion(int Number, double? ChangeRate, bool ModelChanged, IReadOnlyList<MetricValue> Metrics);

/// <summary>
/// Tags that follow from rules and from nothing else, so that they are right whenever they are looked at: passes:SUITE from the metric suite:SUITE,
/// best:METRIC for the version with the best value of two or more that have one (all of them where they tie; of an A/B test's metric only where the test was
/// decided for it), change:small and change:large.
/// </summary>
public static class AutomaticTags
{
    /// <summary>Up to this share of pieces changed, with the same model, a change is small.</summary>
    public const double SmallChange = 0.1;

    public const string SuitePrefix = "suite:";

    /// <summary>Of metrics that A/B tests write; Passed says whether the test was decided for the version.</summary>
    public const string AbPrefix = "ab:";

    /// <summary>Tags of each version, by its number; in a fixed order.</summary>
    public static IReadOnlyDictionary<int, IReadOnlyList<string>> Of(IReadOnlyList<TaggedVersion> versions)
    {
        Dictionary<string, double> best = versions.SelectMany(version => version.Metrics).GroupBy(metric => metric.Name).Where(group => group.Count() > 1)
            .ToDictionary(group => group.Key, group => group.First().HigherIsBetter ? group.Max(metric => metric.Value) : group.Min(metric => metric.Value));
        return versions.ToDictionary(version => version.Number, version => (IReadOnlyList<string>)[.. TagsOf(version, best)]);
    }

    private static IEnumerable<string> TagsOf(TaggedVersion version, Dictionary<string, double> best)
    {
        if (version.ChangeRate is double rate)
            yield return rate <= SmallChange && !version.ModelChanged ? "change:small" : "change:large";
        foreach (MetricValue metric in version.Metrics.OrderBy(metric => metric.Name, StringComparer.Ordinal))
        {
            if (metric.Name.StartsWith(SuitePrefix, StringComparison.Ordinal) && (metric.Passed ?? metric.Value >= 1))
                yield return $"passes:{metric.Name[SuitePrefix.Length..]}";
            bool undecided = metric.Passed == false && metric.Name.StartsWith(AbPrefix, StringComparison.Ordinal);
            if (!undecided && best.TryGetValue(metric.Name, out double value) && metric.Value == value)
                yield return $"best:{metric.Name}";
        }
    }
}
