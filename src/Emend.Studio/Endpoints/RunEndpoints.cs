using System.Text.Json;
using Emend.Store;
using Emend.Studio.Runs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Emend.Studio.Endpoints;

/// <summary>Runs of training: a project's for its managers, who also start and stop them; all of them for owners of the installation.</summary>
internal static class RunEndpoints
{
    private const string Project = "/api/projects/{project:long}/runs";

    public static void MapRuns(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(Project, (long project, RunFolders runs) => runs.List(project)).For(Role.Manager, Scope.Read);
        routes.MapPost(Project, Start).For(Role.Manager, Scope.Manage).RequireRateLimiting(Limits.Bulk);
        routes.MapGet($"{Project}/{{run}}", (long project, string run, RunFolders runs) => View(runs, run, project)).For(Role.Manager, Scope.Read);
        routes.MapGet($"{Project}/{{run}}/metrics", (long project, string run, RunFolders runs, long from = 0) => Metrics(runs, run, project, from)).For(Role.Manager, Scope.Read);
        routes.MapGet($"{Project}/{{run}}/samples", (long project, string run, RunFolders runs) => RunSamples.Read(runs.Find(run, project))).For(Role.Manager, Scope.Read);
        routes.MapPost($"{Project}/{{run}}/stop", (long project, string run, HttpContext http, RunStarter starter) =>
            starter.Stop(http.Caller().Actor, project, run)).For(Role.Manager, Scope.Manage);
        routes.MapGet("/api/projects/{project:long}/recipes", (long project, RunRecipes recipes) => recipes.List()).For(Role.Manager, Scope.Read);

        routes.MapGet("/api/runs", (RunFolders runs) => runs.List(null)).ForInstallation(Scope.Read);
        routes.MapGet("/api/runs/{run}", (string run, RunFolders runs) => View(runs, run, null)).ForInstallation(Scope.Read);
        routes.MapGet("/api/runs/{run}/metrics", (string run, RunFolders runs, long from = 0) => Metrics(runs, run, null, from)).ForInstallation(Scope.Read);
        routes.MapGet("/api/runs/{run}/samples", (string run, RunFolders runs) => RunSamples.Read(runs.Find(run, null))).ForInstallation(Scope.Read);
    }

    private static async Task<Created<RunSummary>> Start(long project, RunRequest request, HttpContext http, RunStarter starter) =>
        TypedResults.Created($"/api/projects/{project}/runs/{request.Name}", await starter.Start(http.Caller().Actor, project, request, http.RequestAborted));

    private static RunView View(RunFolders runs, string run, long? project)
    {
        string folder = runs.Find(run, project);
        RunRecord? record = RunFolders.Record(folder);
        JsonElement? result = RunFolders.Result(folder);
        string recipe = ((string[])["resolved-recipe.yaml", "recipe.yaml"]).Select(name => Path.Combine(RunFolders.OutputOf(folder), name)).FirstOrDefault(File.Exists) ?? "";
        // Paths of the machine are for those who sit at it.
        string[]? command = record is null ? null : ["emend", .. record.Arguments.Select(argument => Path.IsPathRooted(argument) ? Path.GetFileName(argument) : argument)];
        return new RunView(runs.Summary(run), command, record?.Data, RunFolders.ExitCode(folder), RunFolders.LastErrors(folder), recipe == "" ? null : File.ReadAllText(recipe), Part(result, "arms"), Part(result, "differences"), Part(result, "warnings"));
    }

    private static JsonElement? Part(JsonElement? result, string name) => result?.TryGetProperty(name, out JsonElement part) == true ? part : null;

    private static MetricsView Metrics(RunFolders runs, string run, long? project, long from)
    {
        (string lines, long next, bool restarted) = RunFolders.Metrics(runs.Find(run, project), Math.Max(0, from));
        return new MetricsView([.. lines.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Line).OfType<JsonElement>()], next, restarted, runs.Summary(run).State);
    }

    private static JsonElement? Line(string line)
    {
        try
        {
            return JsonElement.Parse(line);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    internal sealed record RunView(
        RunSummary Run, IReadOnlyList<string>? Command, RunData? Data, int? ExitCode, IReadOnlyList<string> Errors, string? Recipe, JsonElement? Arms, JsonElement? Differences, JsonElement? Warnings);

    internal sealed record MetricsView(IReadOnlyList<JsonElement> Lines, long Next, bool Restarted, RunState State);
}
