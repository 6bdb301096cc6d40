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

    // Bytes, so that the encoding of the user's locale has no say; unbuffered, so that a reader sees each line at once.
    private static readonly Stream Output = Console.OpenStandardOutput();

    /// <summary>Writes one line to stdout at once, in UTF-8.</summary>
    public static void WriteLine<T>(T value) => Output.Write([.. JsonSerializer.SerializeToUtf8Bytes(value, Options), (byte)'\n']);
}
