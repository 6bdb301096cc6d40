using System.CommandLine;
using System.Globalization;
using Emend.Evaluation;
using Emend.Feedback;
using Emend.Significance;
using Emend.Studies;
using Emend.Text;
using Spectre.Console;

namespace Emend.Cli.Commands;

/// <summary>emend evaluate aspects: versions of a model looked at aspect by aspect, helpful, honest and harmless or whatever prompts try.</summary>
internal static class EvaluateAspectsCommand
{
    private static readonly Option<string?> Set = new("--set") { Description = "Pairs of given responses (aspect, prompt, better, worse) instead: which one does a version find likelier?", HelpName = "FILE" };
    private static readonly VersionChoice Choice = new();

    public static Command Create()
    {
        var models = new Argument<string[]>("MODEL") { Description = "Model folders: versions to look at.", Arity = ArgumentArity.OneOrMore };
        var command = new Command("aspects", "How helpful, honest and harmless versions of a model are, or how good in the aspects of your own prompts, with intervals.") { models };
        command.Add(Set);
        Choice.AddTo(command);
        command.SetAction(call =>
        {
            if (call.GetValue(Set) is { } set)
                OfSet(call, call.GetValue(models)!, set);
            else
                OfPrompts(call, call.GetValue(models)!);
        });
        return command;
    }

    private static void OfPrompts(ParseResult call, string[] models)
    {
        VersionQuestions questions = Choice.Questions(call);
        using ResponseJudge judge = Choice.Judge(call, questions) ?? throw new InvalidInputException("give --judge REWARD_DIR with --prompts: the gold rubric knows only the built-in world");
        ModelVersion.RequireFolders(models);
        IReadOnlyList<string> warnings = judge.Warnings(models);
        foreach (string warning in warnings)
            Console.Error.WriteLine($"warning: {warning}");
        VersionScores[] scores = [.. models.Select(model => VersionScores.Of(model, ModelVersion.Answer(model, questions, Choice.Options(call), counted: ProgressCount.Begin), judge))];
        AspectRow[][] rows = AspectRow.Of(scores, judge, Choice.Seed(call));
        Table table = new Table().Border(TableBorder.Simple).AddColumns("version", "aspect", "mean score", judge.Scores == ScoreKind.Faults ? "without fault %" : "prompts", "wins against the first %", "p, Holm");
        for (int m = 0; m < models.Length; m++)
        {
            if (call.GetValue(CommandLine.Json))
                JsonOutput.WriteLine(new { version = models[m], prompts = questions.Prompts.Count, length = scores[m].Answers.Average(answer => answer.Tokens), judge = judge.Name, warnings, aspects = rows[m].ToDictionary(row => row.Aspect, row => row.Machine(judge.Scores)) });
            foreach (AspectRow row in rows[m])
            {
                table.AddRow(Markup.Escape(models[m]), Markup.Escape(row.Aspect), Text($"{row.Mean.Value:F2} [{row.Mean.Low:F2}, {row.Mean.High:F2}]"), judge.Scores == ScoreKind.Faults ? Text($"{row.Faultless:F1}") : Text($"{row.Prompts}"),
                    row.WinRate is { } wins ? Text($"{wins.Value:F1} [{wins.Low:F1}, {wins.High:F1}]") : "–", row.PHolm is double p ? Text($"{p:G2}") : "–");
            }
        }
        if (!call.GetValue(CommandLine.Json))
            AnsiConsole.Write(table);
    }

    private static void OfSet(ParseResult call, string[] models, string set)
    {
        Choice.RefusePrompts(call, "--set");
        IReadOnlyList<AspectPair> pairs = AspectPairs.Read(set);
        bool[][] right = [.. models.Select(model => ModelVersion.PrefersBetter(model, pairs, set, Choice.Options(call)))];
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

    private static string Text(FormattableString text) => Markup.Escape(text.ToString(CultureInfo.InvariantCulture));
}
