using System.CommandLine;
using System.Globalization;
using Emend.Significance;
using Emend.Simulation;
using Emend.Studies;
using Emend.Tensors;
using Emend.Text;
using Spectre.Console;

namespace Emend.Cli.Commands;

/// <summary>emend evaluate: who wins, and how sure that is. Without a subcommand, one policy against a reference on held-out prompts.</summary>
internal static class EvaluateCommand
{
    private static readonly ComparisonOptions Defaults = new() { Policy = "", Reference = "" };
    private static readonly Option<string?> Policy = new("--policy") { Description = "Model folder of the policy to judge.", HelpName = "DIR" };
    private static readonly Option<string?> Reference = new("--reference") { Description = "Model folder of what it is judged against, as the SFT model; the same tokenizer.json.", HelpName = "DIR" };
    private static readonly Option<string?> Prompts = new("--prompts") { Description = """A file of JSON lines {"prompt": …}; goes with --judge.""", HelpName = "FILE" };
    private static readonly Option<string?> World = new("--world") { Description = "Test prompts of the built-in world instead, judged by its gold rubric: short or long.", HelpName = "REGIME" };
    private static readonly Option<string?> Judge = new("--judge") { Description = "Reward model folder that judges the responses.", HelpName = "REWARD_DIR" };
    private static readonly Option<int?> Count = new("--count") { Description = $"So many prompts. [default: all of the file, {ComparisonOptions.WorldPrompts} of the world]", HelpName = "N" };
    private static readonly Option<int> Samples = new("--samples") { Description = "Responses of the policy to each prompt.", HelpName = "N", DefaultValueFactory = _ => Defaults.Samples };
    private static readonly Option<int> ReferenceSamples = new("--reference-samples") { Description = "Responses of the reference to each prompt; every pair is judged.", HelpName = "N", DefaultValueFactory = _ => Defaults.ReferenceSamples };
    private static readonly Option<int> MaxNew = new("--max-new") { Description = "Most tokens of a response.", HelpName = "N", DefaultValueFactory = _ => Defaults.MaxNewTokens };
    private static readonly Option<double> Temperature = new("--temperature") { Description = "Divides the logits; 0 takes the most likely token.", HelpName = "T", DefaultValueFactory = _ => Defaults.Temperature };
    private static readonly Option<int> Seed = new("--seed") { Description = "The same seed gives the same prompts of the world and the same responses.", HelpName = "S", DefaultValueFactory = _ => Defaults.Seed };
    private static readonly TextChoice Texts = new();
    private static readonly Option<string> Dtype = new("--dtype") { Description = "Type to compute in: float32 or bfloat16.", HelpName = "TYPE", DefaultValueFactory = _ => "float32" };

    public static Command Create()
    {
        World.AcceptOnlyFromAmong("short", "long");
        Dtype.AcceptOnlyFromAmong("float32", "bfloat16");
        var command = new Command("evaluate", "Win rate of a policy against a reference on held-out prompts, with its interval and what a hacked reward shows in.") { EvaluateAspectsCommand.Create(), EvaluateCompareCommand.Create(), EvaluateVerdictsCommand.Create(), EvaluateRankCommand.Create() };
        foreach (Option option in (Option[])[Policy, Reference, Prompts, World, Judge, Count, Samples, ReferenceSamples, MaxNew, Temperature, Seed, .. Texts.Options, Dtype])
            command.Add(option);
        command.SetAction(call =>
        {
            ComparisonOptions options = Options(call);
            PolicyComparison comparison = PolicyComparison.Run(options, Console.Error.WriteLine, ProgressCount.Begin);
            foreach (string warning in comparison.Warnings)
                Console.Error.WriteLine($"warning: {warning}");
            if (call.GetValue(CommandLine.Json))
                JsonOutput.WriteLine(Machine(comparison, options));
            else
                Print(comparison, options);
        });
        return command;
    }

