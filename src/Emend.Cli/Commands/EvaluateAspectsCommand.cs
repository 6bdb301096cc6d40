using System.CommandLine;
using System.Globalization;
using Emend.Evaluation;
using Emend.Feedback;
using Emend.Significance;
using Emend.Simulation;
using Emend.Studies;
using Emend.Text;
using Emend.Training;
using Spectre.Console;

namespace Emend.Cli.Commands;

/// <summary>emend evaluate aspects and emend evaluate compare: model versions looked at as helpful, honest and harmless.</summary>
internal static class EvaluateAspectsCommand
{
    private const int WorldPrompts = 256;
    private static readonly VersionOptions Defaults = new();
    private static readonly Option<string> World = new("--world") { Description = "Test prompts of the built-in world, judged by its gold rubric: short or long.", HelpName = "REGIME", DefaultValueFactory = _ => "short" };
    private static readonly Option<int> Count = new("--count") { Description = "So many prompts of the world.", HelpName = "N", DefaultValueFactory = _ => WorldPrompts };
    private static readonly Option<string?> Set = new("--set") { Description = "Pairs of given responses (aspect, prompt, better, worse) instead of the world: which one does a version find likelier?", HelpName = "FILE" };
    private static readonly Option<int> MaxNew = new("--max-new") { Description = "Most tokens of a response.", HelpName = "N", DefaultValueFactory = _ => Defaults.MaxNewTokens };
    private static readonly Option<double> Temperature = new("--temperature") { Description = "Divides the logits; 0 takes the most likely token.", HelpName = "T", DefaultValueFactory = _ => Defaults.Temperature };
    private static readonly Option<int> Seed = new("--seed") { Description = "Of the world's prompts, of samples, and of what is drawn for intervals.", HelpName = "S" };
    private static readonly TextChoice Texts = new();

    public static Command CreateAspects()
    {
        var models = new Argument<string[]>("MODEL") { Description = "Model folders: versions to look at.", Arity = ArgumentArity.OneOrMore };
        var command = new Command("aspects", "How helpful, honest and harmless versions of a model are, with intervals.") { models };
        AddOptions(command, Set);
        command.SetAction(call => Aspects(call, call.GetValue(models)!));
        return command;
    }

    public static Command CreateCompare()
    {
        var old = new Argument<string>("OLD") { Description = "Model folder of the version that there was." };
        var now = new Argument<string>("NEW") { Description = "Model folder of the new version." };
        var output = new Option<string>("--output") { Description = "The page to write (HTML).", HelpName = "FILE", Required = true };
        var reward = new Option<string?>("--reward") { Description = "Reward model folder, whose token rewards colour the responses.", HelpName = "REWARD_DIR" };
        var command = new Command("compare", "Two versions side by side on one page, first of all where the new one is worse.") { old, now };
        command.Add(output);
        command.Add(reward);
        AddOptions(command);
        command.SetAction(call => Compare(call, call.GetValue(old)!, call.GetValue(now)!, call.GetValue(output)!, call.GetValue(reward)));
        return command;
    }

    private static void AddOptions(Command command, params Option[] more)
    {
        World.AcceptOnlyFromAmong("short", "long");
        foreach (Option option in (Option[])[World, Count, .. more, MaxNew, Temperature, Seed, .. Texts.Options])
            command.Add(option);
    }

