using Emend.Text;

namespace Emend.Feedback;

/// <summary>All that is wrong with a file, collected so that one run names everything and nothing is imported in part.</summary>
internal sealed class Problems(string path)
{
    private readonly string _name = Path.GetFileName(path);
    private readonly List<(int Line, string Text)> _problems = [];

    public void Add(int line, string message) => _problems.Add((line, $"{_name}:{line}: {message}"));

    public void Add(int line, string field, string message) => Add(line, $"{field}: {message}");

    /// <exception cref="InvalidInputException">There was a problem: all of them, in the order of their lines.</exception>
    public void ThrowIfAny()
    {
        if (_problems.Count > 0)
            throw InvalidInputException.ForProblems(path, [.. _problems.OrderBy(problem => problem.Line).Select(problem => problem.Text)]);
    }
}
