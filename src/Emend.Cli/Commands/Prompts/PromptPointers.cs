using System.CommandLine;
using Emend.Feedback.Prompts;
using Emend.Store;
using Emend.Text;

namespace Emend.Cli.Commands.Prompts;

/// <summary>Commands that move branches and labels; each move is an event with its reason.</summary>
internal static class PromptPointers
{
    public static Command Branch()
    {
        var choice = new RegistryChoice();
        Argument<string> name = PromptCommand.Name(), branch = PromptCommand.Version("BRANCH", "Name of the new branch.");
        var from = new Option<string>("--from") { Description = "Where it starts.", HelpName = "VERSION", DefaultValueFactory = _ => Store.Prompts.FirstBranch };
        Option<string> reason = Reason("");
        var command = new Command("branch", "Start a branch at a version.") { name, branch, from, reason };
        choice.AddWithAuthorTo(command);
        command.SetAction((call, cancellation) => choice.Run(call, async registry =>
        {
            BranchView made = await registry.Versions.Branch(registry.Actor, registry.Project, await registry.IdOf(call.GetValue(name)!), call.GetValue(branch)!, call.GetValue(from)!, call.GetValue(reason)!);
            Say(call, made, $"{call.GetValue(name)}: {made.Name} starts at version {made.Head}");
            return 0;
        }));
        return command;
    }

    public static Command Merge()
    {
        var choice = new RegistryChoice();
        Argument<string> name = PromptCommand.Name(), from = PromptCommand.Version("FROM", "What is merged: a branch or any version.");
        var into = new Option<string>("--into") { Description = "The branch that takes it in.", HelpName = "BRANCH", DefaultValueFactory = _ => Store.Prompts.FirstBranch };
        var content = new Option<string?>("--content") { Description = "The version that is to count, where both sides changed the same places.", HelpName = "FILE" };
        var at = new Option<int?>("--at") { Description = "The version that the branch was at when FILE was made; refused where it is not. Needed with --content, and FROM is then a number.", HelpName = "N" };
        var note = new Option<string>("--note") { Description = "What is new, and why.", HelpName = "TEXT", DefaultValueFactory = _ => "" };
        var command = new Command("merge", "Merge a version into a branch; conflicts are printed and nothing is changed.") { name, from, into, content, at, note };
        choice.AddWithAuthorTo(command);
        command.SetAction((call, cancellation) => choice.Run(call, async registry =>
        {
            long id = await registry.IdOf(call.GetValue(name)!);
            string target = call.GetValue(into)!;
            MergePreview preview = await registry.Versions.PreviewMerge(registry.Project, id, target, call.GetValue(from)!);
            PromptContent? chosen = call.GetValue(content) is string file ? PromptFile.Read(file) : null;
            if (chosen is not null && call.GetValue(at) is null)
                throw new InvalidInputException($"--content goes with --at N, the version that {target} was at when the file was made (it is at {preview.Into} now)");
            if (preview.Conflicts.Count > 0 && chosen is null)
                return Conflicts(call, preview);
            (VersionView version, _) = await registry.Versions.Merge(registry.Actor, registry.Project, id, target, call.GetValue(at) ?? preview.Into, call.GetValue(from)!, chosen, call.GetValue(note)!, null);
            if (preview.State == "fast-forward")
                Say(call, version, $"{call.GetValue(name)}: {target} moves on to version {version.Number}");
            else
                PromptCommand.Say(call, call.GetValue(name)!, "merged", version);
            return 0;
        }));
        return command;
    }

