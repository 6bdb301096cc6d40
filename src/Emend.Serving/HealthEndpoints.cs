using Microsoft.AspNetCore.Http;

namespace Emend.Serving;

/// <summary>GET /healthz/live and /healthz/ready, open to all and without detail.</summary>
internal static class HealthEndpoints
{
    public static Task Live(HttpContext context) => JsonAnswer.Write(context, 200, json =>
    {
        json.WriteStartObject();
        json.WriteString("status", "live");
        json.WriteEndObject();
    }, context.RequestAborted);

    public static Task Ready(HttpContext context, Server server) => JsonAnswer.Write(context, server.IsReady ? 200 : 503, json =>
    {
        json.WriteStartObject();
        json.WriteString("status", server.IsReady ? "ready" : "stopping");
        json.WriteEndObject();
    }, context.RequestAborted);
}
