using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Emend.StudioTests;

/// <summary>A server of models for tests: rewards by word, and replies that a test writes. It is real HTTP on this machine.</summary>
internal sealed class ModelServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ModelServer(WebApplication app) => _app = app;

    /// <summary>The reply to a response; null: the response as it is.</summary>
    public Func<string, string>? Reply { get; set; }

    /// <summary>The answer to messages, in place of a reply; null of it: the server fails.</summary>
    public Func<JsonNode, string?>? Answer { get; set; }

    /// <summary>Texts that the model of rewards refuses to read, as one that is too long.</summary>
    public Func<string, bool> Refuses { get; set; } = _ => false;

    /// <summary>Answers in place of everything else.</summary>
    public RequestDelegate? Instead { get; set; }

    /// <summary>Bodies that came, with the Authorization header.</summary>
    public ConcurrentQueue<(string Authorization, JsonNode Body)> Asked { get; } = new();

    public string Rewards => $"{_app.Urls.First()}/v1/rewards";

    public string Embeddings => $"{_app.Urls.First()}/v1/embeddings";

    public string Chat => $"{_app.Urls.First()}/v1/chat/completions";

    public static async Task<ModelServer> Start()
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        WebApplication app = builder.Build();
        var server = new ModelServer(app);
        app.Run(server.Handle);
        await app.StartAsync();
        return server;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task Handle(HttpContext http)
    {
        JsonNode body = (await JsonNode.ParseAsync(http.Request.Body))!;
        Asked.Enqueue((http.Request.Headers.Authorization.ToString(), body));
        if (Instead is not null)
        {
            await Instead(http);
            return;
        }
        if (Answer is not null && body["messages"] is not null)
        {
            if (Answer(body) is string text)
                await http.Response.WriteAsJsonAsync(new { model = "writer-2026", system_fingerprint = "fp-1", choices = new[] { new { index = 0, finish_reason = "stop", message = new { role = "assistant", content = text } } } });
            else
                http.Response.StatusCode = 500;
            return;
        }
        if (body["input"] is JsonArray texts)
        {
            await http.Response.WriteAsJsonAsync(Embedded(texts));
            return;
        }
        if (body["response"] is JsonNode refused && Refuses((string)refused!))
        {
            http.Response.StatusCode = 400;
            return;
        }
        await http.Response.WriteAsJsonAsync(http.Request.Path.Value!.EndsWith("rewards", StringComparison.Ordinal) ? Scored((string)body["response"]!) : Replied(body));
    }

    // One number for lamps, one for oak, one for the rest.
    private static JsonObject Embedded(JsonArray texts) => new()
    {
        ["model"] = "tiny-embedder",
        ["data"] = new JsonArray([.. texts.Select((text, i) => ((string)text!, i)).Select(one => new JsonObject
        {
            ["index"] = one.i,
            ["embedding"] = one.Item1.Contains("lamp", StringComparison.OrdinalIgnoreCase) ? new JsonArray(1, 0, 0) : one.Item1.Contains("oak", StringComparison.Ordinal) || one.Item1.Contains("timber", StringComparison.Ordinal) ? new JsonArray(0, 2, 0) : new JsonArray(0, 0, 3),
        })]),
    };

    // "bad" is far below what is usual, "good" far above.
    private static JsonObject Scored(string text)
    {
        var tokens = new JsonArray();
        for (int start = 0; start < text.Length;)
        {
            int end = text.IndexOf(' ', start) is int space and >= 0 ? space + 1 : text.Length;
            double value = text[start..end].Contains("bad", StringComparison.Ordinal) ? -2 : text[start..end].Contains("good", StringComparison.Ordinal) ? 2 : 0;
            tokens.Add(new JsonObject { ["text"] = text[start..end], ["start"] = start, ["end"] = end, ["reward"] = value / 2, ["standardized"] = value });
            start = end;
        }
        double score = tokens.Sum(token => (double)token!["reward"]!);
        return new JsonObject { ["object"] = "rewards", ["model"] = "tiny-reward", ["kind"] = "token", ["score"] = score, ["standardized"] = score, ["offset_unit"] = "utf-16", ["tokens"] = tokens };
    }

    private JsonObject Replied(JsonNode body)
    {
        string response = (string)JsonNode.Parse((string)body["messages"]![1]!["content"]!)!["response"]!;
        return new JsonObject
        {
            ["model"] = "tiny-editor",
            ["choices"] = new JsonArray(new JsonObject { ["index"] = 0, ["finish_reason"] = "stop", ["message"] = new JsonObject { ["role"] = "assistant", ["content"] = Reply?.Invoke(response) ?? response } }),
        };
    }
}
