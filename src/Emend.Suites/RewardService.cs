using System.Text.Json;
using Emend.Judging;

namespace Emend.Suites;

/// <summary>A token's reward; Start and End in UTF-16 code units of the response, Standardized in deviations from the mean of the policy's own responses.</summary>
public sealed record RewardedToken(int Start, int End, double Reward, double Standardized);

/// <summary>A response with the reward of each of its tokens.</summary>
public sealed record RewardedText(double Score, double Standardized, IReadOnlyList<RewardedToken> Tokens);

/// <summary>Token rewards from a server that has /v1/rewards, as Emend's own.</summary>
public sealed class RewardService(ModelEndpoint endpoint, string identity)
{
    /// <summary>What stands for the reward model in the keys of results.</summary>
    public string Identity => identity;

    /// <exception cref="EndpointException">There is no answer, or it is none.</exception>
    public async Task<RewardedText> Of(string prompt, string response, CancellationToken cancellation)
    {
        JsonElement answer = await endpoint.Post("/rewards", JsonSerializer.SerializeToElement(new { prompt, response }), cancellation);
        try
        {
            RewardedToken[] tokens = [.. answer.GetProperty("tokens").EnumerateArray().Select(token => new RewardedToken(
                token.GetProperty("start").GetInt32(), token.GetProperty("end").GetInt32(), token.GetProperty("reward").GetDouble(), token.GetProperty("standardized").GetDouble()))];
            if (tokens.Any(token => token.Start < 0 || token.End < token.Start || token.End > response.Length))
                throw new FormatException("a token is not within the response");
            return new RewardedText(answer.GetProperty("score").GetDouble(), answer.GetProperty("standardized").GetDouble(), tokens);
        }
        catch (Exception exception) when (exception is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new EndpointException(EndpointFailure.Question, $"{endpoint.Options.Url}/rewards: answered something that is no list of token rewards", exception);
        }
    }
}
