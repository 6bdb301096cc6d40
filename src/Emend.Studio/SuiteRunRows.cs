using Emend.Store;
using Emend.Suites;
using Emend.Text;

namespace Emend.Studio;

/// <summary>Results of emend suite run as the store keeps them.</summary>
public static class SuiteRunRows
{
    /// <summary>One run for each prompt version and model of the results.</summary>
    /// <exception cref="InvalidInputException">There is no row of a prompt version.</exception>
    public static IReadOnlyList<NewSuiteRun> Of(SuiteResults results)
    {
        IReadOnlyList<SuitePart> parts = SuitePart.Of(results);
        return parts.Count > 0
            ? [.. parts.Select(part => new NewSuiteRun(part.Suite, part.Model, part.Endpoint, part.Prompt, part.PromptHash, part.Results.Cases.Count, part.Passed, part.Undecided, part.Lines()))]
            : throw new InvalidInputException("results: there is no row of a prompt version; what emend suite run wrote is expected, of cases with variables");
    }
}
