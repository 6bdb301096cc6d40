using System.Buffers.Text;
using System.Security.Cryptography;
using Emend.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Emend.Studio.Endpoints;

/// <summary>Addresses that are told of a project's events.</summary>
internal static class WebhookEndpoints
{
    public static void MapWebhooks(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/projects/{project:long}/webhooks", (long project, Webhooks webhooks) => webhooks.List(project)).For(Role.Manager, Scope.Read);
        routes.MapPost("/api/projects/{project:long}/webhooks", Create).For(Role.Manager, Scope.Manage);
        routes.MapPut("/api/projects/{project:long}/webhooks/{webhook:long}", Change).For(Role.Manager, Scope.Manage);
        routes.MapDelete("/api/projects/{project:long}/webhooks/{webhook:long}", (long project, long webhook, HttpContext http, Webhooks webhooks) =>
            webhooks.Delete(http.Caller().Actor, project, webhook)).For(Role.Manager, Scope.Manage);
    }

    private static async Task<Created<WebhookMade>> Create(long project, WebhookRequest request, HttpContext http, Webhooks webhooks, IDataProtectionProvider protection)
    {
        string secret = NewSecret();
        WebhookView view = await webhooks.Create(http.Caller().Actor, project, request.Url, Protect(protection, secret));
        return TypedResults.Created((string?)null, new WebhookMade(view, secret));
    }

    private static async Task<WebhookMade> Change(long project, long webhook, WebhookRequest request, HttpContext http, Webhooks webhooks, IDataProtectionProvider protection)
    {
        string secret = NewSecret();
        (WebhookView view, bool isNew) = await webhooks.Change(http.Caller().Actor, project, webhook, http.Request.SeenVersion(), request.Url, request.IsEnabled, Protect(protection, secret));
        return http.WithEtag(new WebhookMade(view, isNew ? secret : null), view.Version);
    }

    private static string NewSecret() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));

    private static string Protect(IDataProtectionProvider protection, string secret) => protection.CreateProtector(WebhookSender.Purpose).Protect(secret);

    internal sealed record WebhookRequest(string Url, bool IsEnabled = true);

    internal sealed record WebhookMade(WebhookView Webhook, string? Secret);
}
