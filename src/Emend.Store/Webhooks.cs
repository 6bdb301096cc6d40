using System.Text.Json;
using Emend.Feedback;
using Microsoft.EntityFrameworkCore;

namespace Emend.Store;

/// <summary>A webhook as managers list it; its secret is shown once, when it is made or moved.</summary>
public sealed record WebhookView(long Id, string Url, bool IsEnabled, int Version, DateTime CreatedAt, int Waiting, int GivenUp, string? LastProblem);

/// <summary>A delivery that is due, with what is needed to send it.</summary>
public sealed record DueDelivery(long Id, string Url, string Secret, string Event, string Body, int Attempts);

/// <summary>Who is told of a project's events, and what is on its way to them. Deliveries are made in the transaction of the event.</summary>
public sealed class Webhooks(Database database, TimeProvider clock)
{
    private const int MostOfAProject = 10;
    private const int MostAttempts = 8;
    private const int Batch = 20;
    private static readonly TimeSpan SendTime = TimeSpan.FromMinutes(1);
    private static readonly string[] Events = ["answered", "answer-undone", "adjudicated", "items-imported", "project-archived"];

    /// <summary>Adds a webhook; protectedSecret is the key of its signatures as the caller encrypted it.</summary>
    public Task<WebhookView> Create(Actor actor, long projectId, string url, string protectedSecret) => database.Write(async context =>
    {
        WebAddress.Check("url", url);
        if (await context.Webhooks.CountAsync(row => row.ProjectId == projectId) >= MostOfAProject)
            throw RefusedException.Invalid(new FieldProblem("url", $"the project has {MostOfAProject} webhooks, which is the most"));
        var hook = new Webhook { ProjectId = projectId, Url = url, Secret = protectedSecret, CreatedAt = clock.Now() };
        context.Webhooks.Add(hook);
        await context.SaveChangesAsync();
        await AuditLog.Append(context, clock.Now(), actor, projectId, "webhook-created", $"webhook/{hook.Id}", after: new { url });
        return View(hook, 0, 0, null);
    });

    /// <summary>Changes a webhook. Another address gets another secret: the old one must not reach whoever is behind the new address.</summary>
    public Task<(WebhookView View, bool NewSecret)> Change(Actor actor, long projectId, long id, int version, string url, bool enabled, string freshSecret) => database.Write(async context =>
    {
        WebAddress.Check("url", url);
        Webhook hook = await context.Webhooks.SingleOrDefaultAsync(row => row.Id == id && row.ProjectId == projectId) ?? throw RefusedException.NotFound("webhook");
        if (hook.Version != version)
            throw new RefusedException(Refusal.Outdated, "outdated", $"The webhook was changed meanwhile: version {hook.Version} is the newest, not {version}.");
        bool moved = hook.Url != url;
        await AuditLog.Append(context, clock.Now(), actor, projectId, "webhook-changed", $"webhook/{id}", new { hook.Url, hook.IsEnabled }, new { Url = url, IsEnabled = enabled });
        (hook.Url, hook.IsEnabled, hook.Secret, hook.Version) = (url, enabled, moved ? freshSecret : hook.Secret, hook.Version + 1);
        return (View(hook, 0, 0, null), moved);
    });

    public Task Delete(Actor actor, long projectId, long id) => database.Write(async context =>
    {
        if (await context.Webhooks.Where(row => row.Id == id && row.ProjectId == projectId).ExecuteDeleteAsync() == 0)
            throw RefusedException.NotFound("webhook");
        await AuditLog.Append(context, clock.Now(), actor, projectId, "webhook-deleted", $"webhook/{id}");
    });

