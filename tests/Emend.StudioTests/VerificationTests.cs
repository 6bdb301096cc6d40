using System.Net;
using System.Text.Json.Nodes;
using Emend.Store;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace Emend.StudioTests;

/// <summary>What somebody changes in the database past the studio is found, whatever it is.</summary>
public class VerificationTests
{
    public static TheoryData<Engine> Engines => TestStudio.Engines;

    [Theory]
    [MemberData(nameof(Engines))]
    public async Task WhatIsChangedPastTheStudioIsNamed(Engine engine)
    {
        await using Work work = await Work.OnEdits(engine, items: 1);
        await Fill(work);
        Database database = work.Studio.Database;
        Assert.Empty((await Verification.Run(database)).Faults);

        await Finds(database, "response 1: is not", async context => (await context.Responses.SingleAsync(row => row.Id == 1)).Text = "forged", async context => (await context.Responses.SingleAsync(row => row.Id == 1)).Text = "text");
        await Finds(database, "response 1: is not", async context => (await context.Responses.SingleAsync(row => row.Id == 1)).Messages = "[]", null);
        await Finds(database, "response 2: is not", async context => (await context.Responses.SingleAsync(row => row.Id == 2)).Seed = 8, null);
        await Finds(database, "label production of prompt 1: is at version 1; the audit log says at version 2", async context => (await context.PromptLabels.SingleAsync()).Number = 1, null);
        await Finds(database, "branch main of prompt 1: is at version 1; the audit log says at version 2", async context => (await context.PromptBranches.SingleAsync()).Head = 1, null);
        await Finds(database, "version 2 of prompt 1: is not", async context => (await context.PromptVersions.SingleAsync(row => row.Number == 2)).Parent = null, null);
        await Finds(database, "resolutions of item 1: are not", async context => (await context.Resolutions.OrderBy(row => row.Id).FirstAsync()).Cause = "taste", async context => (await context.Resolutions.OrderBy(row => row.Id).FirstAsync()).Cause = "error");
        await Finds(database, "resolutions of item 1: are not", async context => context.Resolutions.Remove(await context.Resolutions.OrderBy(row => row.Id).LastAsync()), null);
        await Finds(database, "judgement before advice of assignment 1: is not", async context => (await context.Judgements.SingleAsync()).Content = "{}", null);
        await Finds(database, "advice 1: is not", async context => (await context.Advice.SingleAsync()).Content = "[]", null);
        await Finds(database, "advice 1: is in the audit log and missing", async context => context.Advice.Remove(await context.Advice.SingleAsync()), null);
    }

    // A response of a version and one of none, a label moved, an item decided twice, a judgement and advice.
    private static async Task Fill(Work work)
    {
        string prompt = await PromptTests.Create(work);
        (await PromptTests.Commit(work.Owner, prompt, "main", 1, "newer {{question}}")).Is(HttpStatusCode.Created);
        (await PromptTests.Move(work.Owner, prompt, 0, "1", "first")).Ok();
        (await PromptTests.Move(work.Owner, prompt, 1, "2", "better")).Ok();
        await PromptTests.Store(work, 1, "1", "text");
        (await work.Owner.Post($"{work.Path}/responses", new { text = "x", model = "m", seed = 7, messages = new[] { new { role = "user", content = "y" } } })).Is(HttpStatusCode.Created);
        using Client ann = await work.Annotator("ann"), judge = await work.Studio.Member("judge", work.Project, Role.Adjudicator);
        JsonNode held = await work.MustNext(ann);
        (await work.Act(ann, held, "judgement", new { target = 1, choice = "prefer", preferred = 0, strength = 2 })).Ok();
        long account = await work.Studio.Database.Read(context => context.Users.Where(row => row.UserName == "ann").Select(row => row.Id).SingleAsync());
        await new ModelAdvice(work.Studio.Database, work.Studio.Clock).RewardsShown(new Actor(account, "ann"), work.Project, (long)held["id"]!, 1, "tiny", 0.5);
        (await work.Submit(ann, held, Work.Mended(held), "a")).Ok();
        foreach (string colour in (string[])["blue", "green"])
            (await judge.Post($"{work.Path}/disputes/1", new { answer = Work.Edit($"the lamp 1 is {colour}"), cause = "error" })).Ok();
    }

    private static async Task Finds(Database database, string expected, Func<StudioContext, Task> change, Func<StudioContext, Task>? restore)
    {
        IReadOnlyList<string> before = (await Verification.Run(database)).Faults;
        await database.Write(change);
        Assert.Contains((await Verification.Run(database)).Faults.Except(before), fault => fault.StartsWith(expected, StringComparison.Ordinal));
        if (restore is not null)
            await database.Write(restore);
    }
}
