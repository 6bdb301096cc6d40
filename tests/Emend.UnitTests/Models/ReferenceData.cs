using System.Text.Json;

namespace Emend.UnitTests.Models;

/// <summary>One of shared/data/reference's files: float64 values from two independent implementations.</summary>
internal sealed class ReferenceData
{
    private readonly JsonElement _root;

    private ReferenceData(JsonElement root) => _root = root;

    public static ReferenceData Read(string name)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(SharedData.Path("reference", name + ".json")));
        return new ReferenceData(document.RootElement.Clone());
    }

    public IEnumerable<ReferenceCase> Cases => _root.GetProperty("cases").EnumerateArray().Select(value => new ReferenceCase(
        Ints(value, "input_ids"), Floats(value, "last_logits"), Floats(value, "logsumexp_per_position"), Ints(value, "argmax_per_position"),
        Floats(value, "next_token_logprobs"), Ints(value, "greedy_ids")));

    public int[] StopTokens => Ints(_root, "stop_token");

    public JsonElement Training => _root.GetProperty("training_steps");

    public static int[] Ints(JsonElement value, string name) => [.. value.GetProperty(name).EnumerateArray().Select(item => item.GetInt32())];

    public static double[] Floats(JsonElement value, string name) => [.. value.GetProperty(name).EnumerateArray().Select(item => item.GetDouble())];
}

internal sealed record ReferenceCase(
    int[] Ids, double[] LastLogits, double[] LogSumExp, int[] ArgMax, double[] NextLogprobs, int[] GreedyIds);
