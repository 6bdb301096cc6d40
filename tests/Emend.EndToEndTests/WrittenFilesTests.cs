using Xunit;

namespace Emend.EndToEndTests;

/// <summary>What a command writes to is looked at before anything is done: nothing that somebody needs is lost to a slip.</summary>
public sealed class WrittenFilesTests : IDisposable
{
    private const string Pair = """{"prompt": "p", "a": "1", "b": "2"}""";
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("judge", "PAIRS")]
    [InlineData("annotate", "RESPONSES")]
    public void AFileThatIsReadIsNotWritten(string command, string argument)
    {
        string file = folder.Write("pairs.jsonl", Pair);

        Finished.Emend([command, file, "--model", "m", "--output", file]).WasRefused("--output", $"is {argument} too");

        Assert.Equal(Pair, File.ReadAllText(file));
    }

    [Fact]
    public void ALinkToWhatIsReadIsNotWrittenEither()
    {
        string file = folder.Write("pairs.jsonl", Pair), link = Path.Combine(Path.GetDirectoryName(file)!, "link.jsonl");
        File.CreateSymbolicLink(link, file);

        Finished.Emend(["judge", file, "--model", "m", "--output", link]).WasRefused("--output");
    }

    [Fact]
    public void TwoOutputsAreTwoFiles()
    {
        string file = folder.Write("pairs.jsonl", Pair), output = Path.Combine(Path.GetDirectoryName(file)!, "new.jsonl");

        Finished.Emend(["annotate", file, "--model", "m", "--output", output, "--rejected", output]).WasRefused("--output", "is --rejected too");
    }

    [Fact]
    public void ADatabaseIsNotWrittenOver()
    {
        string database = folder.Write("studio.db", "SQLite format 3\0 and the rest");

        Finished.Emend(["backup", database]).WasRefused("FILE", "is a database");
        Finished.Emend(["project", "export", "edits", "--output", database]).WasRefused("--output", "is a database");
        Assert.StartsWith("SQLite format 3", File.ReadAllText(database));
    }

    [Theory]
    [InlineData("backup", "{0}")]
    [InlineData("evaluate", "compare", "a", "b", "--world", "long", "--output", "{0}")]
    public void AFolderIsNotWritten(params string[] arguments) =>
        Finished.Emend([.. arguments.Select(argument => argument.Replace("{0}", folder.Path, StringComparison.Ordinal))]).WasRefused("is a folder; a file to write is expected");

    [Fact]
    public void AFolderIsNoFile() => Finished.Emend(["judge", folder.Write("pairs.jsonl", Pair), "--model", "m", "--output", Path.GetTempPath()]).WasRefused("is a folder");
}
