using System.Net;
using System.Text.Json.Nodes;
using Emend.Store;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace Emend.StudioTests;

/// <summary>Two who change the same thing at once, each having read it before the other has stored anything: one does it, the other is told.</summary>
public class AtOnceTests
{
    public static TheoryData<Engine> Engines => TestStudio.Engines;

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task TwoOwnersWhoDemoteEachOtherOrLeaveLeaveOne(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 1);
        using Client eve = await work.Studio.Member("eve", work.Project, Role.Owner);
        JsonArray members = (await work.Owner.Get($"{work.Path}/members")).Ok().Json.AsArray();
        string Of(string name) => $"{work.Path}/members/{members.Single(member => (string?)member!["name"] == name)!["accountId"]}";

        Answered[] demoted = await AtOnce(work, () => work.Owner.Put(Of("eve"), new { role = "manager" }), () => eve.Put(Of("owner"), new { role = "manager" }));

        int first = demoted[0].Status == HttpStatusCode.Forbidden ? 1 : 0;
        demoted[first].Ok();
        demoted[1 - first].Is(HttpStatusCode.Forbidden, "forbidden");
        Client left = first == 0 ? work.Owner : eve;
        string other = Of(first == 0 ? "eve" : "owner");
        (await left.Put(other, new { role = "owner" })).Ok();
        Answered[] gone = await AtOnce(work, () => work.Owner.Delete(Of("owner")), () => eve.Put(Of("eve"), new { role = "annotator" }));
        gone.Single(answered => (int)answered.Status >= 300).Is(HttpStatusCode.Conflict, "last-owner");
        Assert.Equal(1, await work.Studio.Database.Read(context => context.Memberships.CountAsync(row => row.ProjectId == work.Project && row.Role == Role.Owner)));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task OfTwoWhoChangeSettingsOfOneVersionTheSecondIsTold(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 1);
        string hook = $"{work.Path}/webhooks/{(await work.Owner.Post($"{work.Path}/webhooks", new { url = "https://a.example/hook" })).Ok().Json["webhook"]!["id"]}";
        string model = $"{work.Path}/models/proposals", order = $"{work.Path}/order";
        (await work.Owner.Put(model, new { url = "https://a.example/v1" }, ("If-Match", "\"0\""))).Ok();
        (await work.Owner.Put(order, new { randomShare = 0.5 }, ("If-Match", "\"0\""))).Ok();

        // A key that one saves for the address as it was must not be sent to the address that the other names.
        foreach ((string path, object one, object two) in new (string, object, object)[]
        {
            (model, new { url = "https://a.example/v1", key = "secret-key-1" }, new { url = "https://b.example/v1" }),
            (hook, new { url = "https://a.example/hook", isEnabled = false }, new { url = "https://b.example/hook" }),
            (order, new { randomShare = 0.4 }, new { randomShare = 0.3 }),
        })
        {
            Answered[] both = await AtOnce(work, () => work.Owner.Put(path, one, ("If-Match", "\"1\"")), () => work.Owner.Put(path, two, ("If-Match", "\"1\"")));
            Assert.Equal([HttpStatusCode.OK, HttpStatusCode.PreconditionFailed], both.Select(answered => answered.Status).Order());
        }
        Assert.Equal(0, await work.Studio.Database.Read(context => context.ModelEndpoints.CountAsync(row => row.Url == "https://b.example/v1" && row.Key != null)));
    }

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task ABranchAndALabelNeverGetOneName(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 1);
        string prompt = await PromptTests.Create(work);

        Answered[] both = await AtOnce(work, () => work.Owner.Post($"{prompt}/branches", new { name = "production", from = "1" }), () => PromptTests.Move(work.Owner, prompt, 0, "1", "first"));

        both.Single(answered => (int)answered.Status >= 300).Is(HttpStatusCode.Conflict, "name-taken");
    }

    // On PostgreSQL the audit log, which every change waits for, is held until all requests wait: each has read what it decides by.
    private static async Task<Answered[]> AtOnce(Work work, params Func<Task<Answered>>[] requests)
    {
        Database database = work.Studio.Database;
        if (database.Engine == Engine.Sqlite)
            return await Task.WhenAll(requests.Select(request => request()));
        await using StudioContext holder = database.Open();
        await using var transaction = await holder.Database.BeginTransactionAsync();
        await AuditLog.Lock(holder);
        Task<Answered>[] sent = [.. requests.Select(request => request())];
        DateTime end = DateTime.UtcNow.AddSeconds(30);
        while (await Waiting(database) < requests.Length)
        {
            Assert.True(DateTime.UtcNow < end, "the requests do not wait for each other");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
        await transaction.RollbackAsync();
        return await Task.WhenAll(sent);
    }

    private static Task<int> Waiting(Database database) => database.Read(context =>
        context.Database.SqlQuery<int>($"""SELECT count(*)::int AS "Value" FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'""").SingleAsync());
}