    public Task<List<WebhookView>> List(long projectId) => database.Read(async context =>
    {
        var rows = await context.Webhooks.Where(row => row.ProjectId == projectId).OrderBy(row => row.Id).Select(hook => new
        {
            hook,
            Waiting = context.WebhookDeliveries.Count(delivery => delivery.WebhookId == hook.Id && delivery.DueAt != null),
            GivenUp = context.WebhookDeliveries.Count(delivery => delivery.WebhookId == hook.Id && delivery.DueAt == null && delivery.DeliveredAt == null),
            Last = context.WebhookDeliveries.Where(delivery => delivery.WebhookId == hook.Id && delivery.LastProblem != null).OrderByDescending(delivery => delivery.Id).Select(delivery => delivery.LastProblem).FirstOrDefault(),
        }).ToListAsync();
        return rows.ConvertAll(row => View(row.hook, row.Waiting, row.GivenUp, row.Last));
    });

    /// <summary>Deliveries to try now. Each is set to be tried again later at once, so that a crash, or a second server, neither loses nor doubles it for long.</summary>
    public async Task<List<DueDelivery>> Take()
    {
        DateTime now = clock.Now();
        if (!await database.Read(context => context.WebhookDeliveries.AnyAsync(delivery => delivery.DueAt != null && delivery.DueAt <= now)))
            return [];
        return await database.Write(async context =>
        {
            var due = await (from delivery in context.WebhookDeliveries
                             join hook in context.Webhooks on delivery.WebhookId equals hook.Id
                             where delivery.DueAt != null && delivery.DueAt <= now
                             orderby delivery.Id
                             select new { delivery, hook }).Take(Batch).ToListAsync();
            var taken = new List<DueDelivery>();
            foreach (var row in due)
            {
                DateTime? seen = row.delivery.DueAt, again = row.hook.IsEnabled ? now + SendTime + Wait(row.delivery.Attempts) : null;
                int got = await context.WebhookDeliveries.Where(delivery => delivery.Id == row.delivery.Id && delivery.DueAt == seen)
                    .ExecuteUpdateAsync(set => set.SetProperty(delivery => delivery.DueAt, again).SetProperty(delivery => delivery.Attempts, delivery => delivery.Attempts + 1));
                if (got == 1 && row.hook.IsEnabled)
                    taken.Add(new DueDelivery(row.delivery.Id, row.hook.Url, row.hook.Secret, row.delivery.Event, row.delivery.Body, row.delivery.Attempts + 1));
                context.ChangeTracker.Clear();
            }
            return taken;
        });
    }

    /// <summary>Notes how a delivery went: done, to be tried again, or given up and kept for the managers to see.</summary>
    public Task Done(DueDelivery delivery, string? problem) => database.Write(context =>
    {
        DateTime now = clock.Now();
        DateTime? again = problem is null || delivery.Attempts >= MostAttempts ? null : now + Wait(delivery.Attempts), delivered = problem is null ? now : null;
        return context.WebhookDeliveries.Where(row => row.Id == delivery.Id)
            .ExecuteUpdateAsync(set => set.SetProperty(row => row.DueAt, again).SetProperty(row => row.DeliveredAt, delivered).SetProperty(row => row.LastProblem, problem));
    });

    /// <summary>Puts an event on its way, in the event's own transaction. No texts: whoever is told asks the API for them.</summary>
    internal static async Task Announce(StudioContext context, long project, DateTime at, string action, string subject)
    {
        if (!Events.Contains(action))
            return;
        foreach (long hook in await context.Webhooks.Where(row => row.ProjectId == project && row.IsEnabled).Select(row => row.Id).ToListAsync())
        {
            context.WebhookDeliveries.Add(new WebhookDelivery
            {
                WebhookId = hook,
                Event = action,
                Body = JsonSerializer.Serialize(new { Event = action, Project = project, Subject = subject, At = at }, StoreJson.Options),
                DueAt = at,
                CreatedAt = at,
            });
        }
    }

    // 10 seconds, 20, 40, … up to about 20 minutes.
    private static TimeSpan Wait(int attempts) => TimeSpan.FromSeconds(10 * Math.Pow(2, Math.Min(attempts, 7)));

    private static WebhookView View(Webhook hook, int waiting, int givenUp, string? last) => new(hook.Id, hook.Url, hook.IsEnabled, hook.Version, hook.CreatedAt, waiting, givenUp, last);
}
