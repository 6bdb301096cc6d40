using Emend.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Emend.Studio.Endpoints;

/// <summary>Members and invitations of a project.</summary>
internal static class MemberEndpoints
{
    public static void MapMembers(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/projects/{project:long}/members", (long project, Members members) => members.List(project)).For(Role.Manager, Scope.Read);
        routes.MapPut("/api/projects/{project:long}/members/{account:long}", (long project, long account, ChangeRequest request, HttpContext http, Members members) =>
            members.Change(http.Caller().Actor, project, account, request.Role, request.Group)).For(Role.Manager, Scope.Manage);
        routes.MapDelete("/api/projects/{project:long}/members/{account:long}", (long project, long account, HttpContext http, Members members) =>
            members.Remove(http.Caller().Actor, project, account)).For(Role.Manager, Scope.Manage);
        routes.MapGet("/api/projects/{project:long}/invitations", (long project, Members members) => members.Invitations(project)).For(Role.Manager, Scope.Read);
        routes.MapPost("/api/projects/{project:long}/invitations", Invite).For(Role.Manager, Scope.Manage);
        routes.MapDelete("/api/projects/{project:long}/invitations/{invitation:long}", (long project, long invitation, HttpContext http, Members members) =>
            members.RevokeInvitation(http.Caller().Actor, project, invitation)).For(Role.Manager, Scope.Manage);
        // The secret travels in bodies alone: addresses end up in logs.
        routes.MapPost("/api/invitations/offer", (OfferRequest request, Members members) => members.Offer(request.Secret)).AllowAnonymous().RequireRateLimiting(Limits.SignIn);
        routes.MapPost("/api/invitations/accept", Accept).AllowAnonymous().RequireRateLimiting(Limits.SignIn);
    }

    private static async Task<Created<InvitationMade>> Invite(long project, InviteRequest request, HttpContext http, Members members)
    {
        (InvitationView invitation, string secret) = await members.Invite(http.Caller().Actor, project, request.Role, request.Note ?? "", request.Days);
        return TypedResults.Created((string?)null, new InvitationMade(invitation, secret, $"/invitation#{secret}"));
    }

    private static async Task<AccountSummary> Accept(AcceptRequest request, HttpContext http, Members members)
    {
        NewAccount? wanted = request is { Name: string name, Password: string password } ? new NewAccount(name, password, request.DisplayName) : null;
        // A program's token accepts nothing: it would give its bearer more than was meant.
        Caller? caller = http.CallerOrNull();
        if (caller?.Scopes is not null)
            throw new RefusedException(Refusal.Forbidden, "forbidden", "Invitations are accepted in a browser.");
        Account account = await members.Accept(request.Secret, caller?.Id, wanted);
        if (caller is null)
            await SignIn.Start(http, account);
        return new AccountSummary(account.Id, account.UserName!, account.DisplayName, account.IsInstallationOwner, account.IsDisabled);
    }

    internal sealed record ChangeRequest(Role Role, string? Group = null);

    internal sealed record InviteRequest(Role Role, string? Note = null, int Days = 7);

    internal sealed record InvitationMade(InvitationView Invitation, string Secret, string Link);

    internal sealed record OfferRequest(string Secret);

    internal sealed record AcceptRequest(string Secret, string? Name = null, string? Password = null, string? DisplayName = null);
}
