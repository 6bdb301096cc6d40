using System.CommandLine;
using System.Text.Json;
using Emend.Evaluation;
using Emend.Feedback;
using Emend.Studies;
using Emend.Text;
using Emend.Training;
using Spectre.Console;

namespace Emend.Cli.Commands;

/// <summary>emend evaluate compare: two versions of a model on the same prompts, side by side on a page that begins with where the new one is worse.</summary>
internal static class EvaluateCompareCommand
{
    private static readonly Argument<string?> Old = new("OLD") { Description = "Model folder of the version that there was; with --verdicts what A is called.", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Argument<string?> New = new("NEW") { Description = "Model folder of the new version; with --verdicts what B is called.", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<string?> Output = new("--output") { Description = "The page to write (HTML).", HelpName = "FILE" };
    private static readonly Option<string?> WritePairs = new("--write-pairs") { Description = "Also write the responses of both as pairs for emend judge, or for people; without --output only that.", HelpName = "FILE" };
    private static readonly Option<string?> Verdicts = new("--verdicts") { Description = "Ask nobody: what emend judge or people said of pairs (id, vote).", HelpName = "FILE" };
    private static readonly Option<string?> Pairs = new("--pairs") { Description = "With --verdicts: the pairs that were judged, where the verdicts do not hold the texts.", HelpName = "FILE" };
    private static readonly Option<string?> Reward = new("--reward") { Description = "Reward model folder, whose token rewards colour the responses. [default: the judge, where it rewards tokens]", HelpName = "REWARD_DIR" };
    private static readonly VersionChoice Choice = new();

    public static Command Create()
    {
        var command = new Command("compare", "Two versions side by side on one page, first of all where the new one is worse.") { Old, New };
        foreach (Option option in (Option[])[Output, WritePairs, Verdicts, Pairs, Reward])
            command.Add(option);
        Choice.AddTo(command);
        command.SetAction(call =>
        {
            if (call.GetValue(Verdicts) is { } verdicts)
                OfVerdicts(call, verdicts);
            else
                OfModels(call);
        });
        return command;
    }

    private static void OfModels(ParseResult call)
    {
        // 1. What can be refused before anybody is asked.
        if (call.GetValue(Pairs) is { } unjudged)
            throw new InvalidInputException($"--pairs {unjudged}: goes with --verdicts");
        if (call.GetValue(Old) is not { } old || call.GetValue(New) is not { } now)
            throw new InvalidInputException("give OLD and NEW, the model folders of two versions; or --verdicts FILE, where their responses are judged already");
        (string? output, string? pairs) = (call.GetValue(Output), call.GetValue(WritePairs));
        if (output is null && pairs is null)
            throw new InvalidInputException("give --output FILE for the page, or --write-pairs FILE for pairs that emend judge or people judge");
        VersionQuestions questions = Choice.Questions(call);
        ModelVersion.RequireFolders([old, now]);
        using ResponseJudge? judge = output is null ? null : Choice.Judge(call, questions)
            ?? throw new InvalidInputException("give --judge REWARD_DIR with --prompts: the gold rubric knows only the built-in world; or --write-pairs FILE, and have emend judge or people judge them");
        using Colouring colouring = Colouring.Of(call.GetValue(Reward));

        // 2. The responses.
        IReadOnlyList<VersionAnswer> before = ModelVersion.Answer(old, questions, Choice.Options(call), Console.Error.WriteLine, ProgressCount.Begin);
        IReadOnlyList<VersionAnswer> after = ModelVersion.Answer(now, questions, Choice.Options(call), Console.Error.WriteLine, ProgressCount.Begin);
        (string oldName, string newName) = Names(old, now);
        if (pairs is not null)
            WholeFile.Write(pairs, string.Concat(questions.Prompts.Select((prompt, i) => Row(prompt, oldName, before[i].Text, newName, after[i].Text) + "\n")));

        // 3. The judgement and the page.
        if (judge is null)
        {
            if (call.GetValue(CommandLine.Json))
                JsonOutput.WriteLine(new { old = oldName, @new = newName, prompts = questions.Prompts.Count, pairs = Path.GetFullPath(pairs!) });
            else
                Console.WriteLine($"{pairs}: {questions.Prompts.Count} pairs, A is {oldName}, B is {newName}; emend judge or people judge them, and --verdicts with --pairs makes the page");
            return;
        }
        IReadOnlyList<ComparedPrompt> compared = VersionScores.Of(newName, after, judge).Against(VersionScores.Of(oldName, before, judge), questions);
        var by = new VersionJudge(judge.Name, judge.Scores) { Warnings = judge.Warnings([old, now]) };
        Finish(call, VersionComparison.Of(oldName, newName, by, judge.Aspects, [.. compared.Select(colouring.Of)], Choice.Seed(call)), output!, pairs);
    }

    private static void OfVerdicts(ParseResult call, string verdicts)
    {
        Choice.RefuseAsking(call, "--verdicts");
        if (call.GetValue(WritePairs) is { } pairs)
            throw new InvalidInputException($"--write-pairs {pairs}: does not go with --verdicts");
        string output = call.GetValue(Output) ?? throw new InvalidInputException("give --output FILE for the page");
        VotedPairs voted = VotedPairs.Read(verdicts, call.GetValue(Pairs));
        using Colouring colouring = Colouring.Of(call.GetValue(Reward));
        (string old, string now) = (call.GetValue(Old), call.GetValue(New)) switch
        {
            ({ } a, { } b) => (a, b),
            (null, null) => voted.Names ?? ("A", "B"),
            _ => throw new InvalidInputException("OLD and NEW: one is missing; with --verdicts they are what A and B are called, both or neither"),
        };
        string[] aspects = [.. voted.Pairs.Select(one => one.Pair.Aspect).OfType<string>().Distinct()];
        double?[] Shares(ResponsePair pair, double share) => [.. aspects.Select(aspect => aspect == pair.Aspect ? share : (double?)null)];
        ComparedPrompt[] prompts = [.. voted.Pairs.Select(one => colouring.Of(new ComparedPrompt(
            one.Pair.Prompt, new SampleResponse(old, one.Pair.A, []), new SampleResponse(now, one.Pair.B, []), Shares(one.Pair, 1 - one.ForB), Shares(one.Pair, one.ForB), one.Pair.A.Length, one.Pair.B.Length)
        { Vote = one.ForB, Tries = one.Pair.Aspect }))];
        Finish(call, VersionComparison.Of(old, now, voted.Judge, aspects, prompts, Choice.Seed(call)), output, call.GetValue(Pairs));
    }

    private static void Finish(ParseResult call, VersionComparison comparison, string output, string? pairs)
    {
        foreach (string warning in comparison.Judge.Warnings)
            Console.Error.WriteLine($"warning: {warning}");
        VersionReport.Save(output, comparison);
        if (call.GetValue(CommandLine.Json))
            JsonOutput.WriteLine(CompareOutput.Machine(comparison, Path.GetFullPath(output), pairs is null ? null : Path.GetFullPath(pairs)));
        else
            CompareOutput.Print(comparison, output);
    }

    private static string Row(AspectPrompt prompt, string modelA, string a, string modelB, string b)
    {
        var row = new Dictionary<string, string> { ["id"] = prompt.Id, ["prompt"] = prompt.Prompt.Text, ["a"] = a, ["b"] = b, ["model_a"] = modelA, ["model_b"] = modelB };
        if (prompt.Aspect is { } aspect)
            row["aspect"] = aspect;
        return JsonSerializer.Serialize(row, JsonOutput.Options);
    }

    private static (string Old, string New) Names(string old, string now)
    {
        // So many folders of the paths as tell them apart: runs/a/policy and runs/b/policy are a/policy and b/policy.
        static string[] Parts(string folder) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)).Split(Path.DirectorySeparatorChar);
        (string[] before, string[] after) = (Parts(old), Parts(now));
        int count = 1;
        while (count < Math.Min(before.Length, after.Length) && before[^count] == after[^count])
            count++;
        return (string.Join('/', before[^count..]), string.Join('/', after[^count..]));
    }

    /// <summary>The reward model whose token rewards colour the responses; without one they keep the colours that the judge gave them.</summary>
    private sealed record Colouring(RewardModel? Model, Tokenizer? Tokenizer) : IDisposable
    {
        public static Colouring Of(string? folder) => folder is null ? new Colouring(null, null) : Directory.Exists(folder)
            ? new Colouring(RewardModel.Load(folder), Tokenizer.Load(folder))
            : throw new InvalidInputException($"--reward {folder}: there is no such folder");

        public ComparedPrompt Of(ComparedPrompt prompt) => Model is null ? prompt : prompt with { OldSample = Coloured(prompt.Prompt, prompt.OldSample), NewSample = Coloured(prompt.Prompt, prompt.NewSample) };

        public void Dispose() => Model?.Dispose();

        private SampleResponse Coloured(string prompt, SampleResponse response) => response with { Tokens = ModelVersion.Colours(Model!, Tokenizer!, prompt, response.Text) };
    }
}
