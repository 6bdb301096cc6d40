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

    /// <summary>The body is the file itself, of ours or an export of another tool. With dryRun nothing is written; the report says what would be.</summary>
    private static async Task<ImportReport> Import(long project, HttpContext http, Projects projects, Items items, Ordering ordering, [AsParameters] ImportRequest request)
    {
        http.Features.Get<IHttpMaxRequestBodySizeFeature>()!.MaxRequestBodySize = LargestImport;
        TaskKind kind = (await projects.Get(project, http.Caller().Id)).Settings.Kind;
        DirectoryInfo folder = Directory.CreateTempSubdirectory("emend-import-");
        // The reader names what is wrong by this name and the line.
        string file = Path.Combine(folder.FullName, "import.jsonl");
        try
        {
            await using (FileStream copy = File.Create(file))
                await http.Request.Body.CopyToAsync(copy, http.RequestAborted);
            IEnumerable<FeedbackItem> rows = request.Rows(file, kind);
            // Every problem is told before the first row is written, so that nobody waits for a transaction that is thrown away.
            foreach (FeedbackItem _ in rows)
                http.RequestAborted.ThrowIfCancellationRequested();
            ImportReport report = await items.Import(http.Caller().Actor, project, rows, request.DryRun ?? false);
            if (request.DryRun != true && report.New + report.Rescored > 0)
                await ordering.Apply(project);
            return report;
        }
        catch (Text.InvalidInputException invalid)
        {
            throw new Text.InvalidInputException(invalid.Message.Replace(file, "import.jsonl", StringComparison.Ordinal));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Whose file it is, and for those of other tools which of its fields is which of ours; responses are separated by commas.</summary>
    /// <summary>Properties and no constructor: of one, ASP.NET's generator writes code that does not compile (typeof of a nullable reference).</summary>
    internal sealed record ImportRequest
    {
        public bool? DryRun { get; init; }
        public string? Format { get; init; }
        public string? Prompt { get; init; }
        public string? Responses { get; init; }
        public string? Context { get; init; }
        public string? Edited { get; init; }
        public string? Group { get; init; }

        public IEnumerable<FeedbackItem> Rows(string file, TaskKind kind) => Format switch
        {
            null or "" or "items" => ItemRows.Stream(file, kind),
            "argilla" => ForeignItems.Stream(file, ForeignFormat.Argilla, Mapping(), kind),
            "labelStudio" => ForeignItems.Stream(file, ForeignFormat.LabelStudio, Mapping(), kind),
            _ => throw RefusedException.Invalid(new FieldProblem("format", $"\"{Format}\" is not one of items, argilla, labelStudio")),
        };

        private ForeignMapping Mapping() => string.IsNullOrWhiteSpace(Prompt)
            ? throw RefusedException.Invalid(new FieldProblem("prompt", "is missing; the name of the field that holds the prompt is expected"))
            : new ForeignMapping(Prompt.Trim(), [.. (Responses ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)], Named(Context), Named(Edited), Named(Group));

        private static string? Named(string? name) => string.IsNullOrWhiteSpace(name) ? null : name.Trim();
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

    internal sealed record ItemView(long Id, string ExternalId, string Group, ItemContent Content, int Overlap, int OpenSlots);
}
