using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Emend.Serving;

/// <summary>Server-sent events whose data is one JSON object each; "[DONE]" ends them.</summary>
internal sealed class EventStream(HttpContext context)
{
    private readonly ArrayBufferWriter<byte> _buffer = new(512);
    private Utf8JsonWriter? _json;
    private bool _begun;

    public void Add(Action<Utf8JsonWriter> write)
    {
        _buffer.Write("data: "u8);
        if (_json is null)
            _json = new Utf8JsonWriter(_buffer, JsonAnswer.Options);
        else
            _json.Reset(_buffer);
        write(_json);
        _json.Flush();
        _buffer.Write("\n\n"u8);
    }

    public void End() => _buffer.Write("data: [DONE]\n\n"u8);

    /// <summary>Sends what was added.</summary>
    public async Task Send(CancellationToken cancellation)
    {
        if (!_begun && !context.Response.HasStarted)
        {
            context.Response.ContentType = "text/event-stream";
            context.Response.Headers.CacheControl = "no-cache";
            context.Response.Headers["X-Accel-Buffering"] = "no";
            _begun = true;
        }
        await context.Response.BodyWriter.WriteAsync(_buffer.WrittenMemory, cancellation);
        _buffer.ResetWrittenCount();
    }
}
