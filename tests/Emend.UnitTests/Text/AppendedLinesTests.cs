using Emend.Text;
using Xunit;

namespace Emend.UnitTests.Text;

public sealed class AppendedLinesTests : IDisposable
{
    private static readonly string[] Openings = ["a", "bc"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("emend lines ");

    private string Path => System.IO.Path.Combine(_folder.FullName, "lines");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("a1\na2", "a1\n")]
    [InlineData("a1\nb", "a1\n")]
    [InlineData("bcd", "")]
    [InlineData("a1\n", "a1\n")]
    public void HalfALineIsCutOffByTheFirstThatIsAddedAndNotBefore(string content, string whole)
    {
        File.WriteAllText(Path, content);
        Open().Dispose();
        Assert.Equal(content, File.ReadAllText(Path));
        Assert.Equal(whole, string.Concat(AppendedLines.Read(Path).Select(line => System.Text.Encoding.UTF8.GetString(line) + "\n")));

        using (AppendedLines lines = Open())
        {
            lines.Add("a3"u8);
            lines.Add("a4"u8);
        }

        Assert.Equal($"{whole}a3\na4\n", File.ReadAllText(Path));
    }

    [Theory]
    [InlineData("a1\nx")]
    [InlineData("bd")]
    public void WhatIsNoHalfLineIsAnotherKindOfFile(string content)
    {
        File.WriteAllText(Path, content);

        Assert.Contains($"--lines {Path}: is another kind of file", Assert.Throws<InvalidInputException>(() => Open()).Message);
        Assert.Equal(content, File.ReadAllText(Path));
    }

    [Fact]
    public void FoldersThatWereMadeForAFileGoWithItAndNoOthers()
    {
        string inner = System.IO.Path.Combine(System.IO.Path.GetDirectoryName(Path)!, "made", "inner");
        AppendedLines Open() => AppendedLines.Open(System.IO.Path.Combine(inner, "lines"), "--lines", ["a"], _ => { });

        Open().Dispose();
        Assert.False(Directory.Exists(System.IO.Path.GetDirectoryName(inner)));

        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(inner)!);
        Open().Dispose();
        Assert.True(Directory.Exists(System.IO.Path.GetDirectoryName(inner)));
        Assert.False(Directory.Exists(inner));

        using (AppendedLines lines = Open())
            lines.Add("a1"u8);
        Assert.True(File.Exists(System.IO.Path.Combine(inner, "lines")));
    }

    [Fact]
    public void AFileThatNothingWasAddedToIsNotLeftBehindAndBeingDisposedTwiceDoesNothing()
    {
        AppendedLines lines = Open();
        Assert.True(File.Exists(Path));

        lines.Dispose();
        Assert.False(File.Exists(Path));
        File.WriteAllText(Path, "");          // another process's
        lines.Dispose();

        Assert.True(File.Exists(Path));
    }

    [Fact]
    public void AFileHasOneWriterAndOnlyAReadableOneIsReadMeanwhile()
    {
        using (AppendedLines first = AppendedLines.OpenReadable(Path, "--lines", Openings, _ => { }))
        {
            first.Add("a1"u8);

            Assert.Equal("a1\n", File.ReadAllText(Path));
            Assert.Contains("lines.lock", Assert.Throws<InvalidInputException>(() => AppendedLines.OpenReadable(Path, "--lines", Openings, _ => { })).Message);
        }
        using AppendedLines alone = Open();
        Assert.Throws<IOException>(() => File.ReadAllText(Path));
    }

    [Fact]
    public void LinesAreWholeWhereverThePiecesEnd()
    {
        // Around the 65536 bytes that are read at a time: a line end at the border, before it and behind it, a line of several pieces, empty ones.
        int[] lengths = [65534, 0, 65535, 65536, 65537, 0, 200_000, 3];
        byte[] bytes = [.. lengths.SelectMany((length, i) => Enumerable.Repeat((byte)('a' + i), length).Append((byte)'\n')), (byte)'z'];

        (byte[] Line, bool IsWhole)[] lines = [.. ByteLines.Read(new MemoryStream(bytes))];

        Assert.Equal([.. lengths, 1], lines.Select(line => line.Line.Length));
        Assert.All(lines[..^1].Index(), line => Assert.True(line.Item.IsWhole && line.Item.Line.All(unit => unit == 'a' + line.Index)));
        Assert.False(lines[^1].IsWhole);
        Assert.Empty(ByteLines.Read(new MemoryStream()));
    }

    private AppendedLines Open() => AppendedLines.Open(Path, "--lines", Openings, _ => { });
}
