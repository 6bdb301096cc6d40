using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Emend.Serving;

/// <summary>Answers that are one JSON object, Unicode as it is.</summary>
internal static class JsonAnswer
{
    public static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static async Task Write(HttpContext context, int status, Action<Utf8JsonWriter> write, CancellationToken cancellation)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer, Options))
            write(json);
        buffer.Write("\n"u8);
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.ContentLength = buffer.WrittenCount;
        await context.Response.Body.WriteAsync(buffer.WrittenMemory, cancellation);
    }

    public static Task WriteError(HttpContext context, ApiException problem)
    {
        if (problem.Status == 429)
            context.Response.Headers.RetryAfter = "1";
        if (problem.Status == 401)
            context.Response.Headers.WWWAuthenticate = "Bearer";
        return Write(context, problem.Status, json => Error(json, problem), context.RequestAborted);
    }

    /// <summary>{"error": {"message", "type", "param", "code"}}.</summary>
    public static void Error(Utf8JsonWriter json, ApiException problem)
    {
        json.WriteStartObject();
        json.WriteStartObject("error");
        json.WriteString("message", problem.Message);
        json.WriteString("type", problem.Type);
        json.WriteString("param", problem.Field);
        json.WriteString("code", problem.Code);
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
