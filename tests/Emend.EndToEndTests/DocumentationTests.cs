using Emend.Cli;
using Xunit;

namespace Emend.EndToEndTests;

/// <summary>What the pages show works: every command exists with its options, and those that are quick are run.</summary>
public sealed class DocumentationTests : IDisposable
{
    private const string TestCommandOfTheLauncher = "test";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void EveryCommandShownExistsWithItsOptions()
    {
        string[] wrong =
        [
            .. from shown in ShownCommand.All()
               let arguments = shown.Arguments()
               where arguments.FirstOrDefault() != TestCommandOfTheLauncher
               from error in CommandLine.Create().Parse(arguments).Errors
               select $"{shown}: {error.Message}"
        ];

        Assert.Empty(wrong);
    }

    [Fact]
    public void EveryQuickCommandShownRuns()
    {
        ShownCommand[] quick = [.. ShownCommand.All().Where(shown => !shown.IsLong)];
        Assert.NotEmpty(quick);
        // A folder like a fresh checkout, whose launcher starts what was built with these tests.
        foreach (string part in (string[])["docs", "recipes", "native"])
            Directory.CreateSymbolicLink(Path.Combine(folder.Path, part), Path.Combine(Repository.Root, part));
        string launcher = folder.Write("emend", $"#!/bin/sh\nexec dotnet '{Path.Combine(AppContext.BaseDirectory, "emend.dll")}' \"$@\"\n");
        File.SetUnixFileMode(launcher, UnixFileMode.UserRead | UnixFileMode.UserExecute);

        foreach (ShownCommand shown in quick)
        {
            Finished finished = Finished.Run("bash", ["-c", $"set -o pipefail; {shown.Text}"], folder: folder.Path);
            Assert.True(finished.ExitCode == 0, $"{shown}\nexit code {finished.ExitCode}: {finished.Error}");
        }
    }

    [Fact]
    public void EveryCommandIsShownSomewhere()
    {
        string pages = string.Join('\n', ShownCommand.All().Select(shown => shown.Text));

        Assert.All(CommandLine.Create().Subcommands, command => Assert.Contains($"./emend {command.Name}", pages));
    }

    [Fact]
    public void EveryLinkBetweenPagesLeadsSomewhere()
    {
        string[] broken =
        [
            .. from page in Repository.Files("docs", ".md").Concat(["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])
               from link in LinksOf(page)
               where !Path.Exists(Path.Combine(Repository.Root, Path.GetDirectoryName(page)!, link))
               select $"{page}: {link}"
        ];

        Assert.Empty(broken);
    }

    private static IEnumerable<string> LinksOf(string page) =>
        from line in Repository.Lines(page)
        from piece in line.Split("](").Skip(1)
        let link = piece[..piece.IndexOf(')', StringComparison.Ordinal)].Split('#')[0]
        where link != "" && !link.Contains("://", StringComparison.Ordinal)
        select link;
}
