using System.Text.Json;
using Emend.Judging;

namespace Emend.Suites;

/// <summary>Token rewards from a server that has /v1/rewards, as Emend's own.</summary>
public sealed class RewardService(ModelEndpoint endpoint, string identity)
{
    /// <summary>What stands for the reward model in the keys of results.</summary>
    public string Identity => Fingerprint is null ? identity : $"{identity} {Fingerprint}";

    /// <summary>What the server says its reward model is; null where it does not, or is of this process.</summary>
    public string? Fingerprint => endpoint.Listed is { IsReward: true } ? endpoint.Options.Fingerprint : null;

    /// <exception cref="EndpointException">There is no answer, or it is none.</exception>
    public async Task<RewardedText> Of(string prompt, string response, CancellationToken cancellation)
    {
        JsonElement answer = await endpoint.Post("/rewards", JsonSerializer.SerializeToElement(new { prompt, response }), cancellation);
        try
        {
            return RewardedText.Read(answer, response.Length);
        }
        catch (FormatException exception)
        {
            throw new EndpointException(EndpointFailure.Question, $"{endpoint.Options.Url}/rewards: answered something that is no list of token rewards ({exception.Message})", exception);
        }
    }
}
