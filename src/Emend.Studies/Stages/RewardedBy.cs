using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using Emend.Text;

namespace Emend.Studies.Stages;

/// <summary>
/// A reward model that a policy was trained against, kept in the policy's folder (rewarded_by.json). A judge that is one of them cannot tell a policy that
/// became better from one that has found where the reward is wrong.
/// </summary>
/// <param name="Reward">The folder as it was called then.</param>
/// <param name="Sha256">Of its weights and its calibration, hex.</param>
internal sealed record RewardedBy(string Reward, string Sha256)
{
    private const string FileName = "rewarded_by.json";
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>All that the policy of a folder was trained against, the first first; none where the folder says none.</summary>
    /// <exception cref="InvalidInputException">The file is there and no such list.</exception>
    public static IReadOnlyList<RewardedBy> Read(string folder)
    {
        string file = Path.Combine(folder, FileName);
        try
        {
            return File.Exists(file) ? JsonSerializer.Deserialize<RewardedBy[]>(File.ReadAllText(file), Json) ?? [] : [];
        }
        catch (JsonException exception)
        {
            throw new InvalidInputException($"{file}:{(exception.LineNumber ?? 0) + 1}: this is not a list of reward models (reward, sha256)");
        }
    }

    /// <summary>Leaves in the folder of a policy what it was trained against: what it started from was, and then this one.</summary>
    public static void Write(string folder, string start, string reward) =>
        WholeFile.Write(Path.Combine(folder, FileName), JsonSerializer.Serialize<RewardedBy[]>([.. Read(start), new RewardedBy(reward, HashOf(reward))], Json) + "\n");

    /// <summary>Whether a policy was trained against the reward model of a folder, wherever that folder has been moved since.</summary>
    public static bool Trained(string policy, string reward) => Read(policy) is { Count: > 0 } all && HashOf(reward) is var hash && all.Any(one => one.Sha256 == hash);

    /// <summary>What has to be said where a policy was trained against the reward model that judges it; null where it was not.</summary>
    /// <param name="called">The policy, as the sentence is to call it.</param>
    public static string? Warning(string called, string policy, string judge) => Trained(policy, judge)
        ? $"{called} was trained against the judge, {judge}, itself: where it has learned to please this reward model and nobody else, this win rate does not show it; take another judge, or people"
        : null;

    private static string HashOf(string folder)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string file in Directory.GetFiles(folder, "*.safetensors").Order(StringComparer.Ordinal).Append(Path.Combine(folder, "calibration.json")))
        {
            using FileStream stream = File.OpenRead(file);
            hash.AppendData(SHA256.HashData(stream));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
