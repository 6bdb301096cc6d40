using Emend.Feedback.Prompts;
using Emend.Store;
using Emend.Suites;
using Emend.Text;

namespace Emend.Studio;

/// <summary>Results of emend suite run as the store keeps them.</summary>
public static class SuiteRunRows
{
    /// <summary>One run for each prompt version and model of the results.</summary>
    /// <exception cref="InvalidInputException">There is no row of a prompt version.</exception>
    public static IReadOnlyList<NewSuiteRun> Of(SuiteResults results) => [.. Parts(results).Select(part => Of(part))];

    /// <summary>The same with what they measure, for results that come from elsewhere.</summary>
    /// <inheritdoc cref="Of(SuiteResults)"/>
    public static IReadOnlyList<NewSuiteRun> Measured(SuiteResults results) => [.. Parts(results).Select(part => Of(part) with { Metrics = [.. MetricsOf(part, "a file of results")] })];

    /// <summary>What a run says of its version: the share of cases that passed, and how far answers rest on what was injected.</summary>
    /// <param name="by">What ran it, for the metrics' source.</param>
    public static IEnumerable<NewMetric> MetricsOf(SuitePart part, string by)
    {
        string source = $"{by}, model {part.Model} ({part.Endpoint})";
        int cases = part.Results.Cases.Count;
        // Rounding may not make a suite passed that was not.
        yield return new NewMetric($"{AutomaticTags.SuitePrefix}{part.Suite}", (double)part.Passed / cases, source, cases, Passed: part.Passed == cases);
        if (SuitePart.Grounded(part.Results.Cases) is (double share, int answers))
            yield return new NewMetric($"grounded:{part.Suite}", share, source, answers);
    }

    private static NewSuiteRun Of(SuitePart part) => new(part.Suite, part.Model, part.Endpoint, part.Prompt, part.PromptHash, part.Results.Cases.Count, part.Passed, part.Undecided, part.Lines());

    private static IReadOnlyList<SuitePart> Parts(SuiteResults results) => SuitePart.Of(results) is { Count: > 0 } parts ? parts
        : throw new InvalidInputException("results: there is no row of a prompt version; what emend suite run wrote is expected, of cases with variables");
}
