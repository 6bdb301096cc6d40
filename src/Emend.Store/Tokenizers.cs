using System.Collections.Concurrent;
using Emend.Feedback;
using Emend.Text;

namespace Emend.Store;

/// <summary>The tokenizers that projects measure edits with: tokenizer.json files below one folder, each loaded once.</summary>
public sealed class Tokenizers(string folder)
{
    private readonly ConcurrentDictionary<string, Tokenizer> _loaded = new();
    private readonly string _root = Path.GetFullPath(folder);

    /// <summary>What a project asks of its answers.</summary>
    public AnswerRules RulesOf(Project project) => new(project.BandLow, project.BandHigh,
        project.Labels.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
        project.Tokenizer is string name ? Load(name) : null);

    /// <summary>The tokenizer of this name: a file, or a folder with a tokenizer.json, below the root and nowhere else.</summary>
    /// <exception cref="RefusedException">The name leads out of the folder, to nothing, or to something that is no tokenizer.</exception>
    public Tokenizer Load(string name) => _loaded.GetOrAdd(name, _ =>
    {
        string path = Inside(name);
        try
        {
            return Tokenizer.Load(path);
        }
        catch (InvalidInputException)
        {
            // What the file holds is not shown: it may be no tokenizer at all.
            throw Wrong($"\"{name}\" is no tokenizer.json that can be read");
        }
    });

    private string Inside(string name)
    {
        if (name.Contains('\\') || name.Contains('\0') || Path.IsPathRooted(name) || name.Split('/').Any(part => part is ".." or "." or ""))
            throw Wrong($"\"{name}\" is no name below the tokenizers' folder; one like gpt2 or gpt2/tokenizer.json is expected");
        string path = Path.Combine(_root, name);
        if (!Path.Exists(path))
            throw Wrong($"there is no \"{name}\" in the tokenizers' folder");
        string file = Directory.Exists(path) ? Path.Combine(path, "tokenizer.json") : path;
        for (string? part = file; part is not null && part.Length > _root.Length; part = Path.GetDirectoryName(part))
        {
            if (new FileInfo(part).LinkTarget is not null)
                throw Wrong($"\"{name}\" is a link; a file of its own is expected");
        }
        return file;
    }

    private static RefusedException Wrong(string message) => RefusedException.Invalid(new FieldProblem("tokenizer", message));
}
