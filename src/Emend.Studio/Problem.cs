using System.Text.Json;
using Emend.Feedback;
using Emend.Store;
using Emend.Text;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Emend.Studio;

/// <summary>How the API says no: RFC 9457 problem details with a code for programs, the fields that are wrong, and what is needed to go on.</summary>
internal sealed record Problem(string Title, int Status, string Code, string Detail)
{
    public IReadOnlyList<FieldProblem>? Problems { get; init; }
    public object? Details { get; init; }

    private static readonly JsonSerializerOptions Json = StoreJson.Configure(new JsonSerializerOptions { DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull });

    public static Task Write(HttpContext http, int status, string code, string detail) => Write(http, new Problem(ReasonPhrases.GetReasonPhrase(status), status, code, detail));

    /// <summary>Every exception that reaches the web, as its answer. What is a bug of ours is logged and not shown.</summary>
    public static Task Handle(HttpContext http)
    {
        Exception? exception = http.Features.Get<IExceptionHandlerFeature>()?.Error;
        Problem problem = exception switch
        {
            RefusedException refused => Of(refused),
            InvalidInputException invalid => new("Unprocessable Content", StatusCodes.Status422UnprocessableEntity, "invalid", invalid.Message),
            BadHttpRequestException { InnerException: JsonException json } => new("Bad Request", StatusCodes.Status400BadRequest, "bad-json", RequestSentences.Of(json)),
            BadHttpRequestException bad => new(ReasonPhrases.GetReasonPhrase(bad.StatusCode), bad.StatusCode, bad.StatusCode == 413 ? "too-large" : "bad-request", RequestSentences.Of(bad)),
            OperationCanceledException when http.RequestAborted.IsCancellationRequested => new("Client Closed Request", 499, "aborted", "The caller went away."),
            _ => new("Internal Server Error", StatusCodes.Status500InternalServerError, "failed", "The studio failed to do this; nothing was changed. Its log says more."),
        };
        if (problem.Status == StatusCodes.Status500InternalServerError && exception is not null)
            http.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger("Emend.Studio").LogError(exception, "{Method} {Path} failed", http.Request.Method, http.Request.Path);
        return Write(http, problem);
    }

    private static Problem Of(RefusedException refused)
    {
        int status = refused.Refusal switch
        {
            Refusal.Invalid => StatusCodes.Status422UnprocessableEntity,
            Refusal.NotFound => StatusCodes.Status404NotFound,
            Refusal.Conflict => StatusCodes.Status409Conflict,
            Refusal.Outdated => StatusCodes.Status412PreconditionFailed,
            Refusal.Forbidden => StatusCodes.Status403Forbidden,
            Refusal.Gone => StatusCodes.Status410Gone,
            Refusal.Upstream => StatusCodes.Status502BadGateway,
            _ => StatusCodes.Status500InternalServerError,
        };
        return new Problem(ReasonPhrases.GetReasonPhrase(status), status, refused.Code, refused.Message)
        {
            Problems = refused.Problems.Count > 0 ? refused.Problems : null,
            Details = refused.Details,
        };
    }

    private static Task Write(HttpContext http, Problem problem)
    {
        http.Response.StatusCode = problem.Status;
        return http.Response.WriteAsJsonAsync(problem, Json, "application/problem+json");
    }
}
