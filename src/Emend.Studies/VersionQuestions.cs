using Emend.Feedback;
using Emend.Simulation;
using Emend.Text;

namespace Emend.Studies;

/// <summary>What versions of a model are asked: prompts of the built-in world, or of a file.</summary>
/// <param name="Source">The file, or what stands for it in messages.</param>
/// <param name="World">The prompts with what the gold rubric judges by; null for those of a file.</param>
public sealed record VersionQuestions(string Source, IReadOnlyList<AspectPrompt> Prompts, IReadOnlyList<WorldPrompt>? World = null)
{
    /// <summary>The names of aspects that prompts try, in the order in which the file comes to them; none where it names none.</summary>
    public IReadOnlyList<string> Aspects => [.. Prompts.Select(prompt => prompt.Aspect).OfType<string>().Distinct()];

    /// <summary>So many test prompts of the built-in world.</summary>
    public static VersionQuestions OfWorld(Regime regime, int count, int seed)
    {
        WorldPrompt[] drawn = [.. Simulation.World.Create(WorldOptions.For(regime), seed).Prompts(Split.Test, count, seed)];
        return new VersionQuestions("prompts of the built-in world", [.. drawn.Select((prompt, i) => new AspectPrompt($"world-{i + 1}", null, new Prompt(prompt.Text)) { Line = i + 1 })], drawn);
    }

    /// <summary>The prompts of a file, or so many of them from the first on.</summary>
    /// <exception cref="InvalidInputException">There is no such file, a row is wrong, or there are fewer.</exception>
    public static VersionQuestions OfFile(string path, int? count)
    {
        if (!File.Exists(path))
            throw new InvalidInputException($"--prompts {path}: there is no such file");
        IReadOnlyList<AspectPrompt> rows = AspectPrompts.Read(path);
        return rows.Count > 0 && !(count > rows.Count)
            ? new VersionQuestions(path, [.. rows.Take(count ?? rows.Count)])
            : throw new InvalidInputException($"{path}: has {rows.Count} prompts, where {(count is int wanted ? $"--count asks for {wanted}" : "at least one is needed")}");
    }
}
