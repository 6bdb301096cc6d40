using Emend.Evaluation;
using Emend.Text;

namespace Emend.Studies.Stages;

/// <summary>
/// The folder that a run makes. Until it is finished it has another name beside the target (OUTPUT.unfinished), so that a folder
/// with the wanted name is always whole. Left unfinished, it goes, unless there is a checkpoint in it to go on from.
/// </summary>
internal sealed class RunFolder : IDisposable
{
    private const string RecipeFile = "resolved-recipe.yaml";
    private readonly string _target;
    private bool _isFinished;

    private RunFolder(string target, string path)
    {
        (_target, Folder) = (target, path);
        Metrics = MetricsLog.Open(Path.Combine(path, "metrics.jsonl"));
    }

    /// <summary>Where to write.</summary>
    public string Folder { get; }
    public MetricsLog Metrics { get; }

    /// <summary>Whether the folder stays when the run ends unfinished.</summary>
    public bool KeepUnfinished { get; set; }

    /// <summary>A new run with its recipe, every default spelled out.</summary>
    /// <exception cref="InvalidInputException">The target is there already, or an unfinished run with a checkpoint is.</exception>
    public static RunFolder Create(string output, object recipe)
    {
        output = output.TrimEnd('/');
        string path = Check(output);
        if (File.Exists(CheckpointIn(path)))
            throw new InvalidInputException($"{path}: an unfinished run with a checkpoint is there; --resume goes on with it, or remove it to begin again");
        if (Directory.Exists(path))
            Directory.Delete(path, recursive: true);
        Directory.CreateDirectory(path);
        WholeFile.Write(Path.Combine(path, RecipeFile), RecipeReader.ToYaml(recipe));
        return new RunFolder(output, path);
    }

    /// <summary>The unfinished run of the same recipe, to go on with.</summary>
    /// <exception cref="InvalidInputException">There is none, or its recipe was another.</exception>
    public static RunFolder Reopen(string output, object recipe)
    {
        output = output.TrimEnd('/');
        string path = Check(output);
        if (!File.Exists(CheckpointIn(path)))
            throw new InvalidInputException($"{path}: there is no checkpoint to go on from; leave out --resume to begin");
        string[] before = File.ReadAllLines(Path.Combine(path, RecipeFile)), now = RecipeReader.ToYaml(recipe).TrimEnd('\n').Split('\n');
        (string Before, string Now) other = before.Zip(now).FirstOrDefault(lines => lines.First != lines.Second);
        if (other.Before is not null || before.Length != now.Length)
            throw new InvalidInputException($"{path}: the unfinished run had another recipe (\"{other.Before?.Trim()}\", now \"{other.Now?.Trim()}\"); go on with the same one, or remove it to begin again");
        return new RunFolder(output, path) { KeepUnfinished = true };
    }

    public static string CheckpointIn(string folder) => Path.Combine(folder, "checkpoint.safetensors");

    /// <summary>Gives the folder its name.</summary>
    public void Finish()
    {
        Metrics.Dispose();
        File.Delete(CheckpointIn(Folder));
        Directory.Move(Folder, _target);
        _isFinished = true;
    }

    public void Dispose()
    {
        Metrics.Dispose();
        if (!_isFinished && !KeepUnfinished)
            Directory.Delete(Folder, recursive: true);
    }

    private static string Check(string output)
    {
        if (output.Length == 0)
            throw new InvalidInputException("output: the recipe names no folder; give --output DIR");
        if (Directory.Exists(output) || File.Exists(output))
            throw new InvalidInputException($"output: {output} is there already; name another folder, or remove this one");
        return output + ".unfinished";
    }
}
