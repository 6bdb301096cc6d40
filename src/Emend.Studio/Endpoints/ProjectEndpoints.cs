using Emend.Feedback;
using Emend.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Emend.Studio.Endpoints;

/// <summary>Projects: list, make, read, change, archive, progress, and the sample.</summary>
internal static class ProjectEndpoints
{
    public static void MapProjects(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/projects", List).ForSignedIn(Scope.Read);
        routes.MapPost("/api/projects", Create).ForInstallation(Scope.Manage);
        routes.MapPost("/api/projects/sample", CreateSample).ForInstallation(Scope.Manage);
        routes.MapGet("/api/projects/{project:long}", async (long project, HttpContext http, Projects projects) =>
        {
            ProjectView view = await projects.Get(project, http.Caller().Id);
            return http.WithEtag(view, view.Version);
        }).For(Role.Viewer, Scope.Read);
        routes.MapPut("/api/projects/{project:long}", async (long project, ProjectSettings settings, HttpContext http, Projects projects) =>
        {
            ProjectView view = await projects.Change(http.Caller().Actor, project, http.Request.SeenVersion(), settings);
            return http.WithEtag(view, view.Version);
        }).For(Role.Manager, Scope.Manage);
        routes.MapPost("/api/projects/{project:long}/archive", (long project, HttpContext http, Projects projects) => projects.Archive(http.Caller().Actor, project)).For(Role.Owner, Scope.Manage);
        routes.MapGet("/api/projects/{project:long}/progress", (long project, Projects projects) => projects.Progress(project)).For(Role.Viewer, Scope.Read);
    }

    private static async Task<Page<ProjectView>> List(long? after, int? limit, HttpContext http, Projects projects)
    {
        var paging = new Paging(after, limit);
        return Page<ProjectView>.Of(await projects.List(http.Caller().Id, paging.From, paging.Size + 1), paging.Size, project => project.Id);
    }

    private static async Task<Created<ProjectView>> Create(ProjectSettings settings, HttpContext http, Projects projects)
    {
        ProjectView view = await projects.Create(http.Caller().Actor, settings);
        return TypedResults.Created($"/api/projects/{view.Id}", http.WithEtag(view, view.Version));
    }

    private static async Task<Created<ProjectView>> CreateSample(SampleRequest request, HttpContext http, Projects projects, Items items)
    {
        Actor actor = http.Caller().Actor;
        ProjectView view = await projects.Create(actor, Sample.Settings(request.Kind));
        await items.Import(actor, view.Id, Sample.Items(request.Kind), dryRun: false);
        return TypedResults.Created($"/api/projects/{view.Id}", http.WithEtag(view, view.Version));
    }

    internal sealed record SampleRequest(TaskKind Kind = TaskKind.Edit);
}
