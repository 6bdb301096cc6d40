namespace Emend.Serving;

/// <summary>A request that is answered with an error in OpenAI's shape: {"error": {"message", "type", "param", "code"}}.</summary>
internal sealed class ApiException(int status, string type, string message, string? param = null, string? code = null) : Exception(message)
{
    public int Status => status;

    public string Type => type;

    /// <summary>The field that is wrong.</summary>
    public string? Field => param;

    public string? Code => code;

    public static ApiException Invalid(string message, string? field = null, string? code = null) => new(400, "invalid_request_error", message, field, code);

    public static ApiException TooBusy(string message) => new(429, "rate_limit_error", message, code: "rate_limit_exceeded");

    public static ApiException TimedOut(double seconds) => new(504, "timeout_error", FormattableString.Invariant($"the request took longer than {seconds} seconds and was given up"), code: "timeout");

    public static ApiException Failed() => new(500, "server_error", "the server failed; its log says why", code: "server_error");
}
