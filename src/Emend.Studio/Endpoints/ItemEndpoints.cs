using Emend.Feedback;
using Emend.Store;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;

namespace Emend.Studio.Endpoints;

/// <summary>Items: import from a file of JSON lines, list, read.</summary>
internal static class ItemEndpoints
{
    private const long LargestImport = 256L << 20;

    public static void MapItems(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/projects/{project:long}/items", Import).For(Role.Manager, Scope.Manage).RequireRateLimiting(Limits.Bulk);
        routes.MapGet("/api/projects/{project:long}/items", List).For(Role.Manager, Scope.Read);
        routes.MapGet("/api/projects/{project:long}/items/{item:long}", Get).For(Role.Adjudicator, Scope.Read);
    }

    /// <summary>The body is the file itself. With dryRun nothing is written; the report says what would be.</summary>
    private static async Task<ImportReport> Import(long project, HttpContext http, Projects projects, Items items, Ordering ordering, bool dryRun = false)
    {
        http.Features.Get<IHttpMaxRequestBodySizeFeature>()!.MaxRequestBodySize = LargestImport;
        TaskKind kind = (await projects.Get(project, http.Caller().Id)).Settings.Kind;
        DirectoryInfo folder = Directory.CreateTempSubdirectory("emend-import-");
        try
        {
            // The reader names what is wrong by this name and the line.
            string file = Path.Combine(folder.FullName, "import.jsonl");
            await using (FileStream copy = File.Create(file))
                await http.Request.Body.CopyToAsync(copy, http.RequestAborted);
            ImportReport report = await items.Import(http.Caller().Actor, project, Read(file, kind), dryRun);
            if (!dryRun && report.New + report.Rescored > 0)
                await ordering.Apply(project);
            return report;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static IReadOnlyList<FeedbackItem> Read(string file, TaskKind kind)
    {
        try
        {
            return ItemRows.Read(file, kind);
        }
        catch (Text.InvalidInputException invalid)
        {
            throw new Text.InvalidInputException(invalid.Message.Replace(file, "import.jsonl", StringComparison.Ordinal));
        }
    }

    private static async Task<Page<ItemSummary>> List(long project, long? after, int? limit, Items items)
    {
        var paging = new Paging(after, limit);
        return Page<ItemSummary>.Of(await items.List(project, paging.From, paging.Size + 1), paging.Size, item => item.Id);
    }

    private static async Task<ItemView> Get(long project, long item, Items items)
    {
        Item row = await items.Get(project, item);
        return new ItemView(row.Id, row.ExternalId, row.Group, StoreJson.Read<ItemContent>(row.Content), row.Overlap, row.OpenSlots);
    }

    private sealed record ItemView(long Id, string ExternalId, string Group, ItemContent Content, int Overlap, int OpenSlots);
}
