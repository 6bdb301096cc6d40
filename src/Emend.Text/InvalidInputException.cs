namespace Emend.Text;

/// <summary>What a person gave us is wrong: the message names the place, the value found and what would be right. Never a bug of ours.</summary>
public sealed class InvalidInputException(string message) : Exception(message)
{
    private const int ProblemsShown = 20;

    /// <summary>Refuses a path where no file is: nothing at all, or a folder.</summary>
    /// <param name="expected">What is expected there, with its article: "a recipe (YAML)".</param>
    /// <param name="option">The option that gave the path, with a space behind it.</param>
    public static void ThrowIfNoFile(string path, string expected, string option = "")
    {
        if (Directory.Exists(path))
            throw new InvalidInputException($"{option}{path}: is a folder; {expected} is expected");
        if (!File.Exists(path))
            throw new InvalidInputException($"{option}{path}: there is no such file; {expected} is expected");
    }

    /// <summary>One exception for every problem of a file, so that one run shows them all (the first twenty in full). A single problem is a single sentence.</summary>
    public static InvalidInputException ForProblems(string file, IReadOnlyList<string> problems)
    {
        if (problems is [var only])
        {
            string name = $"{Path.GetFileName(file)}:";
            return new InvalidInputException($"{(only.StartsWith(name, StringComparison.Ordinal) ? $"{file}:{only[name.Length..]}" : $"{file}: {only}")}; nothing was read.");
        }
        IEnumerable<string> shown = problems.Take(ProblemsShown).Select(problem => $"  {problem}");
        string rest = problems.Count > ProblemsShown ? $"\n  and {problems.Count - ProblemsShown} more" : "";
        return new InvalidInputException($"{file}: {problems.Count} problems; nothing was read.\n{string.Join('\n', shown)}{rest}");
    }
}
