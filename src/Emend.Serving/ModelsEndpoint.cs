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
        foreach (Entry entry in Served(server))
            Write(json, entry);
        json.WriteEndArray();
        json.WriteEndObject();
    }, context.RequestAborted);

    public static Task One(HttpContext context, Server server)
    {
        string asked = (string)context.Request.RouteValues["name"]!;
        foreach (Entry entry in Served(server))
        {
            if (entry.Name == asked)
                return JsonAnswer.Write(context, 200, json => Write(json, entry), context.RequestAborted);
        }
        throw new ApiException(404, "invalid_request_error", $"the model \"{asked}\" is not served here", "model", "model_not_found");
    }

    private static IEnumerable<Entry> Served(Server server)
    {
        // Under an experiment's name there are several models: the answer says which one it is of.
        yield return new Entry(server.ModelName, server.Options.Model, server.Split is null ? server.Fingerprint : null, server.Model.Generator.ContextLength);
        if (server.Rewards is { } rewards)
            yield return new Entry(rewards.Name, server.Options.Reward!, rewards.Fingerprint, null);
    }

    private static void Write(Utf8JsonWriter json, Entry entry)
    {
        (string name, string folder, string? fingerprint, int? contextLength) = entry;
        json.WriteStartObject();
        json.WriteString("id", name);
        json.WriteString("object", "model");
        json.WriteNumber("created", new DateTimeOffset(File.GetLastWriteTimeUtc(Path.Combine(folder, "config.json"))).ToUnixTimeSeconds());
        json.WriteString("owned_by", "emend");
        if (fingerprint is not null)
            json.WriteString("system_fingerprint", fingerprint);
        if (contextLength is int tokens)
            json.WriteNumber("max_model_len", tokens);
        else
            json.WriteBoolean("rewards", true);
        json.WriteEndObject();
    }

    /// <summary>A model of the list.</summary>
    /// <param name="Fingerprint">What its answers carry as system_fingerprint; null where they carry several.</param>
    /// <param name="ContextLength">Tokens of a prompt and its response; null for a reward model.</param>
    private sealed record Entry(string Name, string Folder, string? Fingerprint, int? ContextLength);
}