    public static Command Label()
    {
        var choice = new RegistryChoice();
        Argument<string> name = PromptCommand.Name(), label = PromptCommand.Version("LABEL", "production, staging, …"), version = PromptCommand.Version("VERSION", "Where it goes; \"nowhere\" takes it off.");
        Option<string> reason = Reason(null);
        var at = new Option<int?>("--at") { Description = "The version that it is believed to be at (0: nowhere); refused where it is not.", HelpName = "N" };
        var command = new Command("label", "Move a label to a version.") { name, label, version, reason, at };
        choice.AddWithAuthorTo(command);
        command.SetAction((call, cancellation) => choice.Run(call, async registry =>
        {
            long id = await registry.IdOf(call.GetValue(name)!);
            string moved = call.GetValue(label)!, to = call.GetValue(version)!;
            int seen = call.GetValue(at) ?? (await registry.Labels.Get(registry.Project, id, moved)).Number ?? 0;
            PromptEventView? before = seen == 0 ? null : (await registry.Prompts.Events(registry.Project, id, 0, int.MaxValue)).LastOrDefault(happened => happened.Name == moved && happened.To == seen && happened.Kind == "label-moved");
            LabelView view = await registry.Labels.Move(registry.Actor, registry.Project, id, moved, seen, to == "nowhere" ? null : to, call.GetValue(reason)!);
            string was = before is null ? "nowhere" : $"at version {seen}, moved there by {before.Actor} at {before.CreatedAt:yyyy-MM-dd HH:mm} UTC: {before.Reason}";
            var machine = new { view.Name, view.Number, before = before is null ? null : new { number = seen, by = before.Actor, at = before.CreatedAt, before.Reason } };
            Say(call, machine, $"{call.GetValue(name)}: {moved} is {(view.Number is int number ? $"at version {number}" : "nowhere")}; it was {was}");
            return 0;
        }));
        return command;
    }

    public static Command RollBack()
    {
        var choice = new RegistryChoice();
        Argument<string> name = PromptCommand.Name();
        var label = new Option<string?>("--label") { Description = "Moves this label back: to --to, or to where it was before.", HelpName = "LABEL" };
        var branch = new Option<string?>("--branch") { Description = "Adds a version to this branch that says what --to said.", HelpName = "BRANCH" };
        var to = new Option<string?>("--to") { Description = "The version to go back to.", HelpName = "VERSION" };
        Option<string> reason = Reason(null);
        var command = new Command("rollback", "Go back, as a new event: nothing that happened is rewritten.") { name, label, branch, to, reason };
        choice.AddWithAuthorTo(command);
        command.SetAction((call, cancellation) => choice.Run(call, async registry =>
        {
            long id = await registry.IdOf(call.GetValue(name)!);
            string? target = call.GetValue(to);
            switch (call.GetValue(label), call.GetValue(branch))
            {
                case (string moved, null):
                    int seen = (await registry.Labels.Get(registry.Project, id, moved)).Number ?? 0;
                    target ??= (await registry.Labels.Before(registry.Project, id, moved)).ToString(System.Globalization.CultureInfo.InvariantCulture);
                    LabelView view = await registry.Labels.Move(registry.Actor, registry.Project, id, moved, seen, target, call.GetValue(reason)!);
                    Say(call, view, $"{call.GetValue(name)}: {moved} is back at version {view.Number}");
                    return 0;
                case (null, string on) when target is not null:
                    (VersionView version, _) = await registry.Versions.RollBack(registry.Actor, registry.Project, id, on, await registry.HeadOf(id, on), target, call.GetValue(reason)!, null);
                    PromptCommand.Say(call, call.GetValue(name)!, $"brings back version {version.Restores}", version);
                    return 0;
                default:
                    throw new InvalidInputException("give --label LABEL, or --branch BRANCH with --to VERSION: what goes back");
            }
        }));
        return command;
    }

    private static int Conflicts(ParseResult call, MergePreview preview)
    {
        if (call.GetValue(CommandLine.Json))
        {
            JsonOutput.WriteLine(preview);
            return 1;
        }
        foreach (MergeConflict conflict in preview.Conflicts)
            Console.WriteLine($"{conflict.Field}\n  base:   {conflict.Base ?? "(nothing)"}\n  ours:   {conflict.Ours ?? "(nothing)"}\n  theirs: {conflict.Theirs ?? "(nothing)"}");
        Console.Error.WriteLine($"emend: versions {preview.Into} and {preview.From} change the same places; nothing was merged. Write what is to count into a file and give it with --content FILE --at {preview.Into}, and {preview.From} as FROM (--json shows both together).");
        return 1;
    }

    private static Option<string> Reason(string? absent)
    {
        var reason = new Option<string>("--reason") { Description = "Why.", HelpName = "TEXT", Required = absent is null };
        if (absent is not null)
            reason.DefaultValueFactory = _ => absent;
        return reason;
    }

    private static void Say<T>(ParseResult call, T view, string sentence)
    {
        if (call.GetValue(CommandLine.Json))
            JsonOutput.WriteLine(view);
        else
            Console.WriteLine(sentence);
    }
}
