using System.Text.Json.Nodes;

namespace Emend.Evaluation;

/// <summary>The short form of a result that commands print with <c>--json</c>.</summary>
public static class StudyJson
{
    /// <summary>One object: arms by name, differences by "arm-baseline", seconds and peakMemoryBytes. Win rates in percent, differences in points.</summary>
    public static JsonObject Of(StudyResult result)
    {
        var arms = new JsonObject();
        foreach (ArmSummary arm in result.Arms)
        {
            arms[arm.Name] = new JsonObject
            {
                ["winRate"] = arm.WinRate.Value,
                ["low"] = arm.WinRate.Low,
                ["high"] = arm.WinRate.High,
                ["length"] = arm.Length,
                ["referenceLength"] = arm.ReferenceLength,
                ["distinctWords"] = arm.DistinctWords,
                ["referenceDistinctWords"] = arm.ReferenceDistinctWords,
                ["duplicates"] = arm.Duplicates,
                ["referenceDuplicates"] = arm.ReferenceDuplicates,
                ["kl"] = Finite(arm.Kl),
                ["perplexity"] = Finite(arm.Perplexity),
                ["accuracyOriginal"] = arm.AccuracyOriginal,
                ["accuracyEdited"] = arm.AccuracyEdited,
                ["tokenAucOriginal"] = arm.TokenAucOriginal,
                ["tokenAucEdited"] = arm.TokenAucEdited,
            };
            foreach (ComparedMeasure measure in arm.Extra)
                arms[arm.Name]!.AsObject()[measure.Name] = Finite(measure.Value);
        }
        var differences = new JsonObject();
        double[] corrected = PairedTests.Holm([.. result.Differences.Select(difference => difference.Points.PValue)]);
        foreach ((ArmDifference difference, double pHolm) in result.Differences.Zip(corrected))
        {
            differences[$"{difference.Arm}-{difference.Against}"] = new JsonObject
            {
                ["points"] = difference.Points.Value,
                ["low"] = difference.Points.Low,
                ["high"] = difference.Points.High,
                ["pValue"] = difference.Points.PValue,
                ["pHolm"] = pHolm,
            };
        }
        return new JsonObject
        {
            ["arms"] = arms,
            ["differences"] = differences,
            ["seeds"] = new JsonArray([.. result.Measures.Arms[0].Seeds.Select(seed => (JsonNode)seed.Seed)]),
            ["prompts"] = result.Measures.Arms[0].Seeds[0].Outcomes.Length,
            ["warnings"] = new JsonArray([.. result.Warnings.Select(warning => (JsonNode)(warning.Arm.Length > 0 ? $"{warning.Arm}: {warning.Message}" : warning.Message))]),
            ["seconds"] = result.Measures.Timings.Sum(stage => stage.Seconds),
            ["peakMemoryBytes"] = result.Measures.PeakMemoryBytes,
        };
    }

    // JSON has no infinity and no NaN.
    private static double? Finite(double? value) => value is double number && double.IsFinite(number) ? number : null;
}
