using Emend.Feedback.Prompts;
using Emend.Text;

namespace Emend.Cli.Commands.Prompts;

/// <summary>A version of a prompt in a file: JSON, or YAML without anchors, aliases and tags.</summary>
internal static class PromptFile
{
    private const long LargestBytes = 4 << 20;

    /// <exception cref="InvalidInputException">The file is not there, too large, or no version of a prompt.</exception>
    public static PromptContent Read(string file)
    {
        string text = PlainYaml.ReadFile(file, "prompt", LargestBytes);
        return PromptContent.Parse(Path.GetExtension(file) is ".yaml" or ".yml" ? FromYaml(file, text) : text, file);
    }

    private static string FromYaml(string file, string text)
    {
        var problems = new List<string>();
        YamlMapping? mapping = PlainYaml.Parse(text, "prompt", (line, path, message) => problems.Add($"{Path.GetFileName(file)}:{line}: {(path.Length > 0 ? $"{path}: " : "")}{message}"));
        return problems.Count > 0 ? throw InvalidInputException.ForProblems(file, problems) : YamlJson.Text(mapping!);
    }
}