    private static void Aspects(ParseResult call, string[] models)
    {
        if (call.GetValue(Set) is { } set)
        {
            AspectsOfSet(call, models, set);
            return;
        }
        WorldPrompt[] prompts = Prompts(call);
        int seed = call.GetValue(Seed);
        Table table = new Table().Border(TableBorder.Simple).AddColumns("version", "aspect", "mean score", "without fault %");
        foreach (string model in models)
        {
            IReadOnlyList<VersionAnswer> answers = ModelVersion.Answer(model, prompts, Options(call));
            var aspects = Simulation.Aspects.All.Select(aspect => (Name(aspect), Scores: answers.Select(answer => answer.Judgement.ScoreOf(aspect)).ToArray()))
                .Append(("all", Scores: answers.Select(answer => answer.Judgement.Score).ToArray()))
                .Select(one => (Name: one.Item1, Mean: VersionComparison.Mean(one.Scores, seed), Faultless: 100.0 * one.Scores.Count(score => score >= 0) / one.Scores.Length)).ToArray();
            if (call.GetValue(CommandLine.Json))
                JsonOutput.WriteLine(new { version = model, prompts = prompts.Length, length = answers.Average(answer => answer.Tokens), aspects = aspects.ToDictionary(one => one.Name, one => new { score = one.Mean.Value, low = one.Mean.Low, high = one.Mean.High, faultless = one.Faultless }) });
            foreach ((string name, Estimate mean, double faultless) in aspects)
                table.AddRow(Markup.Escape(model), name, Text($"{mean.Value:F2} [{mean.Low:F2}, {mean.High:F2}]"), Text($"{faultless:F1}"));
        }
        if (!call.GetValue(CommandLine.Json))
            AnsiConsole.Write(table);
    }

    private static void AspectsOfSet(ParseResult call, string[] models, string set)
    {
        IReadOnlyList<AspectPair> pairs = AspectPairs.Read(set);
        bool[][] right = [.. models.Select(model => ModelVersion.PrefersBetter(model, pairs, set, Options(call)))];
        string[] aspects = [.. pairs.Select(pair => pair.Aspect).Distinct()];
        // With two versions or more: each against the first, on the pairs of one aspect, corrected for all of them.
        double?[] pValues = [.. models.SelectMany((_, m) => aspects.Select(aspect => m == 0 ? null : (double?)McNemar(pairs, aspect, right[0], right[m])))];
        double[] corrected = PairedTests.Holm([.. pValues.OfType<double>()]);
        Table table = new Table().Border(TableBorder.Simple).AddColumns("version", "aspect", "prefers the better %", "pairs", "p, Holm, against the first");
        for (int m = 0, tested = 0; m < models.Length; m++)
        {
            var rows = new Dictionary<string, object>();
            foreach (string aspect in aspects)
            {
                (int wins, int total) = (pairs.Where((pair, i) => pair.Aspect == aspect && right[m][i]).Count(), pairs.Count(pair => pair.Aspect == aspect));
                Interval interval = Interval.Wilson(wins, total);
                double? p = m == 0 ? null : corrected[tested++];
                rows[aspect] = new { rate = 100.0 * wins / total, low = 100 * interval.Low, high = 100 * interval.High, pairs = total, pHolm = p };
                table.AddRow(Markup.Escape(models[m]), Markup.Escape(aspect), Text($"{100.0 * wins / total:F1} [{100 * interval.Low:F1}, {100 * interval.High:F1}]"), Text($"{total}"), p is double value ? Text($"{value:G2}") : "–");
            }
            if (call.GetValue(CommandLine.Json))
                JsonOutput.WriteLine(new { version = models[m], pairs = pairs.Count, aspects = rows });
        }
        if (!call.GetValue(CommandLine.Json))
            AnsiConsole.Write(table);
    }

    private static double McNemar(IReadOnlyList<AspectPair> pairs, string aspect, bool[] first, bool[] second)
    {
        int[] own = [.. Enumerable.Range(0, pairs.Count).Where(i => pairs[i].Aspect == aspect)];
        return PairedTests.McNemar(own.Count(i => second[i] && !first[i]), own.Count(i => first[i] && !second[i]));
    }

