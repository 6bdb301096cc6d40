using System.CommandLine;
using Emend.Cli.Commands.Prompts;
using Emend.Feedback;
using Emend.Simulation;
using Emend.Store;
using Emend.Text;

namespace Emend.Cli.Commands.Simulated;

/// <summary>emend world annotate: a simulated annotator takes items from a project's queue and answers them, as a person would in the studio.</summary>
internal static class WorldAnnotateCommand
{
    private const string Client = "emend world annotate";

    public static Command Create()
    {
        var choice = new RegistryChoice();
        Option<Regime> regime = WorldCommand.RegimeOption();
        Option<int> seed = WorldCommand.SeedOption("the annotator", 1);
        var most = new Option<int?>("--count") { Description = "Answer at most so many items. [default: all that are open]", HelpName = "N" };
        var command = new Command("annotate", "Have a simulated annotator answer the open items of a project: it chooses, edits minimally and ranks, with the mistakes of docs/world.md.") { regime, seed, most };
        choice.AddTo(command);
        choice.AddTokenizersTo(command);
        command.SetAction((call, cancellation) => choice.Run(call, registry => Work(call, registry, call.GetValue(regime), call.GetValue(seed), call.GetValue(most) ?? int.MaxValue, cancellation)));
        return command;
    }

    private static async Task<int> Work(ParseResult call, Registry registry, Regime regime, int seed, int most, CancellationToken cancellation)
    {
        TaskKind kind = (await new Projects(registry.Database, registry.Tokenizers, TimeProvider.System).All()).Single(project => project.Id == registry.Project).Settings.Kind;
        if (kind is not (TaskKind.Edit or TaskKind.Ranking))
            throw new InvalidInputException($"the task of project {registry.Project} is {kind.ToString().ToLowerInvariant()}; a simulated annotator can edit and rank");
        Actor actor = await new SimulatedAnnotators(registry.Database, TimeProvider.System).Join(registry.Project);
        var queue = new Queue(registry.Database, TimeProvider.System);
        var answers = new Answers(registry.Database, registry.Tokenizers, TimeProvider.System);
        int answered = 0, edited = 0;
        while (answered < most)
        {
            cancellation.ThrowIfCancellationRequested();
            NextItem next = await queue.Next(registry.Project, actor.AccountId!.Value, []);
            if (next.Assignment is not AssignmentView assignment)
            {
                if (next.Reason is "empty")
                    break;
                throw new InvalidInputException($"project {registry.Project}: nothing can be answered ({next.Reason})");
            }
            Answer answer = AnswerTo(assignment, regime, seed);
            CheckedAnswer found = await answers.Check(registry.Project, actor.AccountId.Value, assignment.Id, answer);
            answer = answer with { AcceptedWarnings = [.. found.Warnings.Select(warning => warning.Code).Distinct().Select(code => new AcceptedWarning(code, SimulatedAnnotators.Source))] };
            await answers.Submit(actor, registry.Project, assignment.Id, answer, $"{SimulatedAnnotators.Source}-{assignment.Id}-{assignment.Version}");
            answered++;
            edited += answer.Edit?.Outcome == EditOutcome.Edited ? 1 : 0;
        }
        if (call.GetValue(CommandLine.Json))
            JsonOutput.WriteLine(new { answered, edited, source = SimulatedAnnotators.Source });
        else
            Console.WriteLine($"{answered} items answered by a simulated annotator{(kind == TaskKind.Edit ? $", {edited} of them edited" : "")}");
        return 0;
    }

    private static Answer AnswerTo(AssignmentView assignment, Regime regime, int seed)
    {
        ShownItem item = assignment.Item;
        if (item.Turns is not null || WorldPrompt.Read(item.Prompt) is not WorldPrompt prompt)
            throw new InvalidInputException($"item \"{item.ExternalId}\": its prompt is none of the built-in world's, so its annotators cannot say what is right");
        Annotator annotator = WorldCommand.AnnotatorOf(regime, seed, item.ExternalId);
        // By their place in the item, not by the order in which they are shown.
        ShownResponse[] responses = [.. item.Responses.OrderBy(response => response.Index)];
        IReadOnlyList<int> best = annotator.Rank(prompt, [.. responses.Select(response => response.Text)]);
        var work = new WorkRecord { Client = Client };
        if (assignment.Kind == TaskKind.Ranking)
            return new Answer(TaskKind.Ranking) { Ranking = new RankingAnswer([.. responses.Select((_, i) => best.Index().First(place => place.Item == i).Index + 1)]), Work = work };
        int target = best[^1];
        string original = responses[target].Text, edit = annotator.Edit(prompt, original).Edited;
        bool changed = edit != original;
        var said = new EditAnswer(responses.Length == 1 ? Choice.Single : Choice.Prefer, changed ? EditOutcome.Edited : EditOutcome.NoEditNeeded)
        {
            Preferred = responses.Length == 1 ? null : best[0],
            Target = target,
            Edited = changed ? edit : null,
        };
        return new Answer(TaskKind.Edit) { Edit = said, Work = work };
    }
}
