using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Emend.Cli;

/// <summary>How every command writes JSON: one line, camel case, Unicode as it is.</summary>
internal static class JsonOutput
{
    public static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <summary>Writes one line to stdout and flushes it.</summary>
    public static void WriteLine<T>(T value)
    {
        Console.Out.Write(JsonSerializer.Serialize(value, Options) + "\n");
        Console.Out.Flush();
    }
}
