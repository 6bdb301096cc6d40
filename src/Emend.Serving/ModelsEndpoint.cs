using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Emend.Serving;

/// <summary>GET /v1/models and /v1/models/NAME.</summary>
internal static class ModelsEndpoint
{
    public static Task List(HttpContext context, Server server) => JsonAnswer.Write(context, 200, json =>
    {
        json.WriteStartObject();
        json.WriteString("object", "list");
        json.WriteStartArray("data");
        foreach ((string name, string folder) in Served(server))
            Write(json, name, folder);
        json.WriteEndArray();
        json.WriteEndObject();
    }, context.RequestAborted);

    public static Task One(HttpContext context, Server server)
    {
        string asked = (string)context.Request.RouteValues["name"]!;
        foreach ((string name, string folder) in Served(server))
        {
            if (name == asked)
                return JsonAnswer.Write(context, 200, json => Write(json, name, folder), context.RequestAborted);
        }
        throw new ApiException(404, "invalid_request_error", $"the model \"{asked}\" is not served here", "model", "model_not_found");
    }

    private static IEnumerable<(string Name, string Folder)> Served(Server server)
    {
        yield return (server.ModelName, server.Options.Model);
        if (server.Rewards is { } rewards)
            yield return (rewards.Name, server.Options.Reward!);
    }

    private static void Write(Utf8JsonWriter json, string name, string folder)
    {
        json.WriteStartObject();
        json.WriteString("id", name);
        json.WriteString("object", "model");
        json.WriteNumber("created", new DateTimeOffset(File.GetLastWriteTimeUtc(Path.Combine(folder, "config.json"))).ToUnixTimeSeconds());
        json.WriteString("owned_by", "emend");
        json.WriteEndObject();
    }
}