    private static ComparisonOptions Options(ParseResult call) => new()
    {
        Policy = call.GetValue(Policy) ?? throw new InvalidInputException("give --policy DIR and --reference DIR, or the subcommand verdicts FILE or rank FILE (emend evaluate --help shows all)"),
        Reference = call.GetValue(Reference) ?? throw new InvalidInputException("give --reference DIR: what the policy is judged against"),
        Prompts = call.GetValue(Prompts),
        World = call.GetValue(World) is { } regime ? regime == "long" ? Regime.Long : Regime.Short : null,
        Judge = call.GetValue(Judge),
        Text = Texts.Of(call),
        Count = call.GetValue(Count),
        Samples = call.GetValue(Samples),
        ReferenceSamples = call.GetValue(ReferenceSamples),
        MaxNewTokens = call.GetValue(MaxNew),
        Temperature = call.GetValue(Temperature),
        Seed = call.GetValue(Seed),
        Compute = call.GetValue(Dtype) == "bfloat16" ? DType.BFloat16 : DType.Float32,
    };

    private static object Machine(PolicyComparison comparison, ComparisonOptions options) => new
    {
        winRate = new { value = comparison.WinRate.Value, low = comparison.WinRate.Low, high = comparison.WinRate.High },
        pValue = comparison.PValue,
        minimumDetectable = comparison.MinimumDetectable,
        lengthControlled = EvaluateVerdictsCommand.Machine(comparison.Lengths),
        length = comparison.Policy.Tokens,
        referenceLength = comparison.Reference.Tokens,
        distinctWords = comparison.Policy.Text.DistinctWords,
        referenceDistinctWords = comparison.Reference.Text.DistinctWords,
        duplicates = comparison.Policy.Text.TextsWithDuplicates,
        referenceDuplicates = comparison.Reference.Text.TextsWithDuplicates,
        kl = comparison.Kl,
        perplexity = comparison.Policy.Perplexity,
        referencePerplexity = comparison.Reference.Perplexity,
        prompts = comparison.Prompts,
        samples = options.Samples,
        referenceSamples = options.ReferenceSamples,
        seed = options.Seed,
        judge = comparison.Judge,
        warnings = comparison.Warnings,
    };

    private static void Print(PolicyComparison comparison, ComparisonOptions options)
    {
        Estimate rate = comparison.WinRate;
        Table table = new Table().Border(TableBorder.Simple).AddColumns("", "policy", "reference");
        table.AddRow("win rate %", Text($"{rate.Value:F1} [{rate.Low:F1}, {rate.High:F1}]"), "50.0");
        table.AddRow("at equal length %", Text($"{100 * comparison.Lengths.Controlled:F1} [{100 * comparison.Lengths.ControlledInterval.Low:F1}, {100 * comparison.Lengths.ControlledInterval.High:F1}]"), "50.0");
        table.AddRow("always the longer %", Text($"{100 * comparison.Lengths.AlwaysLonger:F1}"), Text($"{100 * (1 - comparison.Lengths.AlwaysLonger):F1}"));
        table.AddRow("tokens", Text($"{comparison.Policy.Tokens:F1}"), Text($"{comparison.Reference.Tokens:F1}"));
        table.AddRow("distinct words", Text($"{comparison.Policy.Text.DistinctWords}"), Text($"{comparison.Reference.Text.DistinctWords}"));
        table.AddRow("texts with duplicates %", Text($"{100 * comparison.Policy.Text.TextsWithDuplicates:F1}"), Text($"{100 * comparison.Reference.Text.TextsWithDuplicates:F1}"));
        table.AddRow("KL, nats a response", comparison.Kl is double kl ? Text($"{kl:F2}") : "–", "0.00");
        table.AddRow("perplexity", Text($"{comparison.Policy.Perplexity:F2}"), Text($"{comparison.Reference.Perplexity:F2}"));
        AnsiConsole.Write(table);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{comparison.Prompts} prompts, {options.Samples} responses against {options.ReferenceSamples}, judged by {comparison.Judge}; seed {options.Seed}"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"p = {comparison.PValue:G2} (sign flips over prompts); {comparison.MinimumDetectable:F1} points from 50 would be found in 4 of 5 such comparisons"));
    }

    private static string Text(FormattableString text) => Markup.Escape(text.ToString(CultureInfo.InvariantCulture));
}
