using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Emend.Serving;

/// <summary>The body of a request as a JSON object.</summary>
internal static class RequestBody
{
    private static readonly JsonDocumentOptions s_options = new() { MaxDepth = 32, AllowDuplicateProperties = false };

    /// <exception cref="ApiException">It is no JSON object, says it is something else, or is larger than the server allows.</exception>
    public static async Task<JsonDocument> Read(HttpContext context)
    {
        // Browsers ask before they send JSON to another site, and no answer of ours permits it; other types they send unasked.
        if (!context.Request.HasJsonContentType())
            throw new ApiException(415, "invalid_request_error", "the body must be JSON: send the header Content-Type: application/json");
        JsonDocument? body = null;
        try
        {
            body = await JsonDocument.ParseAsync(context.Request.Body, s_options, context.RequestAborted);
            if (body.RootElement.ValueKind == JsonValueKind.Object)
                return body;
        }
        catch (JsonException problem)
        {
            throw ApiException.Invalid($"the body is not valid JSON: {problem.Message}");
        }
        catch (BadHttpRequestException problem)
        {
            throw new ApiException(problem.StatusCode, "invalid_request_error", problem.StatusCode == 413 ? "the body is larger than this server allows" : problem.Message);
        }
        body.Dispose();
        throw ApiException.Invalid("the body must be a JSON object");
    }
}
