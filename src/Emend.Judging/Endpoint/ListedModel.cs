using System.Text.Json;

namespace Emend.Judging;

/// <summary>A model as a server lists it at /models.</summary>
/// <param name="Fingerprint">Its system_fingerprint, which is another one for other weights; null where the server says none.</param>
/// <param name="ContextLength">Tokens of a prompt and its response together (max_model_len); null where the server does not say.</param>
/// <param name="IsReward">Whether it is what /rewards answers with (rewards: true, as Emend's own server says).</param>
public sealed record ListedModel(string Name, string? Fingerprint, int? ContextLength, bool IsReward)
{
    private const int LongestFingerprint = 100;

    /// <summary>Those of a list; what has no name is passed over, and so is whatever else a server may answer here.</summary>
    internal static IReadOnlyList<ListedModel> Read(JsonElement answer) =>
        answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty("data", out JsonElement models) && models.ValueKind == JsonValueKind.Array ? [.. models.EnumerateArray().Select(Of).OfType<ListedModel>()] : [];

    private static ListedModel? Of(JsonElement model)
    {
        if (model.ValueKind != JsonValueKind.Object || Text(model, "id") is not { } name)
            return null;
        string? fingerprint = Text(model, "system_fingerprint");
        bool known = fingerprint is { Length: > 0 and <= LongestFingerprint } && !fingerprint.Any(char.IsControl);
        int? context = model.TryGetProperty("max_model_len", out JsonElement length) && length.ValueKind == JsonValueKind.Number && length.TryGetInt32(out int tokens) && tokens > 0 ? tokens : null;
        return new ListedModel(name, known ? fingerprint : null, context, model.TryGetProperty("rewards", out JsonElement rewards) && rewards.ValueKind == JsonValueKind.True);
    }

    private static string? Text(JsonElement model, string name) => model.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
