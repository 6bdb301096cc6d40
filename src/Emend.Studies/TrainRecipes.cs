// The recipes of `emend train`. Format: docs/formats/recipes.md.
using Emend.Models;
using Emend.Training;

namespace Emend.Studies;

/// <summary>Type of activations; parameters and their optimizer states are float32 always.</summary>
public enum ComputeType
{
    /// <summary>bfloat16 on a CPU with AMX, float32 elsewhere.</summary>
    Auto,
    Float32,
    Bfloat16,
}

/// <summary>How a file of texts is written; see docs/formats/edits.md.</summary>
public enum DataFormat
{
    /// <summary>Common edit rows: the edited text is preferred to the response.</summary>
    EditRows,
    PromptChosenRejected,
    AlpacaFarm,
    HhRlhf,

    /// <summary>K responses to a prompt with their ranks.</summary>
    Rankings,

    /// <summary>`prompt` and `completion`: supervised fine-tuning alone.</summary>
    PromptCompletion,

    /// <summary>`prompt`, whatever else a row holds: PPO alone.</summary>
    Prompts,
}

/// <summary>What becomes of a row that does not fit into the model's context.</summary>
public enum TooLong
{
    /// <summary>An error that names every such row.</summary>
    Refuse,

    /// <summary>The row is left out, counted and reported.</summary>
    Skip,
}

/// <summary>The model that a stage starts from.</summary>
public sealed record ModelSection
{
    /// <summary>Where it comes from and under which licence, for people.</summary>
    public string Source { get; init; } = "";

    /// <summary>Hugging Face folder, relative to the recipe; empty: --model says it.</summary>
    public string Folder { get; init; } = "";

    /// <summary>Tokenizer file within the folder.</summary>
    public string Tokenizer { get; init; } = "tokenizer.json";
    public ComputeType Dtype { get; init; } = ComputeType.Auto;

    /// <summary>cpu, cuda or cuda:1.</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>Every rule broken.</summary>
    public IEnumerable<string> Problems()
    {
        if (Device is not ("cpu" or "cuda") && !(Device.StartsWith("cuda:", StringComparison.Ordinal) && byte.TryParse(Device[5..], out _)))
            yield return $"device: \"{Device}\" is not a device (cpu, cuda, cuda:1)";
    }
}

/// <summary>What a stage learns from.</summary>
public sealed record DataSection
{
    /// <summary>Where it comes from and under which licence, for people.</summary>
    public string Source { get; init; } = "";

    /// <summary>Files, relative to the recipe, or within the folder that --data names; empty: --data names the files.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];
    public required DataFormat Format { get; init; }
    public TooLong TooLong { get; init; } = TooLong.Refuse;

    /// <summary>So many first words of the responses become the end of the prompt, for data without prompts; rows whose responses do not share them are left out and counted.</summary>
    public int PromptWords { get; init; }

    /// <summary>Reward models on pairs: one pair per edit hunk (the response with that hunk alone applied, over the response) instead of one per edit.</summary>
    public bool SplitHunks { get; init; }

    /// <summary>Every rule broken.</summary>
    public IEnumerable<string> Problems()
    {
        if (PromptWords < 0)
            yield return $"promptWords: {PromptWords} is below 0";
        if (PromptWords > 0 && Format == DataFormat.Prompts)
            yield return "promptWords: prompts have no responses to take words from";
    }
}

/// <summary>How prompts and responses become tokens. Both are encoded apart, so that the boundary is the same in every stage.</summary>
public sealed record TextSection
{
    /// <summary>The token that opens every prompt; empty: none; absent: as the model was trained before, else what the tokenizer itself puts in front, else bos_token_id.</summary>
    public string? Opening { get; init; }

    /// <summary>The token that ends every response; absent: the first end-of-text token that the model folder names.</summary>
    public string? Stop { get; init; }

    /// <summary>The text around a prompt; absent: as the model was trained before, else the prompt alone.</summary>
    public string? Template { get; init; }

    /// <summary>The model's own chat template around a prompt, instead of <see cref="Template"/>; absent: as the model was trained before.</summary>
    public bool? Chat { get; init; }

    /// <summary>The format of prompts that this says; where it says nothing, what the model was trained with.</summary>
    public PromptFormat Over(PromptFormat? trained)
    {
        trained ??= new PromptFormat();
        return Chat ?? (Template is null && trained.Chat)
            ? new PromptFormat { Chat = true }
            : new PromptFormat { Template = Template ?? trained.Template, Opening = Opening ?? trained.Opening };
    }

    /// <summary>Every rule broken.</summary>
    public IEnumerable<string> Problems()
    {
        if (Template is not null && Template.Split(PromptFormat.Place).Length != 2)
            yield return $"template: \"{Template}\" does not hold {{prompt}} exactly once";
        if (Chat == true && Template is not null and not PromptFormat.Place)
            yield return "chat: true goes with no template of one's own; take one of the two";
        if (Chat == true && Opening is not null)
            yield return "chat: true goes with no opening; the chat template has its own";
    }
}

/// <summary>`emend train sft`.</summary>
public sealed record SftRecipe
{
    /// <summary>What this run is for, what it was run on and what came out.</summary>
    public required string About { get; init; }
    public ModelSection Model { get; init; } = new();
    public required DataSection Data { get; init; }
    public TextSection Text { get; init; } = new();

    /// <summary>Run folder, relative to the recipe; empty: --output says it.</summary>
    public string Output { get; init; } = "";
    public SftOptions Options { get; init; } = new();

