using System.Text.Json;
using Emend.Tensors;
using Emend.Text;
using Emend.Training;
using Microsoft.AspNetCore.Http;

namespace Emend.Serving;

/// <summary>POST /v1/rewards: what the reward model gives every token of a response, with its place in the text.</summary>
internal static class RewardsEndpoint
{
    public static async Task Handle(HttpContext context, Server server, CancellationToken cancellation)
    {
        if (server.Rewards is not { } rewards)
            throw new ApiException(404, "invalid_request_error", "this server has no reward model; start it with --reward DIR", code: "model_not_found");
        using JsonDocument body = await RequestBody.Read(context);
        var fields = new RequestFields(body.RootElement);
        string? model = fields.Text("model"), prompt = fields.RequiredText("prompt"), response = fields.RequiredText("response");
        fields.Finish();
        if (model is not null && model != rewards.Name)
            throw new ApiException(404, "invalid_request_error", $"model: \"{model}\" is not the reward model that is served here; \"{rewards.Name}\" is", "model", "model_not_found");

        try
        {
            ResponseScore score = await rewards.Score(prompt!, response!, cancellation);
            await JsonAnswer.Write(context, 200, json => Write(json, rewards.Name, score), cancellation);
        }
        catch (Exception problem) when (problem is InvalidInputException or ArgumentException or TensorException)
        {
            throw ApiException.Invalid(problem.Message, "response");
        }
    }

    private static void Write(Utf8JsonWriter json, string model, ResponseScore score)
    {
        json.WriteStartObject();
        json.WriteString("object", "rewards");
        json.WriteString("model", model);
        json.WriteString("kind", score.Kind == RewardKind.Token ? "token" : "sequence");
        json.WriteNumber("score", score.Score);
        json.WriteNumber("standardized", score.Standardized);
        json.WriteString("offset_unit", "utf-16");
        json.WriteStartArray("tokens");
        foreach (TokenReward token in score.Tokens)
        {
            json.WriteStartObject();
            json.WriteString("text", token.Text);
            json.WriteNumber("start", token.Span.Start);
            json.WriteNumber("end", token.Span.End);
            json.WriteNumber("reward", token.Reward);
            json.WriteNumber("standardized", token.Standardized);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
