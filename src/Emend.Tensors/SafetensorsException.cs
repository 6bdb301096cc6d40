namespace Emend.Tensors;

/// <summary>A safetensors file, folder or index is not what it should be. The message names the file, the tensor, the value found and what would be right.</summary>
public sealed class SafetensorsException(string message) : Exception(message)
{
    private const int ProblemsShown = 20;

    internal static SafetensorsException ForProblems(string file, IReadOnlyList<string> problems)
    {
        if (problems.Count == 1)
            return new SafetensorsException($"{file}: {problems[0]}");
        IEnumerable<string> shown = problems.Take(ProblemsShown).Select(problem => $"\n  {problem}");
        string rest = problems.Count > ProblemsShown ? $"\n  and {problems.Count - ProblemsShown} more" : "";
        return new SafetensorsException($"{file}: {problems.Count} problems; nothing was read.{string.Concat(shown)}{rest}");
    }
}
