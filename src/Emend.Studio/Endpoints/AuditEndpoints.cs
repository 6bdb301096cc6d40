using Emend.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace Emend.Studio.Endpoints;

/// <summary>The audit log: of a project for its managers, of everything for owners of the installation, who can have it checked.</summary>
internal static class AuditEndpoints
{
    public static void MapAudit(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/projects/{project:long}/audit", (long project, long? after, int? limit, AuditReader audit) => List(project, after, limit, audit)).For(Role.Manager, Scope.Read);
        routes.MapGet("/api/audit", (long? after, int? limit, AuditReader audit) => List(null, after, limit, audit)).ForInstallation(Scope.Read);
        routes.MapPost("/api/audit/verify", (Database database) => Verification.Run(database)).ForInstallation(Scope.Manage).RequireRateLimiting(Limits.Bulk);
    }

    private static async Task<Page<AuditView>> List(long? project, long? after, int? limit, AuditReader audit)
    {
        var paging = new Paging(after, limit);
        return Page<AuditView>.Of(await audit.List(project, paging.From, paging.Size + 1), paging.Size, entry => entry.Number);
    }
}