    private static void Compare(ParseResult call, string old, string now, string output, string? rewardFolder)
    {
        if (rewardFolder is not null && !Directory.Exists(rewardFolder))
            throw new InvalidInputException($"--reward {rewardFolder}: there is no such folder");
        WorldPrompt[] prompts = Prompts(call);
        using RewardModel? reward = rewardFolder is null ? null : RewardModel.Load(rewardFolder);
        (RewardModel, Tokenizer)? colours = reward is null ? null : (reward, Tokenizer.Load(rewardFolder!));
        Console.Error.WriteLine($"{old} answers {prompts.Length} prompts");
        IReadOnlyList<VersionAnswer> before = ModelVersion.Answer(old, prompts, Options(call));
        Console.Error.WriteLine($"{now} answers them");
        IReadOnlyList<VersionAnswer> after = ModelVersion.Answer(now, prompts, Options(call));
        (string oldName, string newName) = Names(old, now);
        VersionComparison comparison = VersionComparison.Of(oldName, newName, "the gold rubric of the built-in world", [.. Simulation.Aspects.All.Select(Name)],
            [.. prompts.Select((prompt, i) => new ComparedPrompt(prompt.Text, ModelVersion.Sample(oldName, prompt.Text, before[i].Text, colours), ModelVersion.Sample(newName, prompt.Text, after[i].Text, colours),
                Scores(before[i]), Scores(after[i]), before[i].Tokens, after[i].Tokens))], call.GetValue(Seed));
        VersionReport.Save(output, comparison);
        if (call.GetValue(CommandLine.Json))
            JsonOutput.WriteLine(Machine(comparison, Path.GetFullPath(output)));
        else
            Print(comparison, output);
    }

    private static double[] Scores(VersionAnswer answer) => [.. Simulation.Aspects.All.Select(aspect => answer.Judgement.ScoreOf(aspect))];

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

    private static WorldPrompt[] Prompts(ParseResult call)
    {
        (Regime regime, int count, int seed) = (call.GetValue(World) == "long" ? Regime.Long : Regime.Short, call.GetValue(Count), call.GetValue(Seed));
        if (count < 1)
            throw new InvalidInputException($"--count {count}: is not positive");
        return [.. Simulation.World.Create(WorldOptions.For(regime), seed).Prompts(Split.Test, count, seed)];
    }

    private static VersionOptions Options(ParseResult call) => new() { Text = Texts.Of(call), MaxNewTokens = call.GetValue(MaxNew), Temperature = call.GetValue(Temperature), Seed = call.GetValue(Seed) };

    private static object Machine(VersionComparison comparison, string report) => new
    {
        old = comparison.OldName,
        @new = comparison.NewName,
        prompts = comparison.Prompts.Count,
        winRate = new { value = comparison.WinRate.Value, low = comparison.WinRate.Low, high = comparison.WinRate.High },
        pValue = comparison.PValue,
        pHolm = comparison.PHolm,
        minimumDetectable = comparison.MinimumDetectable,
        lengthControlled = EvaluateVerdictsCommand.Machine(comparison.Lengths),
        aspects = comparison.Aspects.ToDictionary(aspect => aspect.Aspect, aspect => new
        {
            old = aspect.Old.Value,
            @new = aspect.New.Value,
            difference = aspect.Difference.Value,
            low = aspect.Difference.Low,
            high = aspect.Difference.High,
            pValue = aspect.PValue,
            pHolm = aspect.PHolm,
            oldFaultless = 100 * aspect.OldFaultless,
            newFaultless = 100 * aspect.NewFaultless,
            better = aspect.Better,
            worse = aspect.Worse,
        }),
        worse = comparison.Worse.Count(),
        report,
    };

    private static void Print(VersionComparison comparison, string output)
    {
        Table table = new Table().Border(TableBorder.Simple).AddColumns("aspect", "old", "new", "difference", "p, Holm", "worse on");
        foreach (AspectDifference aspect in comparison.Aspects)
            table.AddRow(aspect.Aspect, Text($"{aspect.Old.Value:F2}"), Text($"{aspect.New.Value:F2}"), Text($"{aspect.Difference.Value:+0.00;-0.00;0.00} [{aspect.Difference.Low:F2}, {aspect.Difference.High:F2}]"), Text($"{aspect.PHolm:G2}"), Text($"{aspect.Worse}"));
        AnsiConsole.Write(table);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{comparison.NewName} wins {comparison.WinRate.Value:F1} % [{comparison.WinRate.Low:F1}, {comparison.WinRate.High:F1}] against {comparison.OldName}, at equal length {100 * comparison.Lengths.Controlled:F1} %; it is worse on {comparison.Worse.Count()} of {comparison.Prompts.Count} prompts. Page: {Path.GetFullPath(output)}"));
    }

    private static string Name(Aspect aspect) => aspect.ToString().ToLowerInvariant();

    private static string Text(FormattableString text) => Markup.Escape(text.ToString(CultureInfo.InvariantCulture));
}
