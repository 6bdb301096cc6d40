using System.CommandLine;
using System.Globalization;
using Emend.Feedback;
using Emend.Feedback.Prompts;
using Emend.Store;

namespace Emend.Cli.Commands.Prompts;

/// <summary>emend prompt: the prompt registry of a studio's store. A version is named by number, label, branch, or the beginning of its hash.</summary>
internal static class PromptCommand
{
    public static Command Create() => new("prompt", "Versions of prompts: add, compare, branch, merge, label, render, run.")
    {
        List(), Add(), Show(), Log(), Diff(),
        PromptPointers.Branch(), PromptPointers.Merge(), PromptPointers.Label(), PromptPointers.RollBack(),
        PromptUse.Render(), PromptUse.Metric(), PromptRunCommand.Create(), PromptPairsCommand.Create(),
    };

    internal static Argument<string> Name() => new("NAME") { Description = "Name of the prompt." };

    internal static Argument<string> Version(string name, string description) => new(name) { Description = description };

    internal static Argument<string> OptionalVersion() =>
        new("VERSION") { Description = "Number, label, branch, or the beginning of a hash; the head of main when absent.", DefaultValueFactory = _ => Store.Prompts.FirstBranch };

    internal static Option<string> Branched() => new("--branch") { Description = "The branch.", HelpName = "BRANCH", DefaultValueFactory = _ => Store.Prompts.FirstBranch };

    private static Command List()
    {
        var choice = new RegistryChoice();
        var command = new Command("list", "The prompts of a project.");
        choice.AddTo(command);
        command.SetAction((call, cancellation) => choice.Run(call, async registry =>
        {
            foreach (PromptSummary prompt in await registry.Prompts.List(registry.Project, 0, int.MaxValue))
            {
                if (call.GetValue(CommandLine.Json))
                    JsonOutput.WriteLine(prompt);
                else
                    Console.WriteLine($"{prompt.Name}: {prompt.Versions} versions; {string.Join(", ", prompt.Branches.Select(branch => $"{branch.Name} at {branch.Head}").Concat(prompt.Labels.Select(label => $"{label.Name} = {label.Number}")))}");
            }
            return 0;
        }));
        return command;
    }

    private static Command Add()
    {
        var choice = new RegistryChoice();
        Argument<string> name = Name();
        var file = new Argument<string>("FILE") { Description = "The version as JSON or YAML (docs/formats/prompts.md)." };
        Option<string> branch = Branched();
        var onto = new Option<int?>("--onto") { Description = "The version that the file was made from; the head of the branch when absent.", HelpName = "N" };
        var note = new Option<string>("--note") { Description = "What is new, and why.", HelpName = "TEXT", DefaultValueFactory = _ => "" };
        var command = new Command("add", "Add a version; where there is no prompt of the name yet, make it.") { name, file, branch, onto, note };
        choice.AddWithAuthorTo(command);
        command.SetAction((call, cancellation) => choice.Run(call, async registry =>
        {
            PromptContent content = PromptFile.Read(call.GetValue(file)!);
            string wanted = call.GetValue(name)!;
            PromptSummary? known = (await registry.Prompts.List(registry.Project, 0, int.MaxValue)).Find(prompt => prompt.Name == wanted);
            VersionView version;
            if (known is null)
            {
                (PromptView made, _) = await registry.Prompts.Create(registry.Actor, registry.Project, new NewPrompt(wanted, content, Note: call.GetValue(note)!), null);
                version = await registry.Versions.Get(registry.Project, made.Id, "1");
            }
            else
            {
                int seen = call.GetValue(onto) ?? await registry.HeadOf(known.Id, call.GetValue(branch)!);
                (version, _) = await registry.Versions.Commit(registry.Actor, registry.Project, known.Id, call.GetValue(branch)!, seen, content, call.GetValue(note)!, null);
            }
            Say(call, wanted, "added", version);
            return 0;
        }));
        return command;
    }

    private static Command Show()
    {
        var choice = new RegistryChoice();
        Argument<string> name = Name(), version = OptionalVersion();
        var command = new Command("show", "What a version says.") { name, version };
        choice.AddTo(command);
        command.SetAction((call, cancellation) => choice.Run(call, async registry =>
        {
            VersionView view = await registry.Versions.Get(registry.Project, await registry.IdOf(call.GetValue(name)!), call.GetValue(version)!);
            if (call.GetValue(CommandLine.Json))
                JsonOutput.WriteLine(view);
            else
                Console.WriteLine($"# {call.GetValue(name)}, version {view.Number} ({view.Hash[..12]}), {view.Author}: {view.Note}\n{view.Content.ToJson()}");
            return 0;
        }));
        return command;
    }

