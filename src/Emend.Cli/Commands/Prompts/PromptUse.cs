using System.CommandLine;
using Emend.Feedback.Prompts;
using Emend.Store;
using Emend.Text;

namespace Emend.Cli.Commands.Prompts;

/// <summary>Commands that use a version: fill its variables, record what was measured of it.</summary>
internal static class PromptUse
{
    internal static Option<string[]> Variables() =>
        new("--var") { Description = "NAME=VALUE of a variable; NAME=@FILE takes the text of a file. As often as needed.", HelpName = "NAME=VALUE", DefaultValueFactory = _ => [] };

    public static Command Render()
    {
        var choice = new RegistryChoice();
        Argument<string> name = PromptCommand.Name(), version = PromptCommand.OptionalVersion();
        Option<string[]> variables = Variables();
        var command = new Command("render", "The messages that a version makes of values.") { name, version, variables };
        choice.AddTo(command);
        command.SetAction((call, cancellation) => choice.Run(call, async registry =>
        {
            VersionView view = await registry.Versions.Get(registry.Project, await registry.IdOf(call.GetValue(name)!), call.GetValue(version)!);
            RenderedPrompt rendered = PromptRenderer.Render(view.Content, Read(call.GetValue(variables)!));
            if (call.GetValue(CommandLine.Json))
                JsonOutput.WriteLine(new { version = view.Number, view.Hash, messages = rendered.Chat().Select(message => new { message.Role, message.Content }) });
            else
                Console.WriteLine(string.Join("\n\n", rendered.Messages.Select(message => $"[{message.Role}]\n{message.Content}")));
            return 0;
        }));
        return command;
    }

    public static Command Metric()
    {
        var choice = new RegistryChoice();
        Argument<string> name = PromptCommand.Name(), version = PromptCommand.Version("VERSION", "The version that was measured."), metric = PromptCommand.Version("METRIC", "Its name; suite:NAME is the share of a suite's cases that pass.");
        var value = new Argument<double>("VALUE") { Description = "What was measured." };
        var source = new Option<string>("--source") { Description = "What measured it.", HelpName = "TEXT", Required = true };
        var size = new Option<int?>("--sample-size") { Description = "How many cases, votes or answers it comes from.", HelpName = "N" };
        var lower = new Option<bool>("--lower-is-better") { Description = "Of this metric less is better." };
        var command = new Command("metric", "Record what was measured of a version; its automatic tags follow.") { name, version, metric, value, source, size, lower };
        choice.AddWithAuthorTo(command);
        command.SetAction((call, cancellation) => choice.Run(call, async registry =>
        {
            var recorded = new NewMetric(call.GetValue(metric)!, call.GetValue(value), call.GetValue(source)!, call.GetValue(size), !call.GetValue(lower));
            (VersionSummary summary, _) = await registry.Metrics.Record(registry.Actor, registry.Project, await registry.IdOf(call.GetValue(name)!), call.GetValue(version)!, recorded, null);
            if (call.GetValue(CommandLine.Json))
                JsonOutput.WriteLine(summary);
            else
                Console.WriteLine($"{call.GetValue(name)}: version {summary.Number} {string.Join(' ', summary.Tags)}".TrimEnd());
            return 0;
        }));
        return command;
    }

    /// <exception cref="InvalidInputException">One is not NAME=VALUE, comes twice, or names a file that is not there.</exception>
    internal static Dictionary<string, string> Read(string[] given)
    {
        var values = new Dictionary<string, string>();
        foreach (string pair in given)
        {
            int equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals < 1)
                throw new InvalidInputException($"--var {pair}: NAME=VALUE is expected");
            string name = pair[..equals], value = pair[(equals + 1)..];
            if (value.StartsWith('@') && !File.Exists(value[1..]))
                throw new InvalidInputException($"--var {pair}: there is no file {value[1..]}");
            if (!values.TryAdd(name, value.StartsWith('@') ? File.ReadAllText(value[1..]).Replace("\r\n", "\n") : value))
                throw new InvalidInputException($"--var {name}: is given twice");
        }
        return values;
    }
}
