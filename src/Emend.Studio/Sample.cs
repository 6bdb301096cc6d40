using Emend.Feedback;
using Emend.Simulation;
using Emend.Store;

namespace Emend.Studio;

/// <summary>A project to try the studio with: questions of the built-in world, answered by its faulty assistant.</summary>
internal static class Sample
{
    private const int Count = 24;
    private const int Seed = 11;

    public static ProjectSettings Settings(TaskKind kind) => new()
    {
        Name = $"Sample: {Task(kind)}",
        Description = "Made by Emend's built-in world: customers ask about a fictional product line, and an assistant with known faults answers.",
        Kind = kind,
        BandHigh = 0.5,
    };

    /// <summary>The same items every time.</summary>
    public static IReadOnlyList<FeedbackItem> Items(TaskKind kind)
    {
        World world = World.Create(new WorldOptions(), Seed);
        Random random = world.RandomFor($"studio sample {kind}");
        int responses = kind switch { TaskKind.Ranking => 4, TaskKind.Demonstration or TaskKind.Turn => 0, TaskKind.Rating or TaskKind.Spans => 1, _ => 2 };
        return [.. world.Prompts(Split.Train, Count, Seed).Select((prompt, i) => Item(world, prompt, $"sample-{i + 1}", responses, kind, random))];
    }

    private static FeedbackItem Item(World world, WorldPrompt prompt, string id, int count, TaskKind kind, Random random)
    {
        var texts = new List<string>();
        for (int tries = 0; texts.Count < count; tries++)
        {
            string text = world.Demonstration(prompt, random).Text;
            if (!texts.Contains(text) || tries > 50)
                texts.Add(text);
        }
        if (kind != TaskKind.Turn)
            return new FeedbackItem(id, id, prompt.Text, [.. texts.Select(text => new Response(text, "built-in assistant"))]);
        string question = prompt.Text["Customer: ".Length..prompt.Text.LastIndexOf("\nAssistant:", StringComparison.Ordinal)];
        return new FeedbackItem(id, id, "", []) { Turns = [new Turn("user", question), new Turn("assistant", world.Demonstration(prompt, random).Text)] };
    }

    private static string Task(TaskKind kind) => kind switch
    {
        TaskKind.Edit => "choose and edit",
        TaskKind.Ranking => "rank four answers",
        TaskKind.Rating => "rate an answer",
        TaskKind.Demonstration => "write the ideal answer",
        TaskKind.Spans => "mark what is wrong",
        _ => "correct a turn",
    };
}
