using System.Text.Encodings.Web;
using System.Text.Json;

namespace Emend.Suites;

/// <summary>How suites and their results are written: camel case, Unicode as it is.</summary>
internal static class SuiteJson
{
    public static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        RespectRequiredConstructorParameters = true,
    };
}
