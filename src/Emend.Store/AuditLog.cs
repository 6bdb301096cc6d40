using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;

namespace Emend.Store;

/// <summary>Who did something: an account, or the installation itself (AccountId null).</summary>
public sealed record Actor(long? AccountId, string Name)
{
    /// <summary>The program, where nobody is signed in: set-up, the command line.</summary>
    public static Actor Installation { get; } = new(null, "installation");
}

/// <summary>The first entry whose hash is not what its content and the entry before it give.</summary>
public sealed record AuditFault(long Number, string Problem);

/// <summary>The log of changes, chained by hashes.</summary>
public static class AuditLog
{
    private const long LockOfPostgres = 0x617564;       // "aud": one writer of the chain at a time, held to the end of the transaction
    private static readonly string Beginning = new('0', 64);

    /// <summary>Adds an entry in the transaction of the change that it tells of: both are there, or neither.</summary>
    public static async Task Append(StudioContext context, DateTime at, Actor actor, long? projectId, string action, string subject, object? before = null, object? after = null)
    {
        if (projectId is long project)
            await Webhooks.Announce(context, project, at, action, subject);
        await Lock(context);        // last: everybody who writes waits for it
        AuditEntry? last = context.Audit.Local.OrderByDescending(entry => entry.Number).FirstOrDefault()
            ?? await context.Audit.AsNoTracking().OrderByDescending(entry => entry.Number).FirstOrDefaultAsync();
        var entry = new AuditEntry
        {
            Number = (last?.Number ?? 0) + 1,
            At = at,
            AccountId = actor.AccountId,
            Actor = actor.Name,
            ProjectId = projectId,
            Action = action,
            Subject = subject,
            Before = before is null ? null : JsonSerializer.Serialize(before, StoreJson.Options),
            After = after is null ? null : JsonSerializer.Serialize(after, StoreJson.Options),
            PreviousHash = last?.Hash ?? Beginning,
        };
        entry.Hash = HashOf(entry);
        context.Audit.Add(entry);
    }

    /// <summary>
    /// Waits until no other transaction has an entry on its way, and keeps them waiting to the end of this one: what is read from here on, nobody
    /// changes in between. For rules that count rows. SQLite has one writer anyway.
    /// </summary>
    public static async Task Lock(StudioContext context)
    {
        if (context.Database.IsNpgsql())
            await context.Database.ExecuteSqlAsync($"SELECT pg_advisory_xact_lock({LockOfPostgres})");
    }

    /// <summary>Walks the whole chain; null where every hash is right.</summary>
    public static async Task<AuditFault?> Verify(StudioContext context)
    {
        string previous = Beginning;
        long number = 0;
        await foreach (AuditEntry entry in context.Audit.AsNoTracking().OrderBy(entry => entry.Number).AsAsyncEnumerable())
        {
            number++;
            if (entry.Number != number)
                return new AuditFault(number, $"entry {number} is missing; {entry.Number} follows {number - 1}");
            if (entry.PreviousHash != previous)
                return new AuditFault(number, "does not follow from the entry before it, which was changed or replaced");
            if (entry.Hash != HashOf(entry))
                return new AuditFault(number, "was changed after it was written: its hash is not that of its content");
            previous = entry.Hash;
        }
        return null;
    }

    // Every field in a fixed order as a JSON array: no two entries can have the same text.
    private static string HashOf(AuditEntry entry)
    {
        string?[] fields =
        [
            entry.Number.ToString(CultureInfo.InvariantCulture), entry.At.ToString("yyyy-MM-ddTHH:mm:ss.fff", CultureInfo.InvariantCulture),
            entry.AccountId?.ToString(CultureInfo.InvariantCulture), entry.Actor, entry.ProjectId?.ToString(CultureInfo.InvariantCulture),
            entry.Action, entry.Subject, entry.Before, entry.After, entry.PreviousHash,
        ];
        return Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(fields, StoreJson.Options)));
    }
}

/// <summary>An entry as lists show it.</summary>
public sealed record AuditView(long Number, DateTime At, string Actor, string Action, string Subject, string? Before, string? After, string Hash);

/// <summary>Reads the log.</summary>
public sealed class AuditReader(Database database)
{
    /// <summary>Entries of one project, or of everything, newest first, before the given number (0: from the newest).</summary>
    public Task<List<AuditView>> List(long? projectId, long before, int limit) => database.Read(context => context.Audit
        .Where(entry => (projectId == null || entry.ProjectId == projectId) && (before == 0 || entry.Number < before))
        .OrderByDescending(entry => entry.Number).Take(limit)
        .Select(entry => new AuditView(entry.Number, entry.At, entry.Actor, entry.Action, entry.Subject, entry.Before, entry.After, entry.Hash)).ToListAsync());
}
