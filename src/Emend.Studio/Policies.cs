using Emend.Store;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Emend.Studio;

/// <summary>What a token must be allowed for a route.</summary>
internal enum Scope
{
    Read,
    Work,
    Manage,
}

/// <summary>Who may call a route; every route says it, and what says nothing is refused: at the start of the program, and by the fallback.</summary>
/// <param name="Role">The lowest role in the route's project; null: no project is meant.</param>
/// <param name="Installation">Only owners of the installation.</param>
/// <param name="Scope">What a token needs; null: tokens are refused.</param>
internal sealed record Access(Role? Role, bool Installation, Scope? Scope) : IAuthorizationRequirement;

/// <summary>The policies of routes, and the check that each route has one.</summary>
internal static class Policies
{
    public static void Add(IServiceCollection services)
    {
        services.AddSingleton<IAuthorizationHandler, Handler>();
        services.AddAuthorization(options => options.FallbackPolicy = new AuthorizationPolicyBuilder().RequireAssertion(_ => false).Build());
    }

    /// <summary>Members of the route's project with at least this role.</summary>
    public static TBuilder For<TBuilder>(this TBuilder route, Role role, Scope scope) where TBuilder : IEndpointConventionBuilder => route.Require(new Access(role, false, scope));

    /// <summary>Anybody who is signed in.</summary>
    public static TBuilder ForSignedIn<TBuilder>(this TBuilder route, Scope scope) where TBuilder : IEndpointConventionBuilder => route.Require(new Access(null, false, scope));

    /// <summary>Anybody who is signed in with a browser: tokens cannot make tokens or change passwords.</summary>
    public static TBuilder ForBrowser<TBuilder>(this TBuilder route) where TBuilder : IEndpointConventionBuilder => route.Require(new Access(null, false, null));

    /// <summary>Owners of the installation.</summary>
    public static TBuilder ForInstallation<TBuilder>(this TBuilder route, Scope scope) where TBuilder : IEndpointConventionBuilder => route.Require(new Access(null, true, scope));

    /// <summary>Stops the start of the program where a route says not who may call it.</summary>
    public static void RefuseRoutesWithout(IEndpointRouteBuilder app)
    {
        string[] open = [.. app.DataSources.SelectMany(source => source.Endpoints)
            .Where(endpoint => endpoint.Metadata.GetMetadata<Access>() is null && endpoint.Metadata.GetMetadata<IAllowAnonymous>() is null)
            .Select(endpoint => endpoint.DisplayName ?? "?")];
        if (open.Length > 0)
            throw new InvalidOperationException($"routes that do not say who may call them: {string.Join(", ", open)}");
    }

    private static TBuilder Require<TBuilder>(this TBuilder route, Access access) where TBuilder : IEndpointConventionBuilder
    {
        route.RequireAuthorization(policy => policy.RequireAuthenticatedUser().AddRequirements(access));
        route.Add(endpoint => endpoint.Metadata.Add(access));
        return route;
    }

    private sealed class Handler : AuthorizationHandler<Access>
    {
        protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, Access access)
        {
            if (context.Resource is HttpContext http && http.CallerOrNull() is Caller caller && Allows(access, caller))
                context.Succeed(access);
            return Task.CompletedTask;
        }

        private static bool Allows(Access access, Caller caller) =>
            (caller.Scopes is null || (access.Scope is Scope scope && caller.Scopes.Contains(scope.ToString().ToLowerInvariant())))
            && (!access.Installation || caller.IsInstallationOwner)
            && (access.Role is not Role needed || caller.Role >= needed);
    }
}
