using System.CommandLine;
using Emend.Studies;
using Emend.Studies.Stages;
using Emend.Training;

namespace Emend.Cli.Commands;

/// <summary>emend train: one stage of training from a recipe. Formats: docs/formats/recipes.md.</summary>
internal static class TrainCommand
{
    public static Command Create() => new("train", "Train one stage from a recipe: a policy, a reward model, or PPO.")
    {
        Sft(),
        Reward("reward", "Train a reward model of whole responses from preferences, rankings or edits.", RewardKind.Sequence),
        Reward("token-reward", "Train a token-level reward model from edits (edited ≻ original) or preferences.", RewardKind.Token),
        Ppo(),
    };

    private static Command Sft()
    {
        var call = new TrainCall();
        Command command = call.Describe("sft", "Fine-tune a model on responses (the preferred ones, where there are several).");
        command.SetAction(parsed => call.Run<SftRecipe>(parsed, (recipe, file, watcher) => SftRun.Run(call.Paths(parsed).Into(recipe, file), watcher, Signals.Interruption)));
        return command;
    }

    private static Command Reward(string name, string description, RewardKind kind)
    {
        var call = new TrainCall();
        var rankings = new Option<string[]>("--rankings") { Description = "Files (or the folder) of what people compared beside the data, instead of the recipe's.", HelpName = "PATH" };
        Command command = call.Describe(name, description);
        command.Add(rankings);
        command.SetAction(parsed => call.Run<RewardRecipe>(parsed, (recipe, file, watcher) =>
            RewardRun.Run((call.Paths(parsed) with { Rankings = parsed.GetValue(rankings) }).Into(recipe, file), kind, watcher, Signals.Interruption)));
        return command;
    }

    private static Command Ppo()
    {
        var call = new TrainCall();
        var reward = new Option<string?>("--reward") { Description = "Reward model folder, instead of the recipe's.", HelpName = "DIR" };
        var pretraining = new Option<string[]>("--pretraining") { Description = "Files (or the folder) of texts for PPO-ptx, instead of the recipe's.", HelpName = "PATH" };
        var resume = new Option<bool>("--resume") { Description = "Go on from the last checkpoint of an unfinished run." };
        Command command = call.Describe("ppo", "Improve a policy against a reward model.");
        foreach (Option option in (Option[])[reward, pretraining, resume])
            command.Add(option);
        command.SetAction(parsed => call.Run<PpoRecipe>(parsed, (recipe, file, watcher) =>
        {
            TrainPaths paths = call.Paths(parsed) with { Reward = parsed.GetValue(reward), Pretraining = parsed.GetValue(pretraining) };
            return RunPpo(paths.Into(recipe, file), parsed.GetValue(resume), watcher);
        }));
        return command;
    }

    private static TrainResult RunPpo(PpoRecipe recipe, bool resume, IProgress<TrainingReport> watcher)
    {
        try
        {
            return PpoRun.Run(recipe, resume, watcher, Signals.Interruption);
        }
        catch (OperationCanceledException) when (recipe.CheckpointEvery > 0)
        {
            Console.Error.WriteLine($"emend: interrupted; what is done lies in {recipe.Output}.unfinished, and the same command with --resume goes on from there.");
            throw;
        }
    }
}

/// <summary>What every training command takes, and how it shows its progress and its end.</summary>
internal sealed class TrainCall
{
    private readonly Argument<string> _recipe = new("RECIPE") { Description = "YAML file with the settings of the run." };
    private readonly Option<string?> _model = new("--model") { Description = "Model folder to start from, instead of the recipe's.", HelpName = "DIR" };
    private readonly Option<string[]> _data = new("--data") { Description = "Data files, or the folder of the recipe's files, instead of the recipe's.", HelpName = "PATH" };
    private readonly Option<string?> _output = new("--output") { Description = "Folder to make, instead of the recipe's.", HelpName = "DIR" };

    public Command Describe(string name, string description) => new(name, description) { _recipe, _model, _data, _output };

    public TrainPaths Paths(ParseResult parsed) => new(parsed.GetValue(_model), parsed.GetValue(_data), parsed.GetValue(_output));

    /// <summary>Reads the recipe, runs the stage with its progress on stderr, and prints what came out.</summary>
    public void Run<T>(ParseResult parsed, Func<T, string, IProgress<TrainingReport>, TrainResult> stage) where T : class
    {
        string file = parsed.GetValue(_recipe)!;
        T recipe = RecipeReader.Read<T>(file);
        TrainResult result = TrainingProgress.Show(watcher => stage(recipe, file, watcher));
        if (parsed.GetValue(CommandLine.Json))
        {
            JsonOutput.WriteLine(result);
            return;
        }
        Console.WriteLine($"{result.Folder}: {result.Stage}, {result.Steps} steps in {result.Seconds:F1} s on {Counted(result.Data)}" + (result.Rankings is { } rankings ? $" and, of rankings, {Counted(rankings)}" : ""));
        Console.WriteLine(string.Join(", ", result.Metrics.Select(metric => $"{metric.Key} {metric.Value:G4}")));
    }

    private static string Counted(DataCounts data) => $"{data.Examples} examples of {data.Rows} rows"
        + (data.TooLong > 0 ? $", {data.TooLong} left out as too long" : "")
        + (data.Unchanged > 0 ? $", {data.Unchanged} rows compare nothing" : "")
        + (data.NotCut > 0 ? $", {data.NotCut} rows do not share the prompt's words" : "");
}
