using System.Text.RegularExpressions;
using Xunit;

namespace Emend.UnitTests.Architecture;

/// <summary>What every file of the project keeps to, whatever is in it.</summary>
public partial class SourceFileTests
{
    private const int HardStop = 600;

    private static readonly string[] CodeFolders = ["src", "tests", "native", "launcher"];

    [Fact]
    public void NoFileIsLongerThanTheHardStop()
    {
        string[] tooLong =
        [
            .. from file in Code()
               let lines = Repository.Lines(file).Length
               where lines > HardStop
               select $"{file}: {lines} lines"
        ];

        Assert.Empty(tooLong);
    }

    [Fact]
    public void NoFileNamesAPathOfOneMachine()
    {
        string[] paths =
        [
            .. from file in Everything()
               from line in Repository.Lines(file)
               where MachinePath().IsMatch(line)
               select $"{file}: {line.Trim()}"
        ];

        Assert.Empty(paths);
    }

    [Fact]
    public void NothingIsLeftForLater()
    {
        string[] left =
        [
            .. from file in Code()
               where !file.EndsWith("/SourceFileTests.cs", StringComparison.Ordinal)
               from line in Repository.Lines(file)
               where LeftForLater().IsMatch(line)
               select $"{file}: {line.Trim()}"
        ];

        Assert.Empty(left);
    }

    private static IEnumerable<string> Code() =>
        CodeFolders.Where(folder => Directory.Exists(Path.Combine(Repository.Root, folder)))
            .SelectMany(folder => Repository.Files(folder, ".cs", ".cpp", ".h", ".sh"));

    private static IEnumerable<string> Everything() =>
        Repository.Files(".", ".cs", ".cpp", ".h", ".sh", ".md", ".yaml", ".yml", ".json", ".csproj", ".props", ".txt", ".py", ".html").Append("emend").Append(".ci/run");

    // Written in pieces so that this file does not match itself. A folder of that name inside a path is none of a machine.
    [GeneratedRegex("""(?<![\w.])/(wor[k]|far[m]|roo[t]|hom[e])/[a-z]""")]
    private static partial Regex MachinePath();

    [GeneratedRegex("""NotImplementedException|\bTODO\b|\bFIXME\b|\bHACK\b""")]
    private static partial Regex LeftForLater();
}
