using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Emend.JudgingTests;

/// <summary>An endpoint on loopback that answers as a test says, and remembers what it was asked.</summary>
internal sealed class ScriptedEndpoint : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ScriptedEndpoint(WebApplication app) => _app = app;

    public string Url { get; private set; } = "";

    /// <summary>Bodies of the requests, in the order in which they came.</summary>
    public ConcurrentQueue<JsonNode> Requests { get; } = [];

    /// <summary>Authorization headers of the requests; "" where there was none.</summary>
    public ConcurrentQueue<string> Keys { get; } = [];

    /// <summary>What it lists at /models, as the entries of a list; null: that route is not there. Its requests are not among those remembered.</summary>
    public object[]? Models { get; set; }

    public static async Task<ScriptedEndpoint> Start(Func<HttpContext, JsonNode, Task> answer)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(System.Net.IPAddress.Loopback, 0));
        WebApplication app = builder.Build();
        var endpoint = new ScriptedEndpoint(app);
        app.Run(async context =>
        {
            if (context.Request.Method == "GET")
            {
                await Json(context, endpoint.Models is { } models ? new { @object = "list", data = models } : new { error = new { message = "nothing is here" } }, endpoint.Models is null ? 404 : 200);
                return;
            }
            JsonNode body = (await JsonNode.ParseAsync(context.Request.Body))!;
            endpoint.Requests.Enqueue(body);
            endpoint.Keys.Enqueue(context.Request.Headers.Authorization.ToString());
            await answer(context, body);
        });
        await app.StartAsync();
        endpoint.Url = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single() + "/v1";
        return endpoint;
    }

    /// <summary>An endpoint that answers each conversation with a text.</summary>
    public static Task<ScriptedEndpoint> Start(Func<string[], string> answer) => Start((context, body) => Say(context, answer(Contents(body))));

    /// <summary>Contents of the messages, in order.</summary>
    public static string[] Contents(JsonNode body) => [.. body["messages"]!.AsArray().Select(message => message!["content"]!.GetValue<string>())];

    /// <summary>A chat completion.</summary>
    /// <param name="first">Log-probabilities of the first token's alternatives; the likeliest first.</param>
    public static Task Say(HttpContext context, string text, (string Token, double Logprob)[]? first = null, string finish = "stop", string? fingerprint = null) =>
        Json(context, new
        {
            id = "c",
            @object = "chat.completion",
            created = 0,
            model = "scripted-1",
            system_fingerprint = fingerprint,
            choices = new[]
            {
                new
                {
                    index = 0,
                    message = new { role = "assistant", content = text },
                    finish_reason = finish,
                    logprobs = first is null ? null : new
                    {
                        content = new[]
                        {
                            new
                            {
                                token = first[0].Token,
                                logprob = first[0].Logprob,
                                bytes = (int[]?)null,
                                top_logprobs = first.Select(chance => new { token = chance.Token, logprob = chance.Logprob, bytes = (int[]?)null }),
                            },
                        },
                    },
                },
            },
            usage = new { prompt_tokens = 10, completion_tokens = 2, total_tokens = 12 },
        });

    public static Task Json(HttpContext context, object value, int status = 200)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(JsonSerializer.Serialize(value));
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