    /// <summary>Every rule broken.</summary>
    public IEnumerable<string> Problems()
    {
        if (Data.Format == DataFormat.Prompts)
            yield return "data.format: prompts have no responses to learn; take promptCompletion or a format with a preferred response";
        if (Data.SplitHunks)
            yield return "data.splitHunks: is for reward models";
    }
}

/// <summary>On which responses a reward model measures its scale.</summary>
public sealed record CalibrationSection
{
    /// <summary>The policy that PPO will start from: its samples on the data's prompts are scored. Empty: the data's own responses are.</summary>
    public string Policy { get; init; } = "";
    public int Responses { get; init; } = 512;
    public int MaxNewTokens { get; init; } = 64;
    public double Temperature { get; init; } = 1;

    /// <summary>Every rule broken.</summary>
    public IEnumerable<string> Problems()
    {
        if (Responses < 2)
            yield return $"responses: {Responses} is not at least 2; a deviation needs two";
        if (MaxNewTokens < 1)
            yield return $"maxNewTokens: {MaxNewTokens} is not at least 1";
        if (Temperature <= 0)
            yield return $"temperature: {Temperature} is not above 0";
    }
}

/// <summary>`emend train reward` (one score per response) and `emend train token-reward` (a reward per token).</summary>
public sealed record RewardRecipe
{
    /// <summary>What this run is for, what it was run on and what came out.</summary>
    public required string About { get; init; }
    public ModelSection Model { get; init; } = new();
    public required DataSection Data { get; init; }

    /// <summary>What people compared beside what they edited: one session of annotation gives both, and a reward model learns from both at once.</summary>
    public DataSection? Rankings { get; init; }
    public TextSection Text { get; init; } = new();
    public CalibrationSection Calibration { get; init; } = new();

    /// <summary>Run folder, relative to the recipe; empty: --output says it.</summary>
    public string Output { get; init; } = "";
    public RewardModelOptions Options { get; init; } = new();

    /// <summary>Every rule broken.</summary>
    public IEnumerable<string> Problems()
    {
        if (Data.Format is DataFormat.PromptCompletion or DataFormat.Prompts)
            yield return "data.format: a reward model learns from comparisons (editRows, promptChosenRejected, alpacaFarm, hhRlhf, rankings)";
        if (Rankings is { Format: DataFormat.EditRows or DataFormat.PromptCompletion or DataFormat.Prompts })
            yield return "rankings.format: is for what people compared (promptChosenRejected, alpacaFarm, hhRlhf, rankings); edits stand in data";
        if (Rankings is { SplitHunks: true })
            yield return "rankings.splitHunks: is for edits, which stand in data";
        if (Options.TokenLossWeight > 0 && Data.Format != DataFormat.EditRows)
            yield return FormattableString.Invariant($"options.tokenLossWeight: {Options.TokenLossWeight} has nothing to learn from without edits; give editRows as data (and what people compared as rankings), or take 0");
        if (Options.TokenLossWeight > 0 && Data.SplitHunks)
            yield return FormattableString.Invariant($"options.tokenLossWeight: {Options.TokenLossWeight} learns from whole edits; data.splitHunks takes them apart");
    }
}

/// <summary>`emend train ppo`: the model is the policy and, frozen, the reference.</summary>
public sealed record PpoRecipe
{
    /// <summary>What this run is for, what it was run on and what came out.</summary>
    public required string About { get; init; }
    public ModelSection Model { get; init; } = new();

    /// <summary>Folder that `emend train reward` or `token-reward` wrote, relative to the recipe; empty: --reward says it.</summary>
    public string Reward { get; init; } = "";

    /// <summary>The prompts; responses in the file are not read.</summary>
    public required DataSection Data { get; init; }

    /// <summary>Texts for PPO-ptx, needed where options.pretrainingCoefficient is above 0.</summary>
    public DataSection? Pretraining { get; init; }
    public TextSection Text { get; init; } = new();

    /// <summary>Run folder, relative to the recipe; empty: --output says it.</summary>
    public string Output { get; init; } = "";

    /// <summary>Updates between two checkpoints, from which --resume goes on; 0: none.</summary>
    public int CheckpointEvery { get; init; } = 10;

    /// <summary>Updates between two entries of samples.jsonl, and responses of an entry.</summary>
    public int SamplesEvery { get; init; } = 10;
    public int Samples { get; init; } = 4;
    public PpoOptions Options { get; init; } = new();

    /// <summary>Every rule broken.</summary>
    public IEnumerable<string> Problems()
    {
        if (CheckpointEvery < 0)
            yield return $"checkpointEvery: {CheckpointEvery} is below 0";
        if (SamplesEvery < 1)
            yield return $"samplesEvery: {SamplesEvery} is not at least 1";
        if (Samples < 0)
            yield return $"samples: {Samples} is below 0";
        if (Data.SplitHunks)
            yield return "data.splitHunks: is for reward models";
        if (Options.PretrainingCoefficient > 0 && Pretraining is null)
            yield return "pretraining: PPO-ptx (options.pretrainingCoefficient above 0) needs texts";
        if (Options.PretrainingCoefficient == 0 && Pretraining is not null)
            yield return "pretraining: is not read where options.pretrainingCoefficient is 0; give it a weight, or leave the section out";
        if (Pretraining is { Format: DataFormat.Prompts })
            yield return "pretraining.format: prompts have no responses to learn; take promptCompletion";
    }
}
