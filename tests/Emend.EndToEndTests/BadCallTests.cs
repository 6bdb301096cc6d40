using Xunit;

namespace Emend.EndToEndTests;

/// <summary>Calls that are wrong before any work begins.</summary>
public class BadCallTests
{
    [Fact]
    public void AnUnknownCommandIsNamed() => Finished.Emend(["docto"]).WasRefused("\"docto\"", "emend --help");

    [Fact]
    public void AnUnknownOptionIsNamedTogetherWithItsCommand() =>
        Finished.Emend(["doctor", "--colour"]).WasRefused("\"--colour\"", "emend doctor --help");

    [Fact]
    public void WithoutACommandTheHelpIsNamed() => Finished.Emend([]).WasRefused("emend --help");

    [Theory]
    [InlineData("ab", "{0}")]
    [InlineData("ab", "votes.jsonl", "--assignments", "{0}")]
    [InlineData("train", "sft", "{0}")]
    [InlineData("suite", "run", "{0}", "--model", "m", "--output", "{0}/x")]
    [InlineData("judge", "{0}", "--model", "m", "--output", "{0}/x")]
    [InlineData("restore", "{0}", "--data", "{0}/studio")]
    public void AFolderWhereAFileIsExpectedIsSaid(params string[] arguments)
    {
        using var folder = new TemporaryFolder();

        Finished.Emend([.. arguments.Select(argument => argument.Replace("{0}", folder.Path, StringComparison.Ordinal))]).WasRefused(folder.Path, "is a folder", "is expected");
    }

    // A call that fails leaves no trace.
    [Theory]
    [InlineData("judge", "{0}/pairs.jsonl", "--model", "nowhere", "--output", "{0}/new/folder/verdicts.jsonl")]
    [InlineData("judge", "{0}/pairs.jsonl", "--model", "{0}", "--api-key-variable", "NO_SUCH_KEY", "--output", "{0}/new/verdicts.jsonl")]
    [InlineData("verify", "--data", "{0}/new")]
    [InlineData("restore", "{0}/pairs.jsonl", "--data", "{0}/new/studio")]
    [InlineData("restore", "{0}/nothing", "--data", "{0}/new")]
    public void ARefusedCallMakesNoFolders(params string[] arguments)
    {
        using var folder = new TemporaryFolder();
        folder.Write("pairs.jsonl", """{"prompt": "p", "a": "1", "b": "2"}""");

        Finished.Emend([.. arguments.Select(argument => argument.Replace("{0}", folder.Path, StringComparison.Ordinal))]).WasRefused();

        Assert.Equal(["pairs.jsonl"], Directory.GetFileSystemEntries(folder.Path).Select(entry => Path.GetFileName(entry)));
    }

    [Fact]
    public void AKeyWithoutAnAddressIsRefused()
    {
        using var folder = new TemporaryFolder();
        string pairs = folder.Write("pairs.jsonl", """{"prompt": "p", "a": "1", "b": "2"}""");

        Finished.Emend(["judge", pairs, "--model", folder.Path, "--api-key-variable", "KEY", "--output", Path.Combine(folder.Path, "v")]).WasRefused("--api-key-variable: goes with --url");
    }

    [Fact]
    public void HelpListsTheCommandsAndTheLaunchersTest()
    {
        string help = Finished.Emend(["--help"]).Succeeded().Out;

        Assert.Contains("doctor", help);
        Assert.Contains("emend test", help);
    }
}
