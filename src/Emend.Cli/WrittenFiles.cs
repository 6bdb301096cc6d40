using System.CommandLine;
using System.CommandLine.Parsing;
using Emend.Text;

namespace Emend.Cli;

/// <summary>The files that a call writes, looked at before anything is done: none is a folder, a database, or what the same call reads.</summary>
internal static class WrittenFiles
{
    private const string Output = "FILE";
    private static readonly HashSet<string> Options = ["--output", "--rejected", "--items", "--cache", "--write-pairs"];

    // A suite's results are added to, and what they were before is what they are compared with.
    private const string Baseline = "--baseline";

    // The one command that is told by an argument where to write.
    private const string Backup = "backup";

    /// <exception cref="InvalidInputException">A file that would be written must not be.</exception>
    public static void Check(ParseResult call)
    {
        (string Name, string Path, bool Writes)[] given = [.. Given(call.CommandResult)];
        foreach ((string name, string path, _) in given.Where(file => file.Writes))
        {
            if (Directory.Exists(path))
                throw new InvalidInputException($"{name} {path}: is a folder; a file to write is expected");
            foreach ((string other, string otherPath, bool alsoWritten) in given)
            {
                if (other != name && other != Baseline && (alsoWritten || File.Exists(path)) && Full(otherPath) == Full(path))
                    throw new InvalidInputException($"{name} {path}: is {other} too; what a command writes is a file of its own");
            }
            if (IsDatabase(path))
                throw new InvalidInputException($"{name} {path}: is a database, which would be lost; another file is expected");
        }
    }

    private static IEnumerable<(string Name, string Path, bool Writes)> Given(CommandResult command)
    {
        foreach (SymbolResult child in command.Children)
        {
            (string name, bool writes) = child switch
            {
                OptionResult option => (option.Option.Name, Options.Contains(option.Option.Name) && option.Option.HelpName == Output),
                ArgumentResult argument => (argument.Argument.Name, command.Command.Name == Backup),
                _ => ("", false),
            };
            if (name.Length == 0)
                continue;
            foreach (Token token in child.Tokens)
                yield return (name, token.Value, writes);
        }
    }

    private static string Full(string path)
    {
        try
        {
            string full = Path.GetFullPath(path);
            return new FileInfo(full).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? full;
        }
        catch (Exception exception) when (exception is ArgumentException or IOException or NotSupportedException)
        {
            return path;                    // no path at all: a text that another option takes
        }
    }

    private static bool IsDatabase(string path)
    {
        if (!File.Exists(path))
            return false;
        Span<byte> start = stackalloc byte[16];
        using FileStream file = File.Open(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        return file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length && start.SequenceEqual("SQLite format 3\0"u8);
    }
}
