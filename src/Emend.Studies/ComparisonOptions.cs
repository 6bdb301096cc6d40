using Emend.Simulation;
using Emend.Tensors;

namespace Emend.Studies;

/// <summary>Which policies are compared, on which prompts, by whom.</summary>
public sealed record ComparisonOptions
{
    /// <summary>Prompts of the built-in world where no count is given.</summary>
    public const int WorldPrompts = 256;

    /// <summary>Model folders with one and the same tokenizer.json.</summary>
    public required string Policy { get; init; }
    public required string Reference { get; init; }

    /// <summary>File of prompts, or the regime of the built-in world whose test prompts are taken: one of the two.</summary>
    public string? Prompts { get; init; }
    public Regime? World { get; init; }

    /// <summary>Folder of a reward model; absent, the gold rubric of the built-in world judges.</summary>
    public string? Judge { get; init; }

    /// <summary>How prompts are read; where it says nothing, as the policies were trained.</summary>
    public TextSection Text { get; init; } = new();

    /// <summary>So many prompts: the first of the file (absent: all), or of the world.</summary>
    public int? Count { get; init; }

    /// <summary>Responses of each side to each prompt; every pair is judged.</summary>
    public int Samples { get; init; } = 2;
    public int ReferenceSamples { get; init; } = 4;

    public int MaxNewTokens { get; init; } = 128;
    public double Temperature { get; init; } = 1;
    public int Seed { get; init; }
    public DType Compute { get; init; } = DType.Float32;

    /// <summary>Every rule broken, in the words of the command's options.</summary>
    public IReadOnlyList<string> Problems()
    {
        List<string> problems = [.. Text.Problems().Select(problem => $"--{problem}")];
        foreach ((string option, string? folder) in new[] { ("--policy", Policy), ("--reference", Reference), ("--judge", Judge) })
        {
            if (folder is not null && !Directory.Exists(folder))
                problems.Add($"{option} {folder}: there is no such folder");
        }
        if (Prompts is null == World is null)
            problems.Add("give --prompts FILE or --world short|long: what both policies answer");
        if (Prompts is not null && Judge is null)
            problems.Add("give --judge REWARD_DIR with --prompts: the gold rubric knows only the built-in world");
        if (Prompts is not null && !File.Exists(Prompts))
            problems.Add($"--prompts {Prompts}: there is no such file");
        foreach ((string option, int? value) in new[] { ("--samples", Samples), ("--reference-samples", ReferenceSamples), ("--max-new", MaxNewTokens), ("--count", Count) })
        {
            if (value < 1)
                problems.Add($"{option} {value}: is not positive");
        }
        if (!(Temperature >= 0) || double.IsInfinity(Temperature))
            problems.Add($"--temperature {Temperature}: is not 0 or a positive number");
        return problems;
    }
}
