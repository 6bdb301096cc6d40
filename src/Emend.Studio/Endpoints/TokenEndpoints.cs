using Emend.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Emend.Studio.Endpoints;

/// <summary>The caller's own API tokens; only in a browser, so that a token cannot make another.</summary>
internal static class TokenEndpoints
{
    public static void MapTokens(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/tokens", (HttpContext http, ApiTokens tokens) => tokens.List(http.Caller().Id)).ForBrowser();
        routes.MapPost("/api/tokens", Create).ForBrowser();
        routes.MapDelete("/api/tokens/{token:long}", (long token, HttpContext http, ApiTokens tokens) => tokens.Revoke(http.Caller().Actor, token)).ForBrowser();
    }

    private static async Task<Created<TokenMade>> Create(TokenRequest request, HttpContext http, ApiTokens tokens)
    {
        (ApiTokenView token, string secret) = await tokens.Create(http.Caller().Actor, request.Name, request.Scopes, request.Days);
        return TypedResults.Created((string?)null, new TokenMade(token, secret));
    }

    internal sealed record TokenRequest(string Name, IReadOnlyList<string> Scopes, int Days = 90);

    internal sealed record TokenMade(ApiTokenView Token, string Secret);
}
