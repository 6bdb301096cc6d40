// Format: docs/formats/serving.md (rewards).
using System.Text.Json;

namespace Emend.Judging;

/// <summary>A token's reward; Start and End in UTF-16 code units of the response, Standardized in deviations from the mean of the policy's own responses.</summary>
public sealed record RewardedToken(int Start, int End, double Reward, double Standardized);

/// <summary>A response with the reward of each of its tokens, as a server's /v1/rewards says it.</summary>
public sealed record RewardedText(double Score, double Standardized, IReadOnlyList<RewardedToken> Tokens)
{
    /// <summary>Reads such an answer about a response of that many UTF-16 code units.</summary>
    /// <exception cref="FormatException">It is none: a field is missing, an offset lies outside the response, a number is not finite.</exception>
    public static RewardedText Read(JsonElement answer, int length)
    {
        try
        {
            if (answer.GetProperty("offset_unit").GetString() != "utf-16")
                throw new FormatException("offset_unit is not \"utf-16\"");
            RewardedToken[] tokens = [.. answer.GetProperty("tokens").EnumerateArray().Select(token => new RewardedToken(
                token.GetProperty("start").GetInt32(), token.GetProperty("end").GetInt32(), Finite(token, "reward"), Finite(token, "standardized")))];
            if (tokens.Any(token => token.Start < 0 || token.End < token.Start || token.End > length))
                throw new FormatException("a token is not within the response");
            return new RewardedText(Finite(answer, "score"), Finite(answer, "standardized"), tokens);
        }
        catch (Exception exception) when (exception is KeyNotFoundException or InvalidOperationException)
        {
            throw new FormatException("a field is missing or of another type", exception);
        }
    }

    private static double Finite(JsonElement element, string field) =>
        element.GetProperty(field).GetDouble() is var value && double.IsFinite(value) ? value : throw new FormatException($"{field} is not finite");
}