    private static Command Log()
    {
        var choice = new RegistryChoice();
        Argument<string> name = Name();
        var command = new Command("log", "Versions, newest first, with labels, tags and metrics, and what happened to branches and labels.") { name };
        choice.AddTo(command);
        command.SetAction((call, cancellation) => choice.Run(call, async registry =>
        {
            long id = await registry.IdOf(call.GetValue(name)!);
            PromptView prompt = await registry.Prompts.Get(registry.Project, id);
            List<PromptEventView> events = await registry.Prompts.Events(registry.Project, id, 0, int.MaxValue);
            if (call.GetValue(CommandLine.Json))
            {
                JsonOutput.WriteLine(new { prompt, events });
                return 0;
            }
            foreach (VersionSummary version in prompt.Versions.Reverse())
                Console.WriteLine(Line(prompt, version));
            foreach (PromptEventView happened in events)
                Console.WriteLine(Line(happened));
            return 0;
        }));
        return command;
    }

    private static Command Diff()
    {
        var choice = new RegistryChoice();
        Argument<string> name = Name(), from = Version("FROM", "The version before."), to = Version("TO", "The version after.");
        var command = new Command("diff", "What differs between two versions.") { name, from, to };
        choice.AddTo(command);
        command.SetAction((call, cancellation) => choice.Run(call, async registry =>
        {
            DiffView diff = await registry.Versions.Diff(registry.Project, await registry.IdOf(call.GetValue(name)!), call.GetValue(from)!, call.GetValue(to)!);
            if (call.GetValue(CommandLine.Json))
                JsonOutput.WriteLine(diff);
            else
                Print(diff);
            return 0;
        }));
        return command;
    }

    internal static void Say(ParseResult call, string prompt, string done, VersionView version)
    {
        if (call.GetValue(CommandLine.Json))
            JsonOutput.WriteLine(version);
        else
            Console.WriteLine($"{prompt}: version {version.Number} {done} on {version.Branch} ({version.Hash[..12]})");
    }

    private static string Line(PromptView prompt, VersionSummary version)
    {
        string[] marks =
        [
            .. prompt.Branches.Where(branch => branch.Head == version.Number).Select(branch => $"[{branch.Name}]"),
            .. prompt.Labels.Where(label => label.Number == version.Number).Select(label => $"<{label.Name}>"),
            .. version.Tags,
            .. version.Metrics.Select(metric => string.Create(CultureInfo.InvariantCulture, $"{metric.Name}={metric.Value:0.####}")),
        ];
        string parents = version.Parents.Count == 0 ? "" : $" from {string.Join(" and ", version.Parents)}";
        return $"{version.Number}{parents}{(version.Restores is int old ? $", brings back {old}" : "")} {version.Hash[..12]} {version.CreatedAt:yyyy-MM-dd HH:mm} {version.Author}: {version.Note} {string.Join(' ', marks)}".TrimEnd();
    }

    private static string Line(PromptEventView happened)
    {
        string At(int? number) => number?.ToString(CultureInfo.InvariantCulture) ?? "nowhere";
        string what = happened.Kind == "label-moved" ? "" : $" ({happened.Kind})";
        return $"{happened.CreatedAt:yyyy-MM-dd HH:mm} {happened.Name}: {At(happened.From)} -> {At(happened.To)}{what} by {happened.Actor}: {happened.Reason}".TrimEnd(' ', ':');
    }

    private static void Print(DiffView diff)
    {
        foreach (TextChange change in diff.Diff.Texts)
        {
            foreach (ReportedHunk hunk in change.Hunks)
                Console.WriteLine($"{change.Field} {hunk.Start}: [-{change.Before[hunk.Start..hunk.End]}-] {{+{hunk.Replacement}+}}");
        }
        foreach (SettingChange change in diff.Diff.Settings)
            Console.WriteLine($"{change.Field}: {change.Before ?? "not set"} -> {change.After ?? "not set"}");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{diff.Diff.ChangeRate:P1} of the text differ between versions {diff.From} and {diff.To}"));
    }
}
