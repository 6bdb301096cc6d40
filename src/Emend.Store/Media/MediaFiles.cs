using System.Formats.Tar;
using System.Security.Cryptography;
using Emend.Feedback;
using Microsoft.EntityFrameworkCore;

namespace Emend.Store;

/// <summary>A stored image or sound; IsNew: it was not there before.</summary>
public sealed record MediaView(long Id, string Sha256, string Type, int Length, DateTime CreatedAt, [property: System.Text.Json.Serialization.JsonIgnore] bool IsNew = false);

/// <summary>Bytes with the content type that they are served as.</summary>
public sealed record MediaContent(byte[] Content, string Type, string FileName);

/// <summary>Images and sounds of projects, each stored once by its hash.</summary>
public sealed class MediaFiles(Database database, TimeProvider clock)
{
    /// <summary>The largest that anything on the list may be, in bytes.</summary>
    public const int LargestBytes = MediaTypes.LargestBytes;

    private const int MostNotes = 20;

    /// <summary>Stores a file of items.</summary>
    /// <exception cref="RefusedException">It is none of the types of the list, not the type it is said to be, or too large.</exception>
    public Task<MediaView> Add(Actor actor, long projectId, string? declaredType, byte[] content)
    {
        MediaTypes.Kind kind = Checked(declaredType, content);
        return database.Write(context => Store(context, actor, projectId, kind, content, null));
    }

    /// <summary>Stores a note that somebody dictated to an item they have open.</summary>
    public Task<MediaView> AddNote(Actor actor, long projectId, long assignmentId, string? declaredType, byte[] content)
    {
        MediaTypes.Kind kind = Checked(declaredType, content);
        if (!kind.Type.StartsWith("audio/", StringComparison.Ordinal))
            throw RefusedException.Invalid(new FieldProblem("Content-Type", "a note is a sound"));
        return database.Write(async context =>
        {
            Assignment assignment = await Queue.Own(context, projectId, actor.AccountId!.Value, assignmentId);
            if (assignment.State is AssignmentState.Submitted or AssignmentState.Skipped)
                throw new RefusedException(Refusal.Conflict, "submitted", "This item was answered or skipped already; reopen it first.");
            if (await context.Media.CountAsync(row => row.AssignmentId == assignmentId) >= MostNotes)
                throw new RefusedException(Refusal.Conflict, "enough", $"There are {MostNotes} notes to this item, which is the most.");
            return await Store(context, actor, projectId, kind, content, assignmentId);
        });
    }

    public Task<List<MediaView>> List(long projectId, long after, int limit) => database.Read(context => context.Media
        .Where(row => row.ProjectId == projectId && row.Id > after).OrderBy(row => row.Id).Take(limit)
        .Select(row => new MediaView(row.Id, row.Hash, row.Type, row.Length, row.CreatedAt, false)).ToListAsync());

    public Task<MediaContent> Get(long projectId, string hash) => database.Read(async context =>
    {
        var row = await context.Media.Where(row => row.ProjectId == projectId && row.Hash == hash).Select(row => new { row.Content, row.Type }).SingleOrDefaultAsync()
            ?? throw RefusedException.NotFound("image or sound");
        return new MediaContent(row.Content, row.Type, Name(hash, row.Type));
    });

    /// <summary>All files of a project as a tar, one in memory at a time, in the order of their hashes.</summary>
    public async Task WriteTar(long projectId, Stream target, CancellationToken cancellation)
    {
        await using StudioContext context = database.Open();
        await using var tar = new TarWriter(target, TarEntryFormat.Pax, leaveOpen: true);
        var rows = context.Media.AsNoTracking().Where(row => row.ProjectId == projectId).OrderBy(row => row.Hash).AsAsyncEnumerable();
        await foreach (StoredMedia row in rows.WithCancellation(cancellation))
        {
            using var content = new MemoryStream(row.Content);
            await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, $"media/{Name(row.Hash, row.Type)}") { DataStream = content, ModificationTime = new DateTimeOffset(row.CreatedAt) }, cancellation);
        }
    }

    /// <summary>The content with the type of every file in it; problems where one is not in the project.</summary>
    internal static ItemContent Known(ItemContent content, IReadOnlyDictionary<string, string> types, string place, List<FieldProblem> problems)
    {
        foreach (MediaRef missing in content.AllMedia().Where(file => !types.ContainsKey(file.Sha256)))
            problems.Add(new(place, $"media {missing.Sha256} is not in the project; upload it first"));
        return content.WithMedia(file => file with { Type = types.GetValueOrDefault(file.Sha256) });
    }

    /// <summary>Hash and type of every file of a project.</summary>
    internal static Task<Dictionary<string, string>> TypesOf(StudioContext context, long projectId) =>
        context.Media.Where(row => row.ProjectId == projectId && row.AssignmentId == null).ToDictionaryAsync(row => row.Hash, row => row.Type);

    /// <summary>A dictated comment is a note that was uploaded to this very item.</summary>
    internal static async Task<FieldProblem?> NoteProblem(StudioContext context, long assignmentId, string? note) =>
        note is null || await context.Media.AnyAsync(row => row.AssignmentId == assignmentId && row.Hash == note) ? null : new FieldProblem("commentAudio", "is no note that was uploaded to this item");

    private async Task<MediaView> Store(StudioContext context, Actor actor, long projectId, MediaTypes.Kind kind, byte[] content, long? assignmentId)
    {
        string hash = Convert.ToHexStringLower(SHA256.HashData(content));
        MediaView? before = await context.Media.Where(row => row.ProjectId == projectId && row.Hash == hash && row.AssignmentId == assignmentId)
            .Select(row => new MediaView(row.Id, row.Hash, row.Type, row.Length, row.CreatedAt, false)).SingleOrDefaultAsync();
        if (before is not null)
            return before;
        if (await context.Media.AnyAsync(row => row.ProjectId == projectId && row.Hash == hash))
            throw new RefusedException(Refusal.Conflict, "stored-elsewhere", "The same file is in the project already, in another place.");
        var row = new StoredMedia { ProjectId = projectId, Hash = hash, Type = kind.Type, Content = content, Length = content.Length, AccountId = actor.AccountId!.Value, AssignmentId = assignmentId, CreatedAt = clock.Now() };
        context.Media.Add(row);
        await context.SaveChangesAsync();
        await AuditLog.Append(context, clock.Now(), actor, projectId, assignmentId is null ? "media-added" : "note-added", $"media/{row.Id}", after: new { Sha256 = hash, row.Type, row.Length });
        return new MediaView(row.Id, hash, row.Type, row.Length, row.CreatedAt, IsNew: true);
    }

    private static MediaTypes.Kind Checked(string? declaredType, byte[] content)
    {
        MediaTypes.Kind declared = MediaTypes.Declared(declaredType)
            ?? throw RefusedException.Invalid(new FieldProblem("Content-Type", $"is none of {MediaTypes.Names}"));
        MediaTypes.Kind? found = MediaTypes.Found(content);
        if (found?.Type != declared.Type)
            throw RefusedException.Invalid(new FieldProblem("Content-Type", $"says {declared.Type}, but the bytes are {found?.Type ?? "none of the types that are taken"}"));
        if (content.Length > declared.LargestBytes)
            throw RefusedException.Invalid(new FieldProblem("body", $"has {content.Length} bytes; at most {declared.LargestBytes} are expected of {declared.Type}"));
        return declared;
    }

    private static string Name(string hash, string type) => $"{hash}.{MediaTypes.Of(type).Extension}";
}
