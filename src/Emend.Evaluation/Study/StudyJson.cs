using System.Text.Json;
using System.Text.Json.Nodes;
using Emend.Significance;

namespace Emend.Evaluation;

/// <summary>The short form of a result that commands print with <c>--json</c>.</summary>
public static class StudyJson
{
    /// <summary>One object: arms by name, differences by "arm-baseline", and the rest of the tables. Win rates in percent, differences in points; what is no finite number is null.</summary>
    public static JsonObject Of(StudyResult result) => new()
    {
        ["name"] = result.Measures.Name,
        ["arms"] = new JsonObject(result.Arms.Select(arm => KeyValuePair.Create(arm.Name, (JsonNode?)Arm(arm)))),
        ["differences"] = Differences(result),
        ["matchedKl"] = JsonSerializer.SerializeToNode(result.MatchedKl, StudyResult.Options),
        ["updatesToBest"] = JsonSerializer.SerializeToNode(result.UpdatesToBest, StudyResult.Options),
        ["warnings"] = JsonSerializer.SerializeToNode(result.Warnings, StudyResult.Options),
        ["seeds"] = new JsonArray([.. result.Measures.Arms[0].Seeds.Select(seed => (JsonNode)seed.Seed)]),
        ["prompts"] = result.Measures.Arms[0].Seeds[0].Outcomes.Length,
    };

    private static JsonObject Differences(StudyResult result)
    {
        double[] corrected = PairedTests.Holm([.. result.Differences.Select(difference => difference.Points.PValue)]);
        return new JsonObject(result.Differences.Zip(corrected, (difference, pHolm) => KeyValuePair.Create($"{difference.Arm}-{difference.Against}", (JsonNode?)new JsonObject
        {
            ["points"] = Finite(difference.Points.Value),
            ["low"] = Finite(difference.Points.Low),
            ["high"] = Finite(difference.Points.High),
            ["pValue"] = Finite(difference.Points.PValue),
            ["pHolm"] = Finite(pHolm),
        })));
    }

    private static JsonObject Arm(ArmSummary arm) => new()
    {
        ["winRate"] = Finite(arm.WinRate.Value),
        ["low"] = Finite(arm.WinRate.Low),
        ["high"] = Finite(arm.WinRate.High),
        ["best"] = Finite(arm.BestWinRate),
        ["length"] = Finite(arm.Length),
        ["referenceLength"] = Finite(arm.ReferenceLength),
        ["distinctWords"] = Finite(arm.DistinctWords),
        ["referenceDistinctWords"] = Finite(arm.ReferenceDistinctWords),
        ["duplicates"] = Finite(arm.Duplicates),
        ["referenceDuplicates"] = Finite(arm.ReferenceDuplicates),
        ["kl"] = Finite(arm.Kl),
        ["perplexity"] = Finite(arm.Perplexity),
        ["accuracyOriginal"] = Finite(arm.AccuracyOriginal),
        ["accuracyEdited"] = Finite(arm.AccuracyEdited),
        ["accuracyGold"] = Finite(arm.AccuracyGold),
        ["tokenAucOriginal"] = Finite(arm.TokenAucOriginal),
        ["tokenAucEdited"] = Finite(arm.TokenAucEdited),
        ["extra"] = JsonSerializer.SerializeToNode(arm.Extra, StudyResult.Options),
        ["seconds"] = Finite(arm.Seconds),
    };

    // JSON has no infinity and no NaN.
    private static double? Finite(double? value) => value is double number && double.IsFinite(number) ? number : null;
}
