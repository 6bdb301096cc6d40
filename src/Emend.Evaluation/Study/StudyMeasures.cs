namespace Emend.Evaluation;

/// <summary>What a study measured, before any summary: everything else in a result can be worked out from it again.</summary>
public sealed record StudyMeasures
{
    /// <summary>Name of the study, such as builtin, and of its regime, such as short.</summary>
    public required string Name { get; init; }

    /// <summary>One or two sentences for the reader: the task, the models, the data.</summary>
    public string About { get; init; } = "";

    /// <summary>What all policies are compared with, as SFT.</summary>
    public required string Reference { get; init; }

    /// <summary>Who decided the winners, as "the gold rubric".</summary>
    public required string Judge { get; init; }

    /// <summary>The arm that the others are compared with, as A.</summary>
    public required string Baseline { get; init; }

    /// <summary>The arm that we would take; empty where none is named.</summary>
    public string Recommended { get; init; } = "";

    /// <summary>The arms in the order of the table, each with the same seeds in the same order.</summary>
    public required IReadOnlyList<ArmMeasures> Arms { get; init; }

    /// <summary>Pairs of arms whose difference is asked for, beside every arm against the baseline.</summary>
    public IReadOnlyList<ArmPair> Comparisons { get; init; } = [];

    /// <summary>KL to the reference, in nats per response, at which win rates are compared; empty: chosen from what the runs reached.</summary>
    public IReadOnlyList<double> KlLevels { get; init; } = [];

    /// <summary>KL to the reference, in nats per response, past which a policy is said to have left it.</summary>
    public double MaxKl { get; init; } = 10;

    /// <summary>Responses to show, prompt by prompt.</summary>
    public IReadOnlyList<SamplePrompt> Samples { get; init; } = [];

    /// <summary>Seconds of the whole study, by stage, in the order in which they ran.</summary>
    public IReadOnlyList<StageSeconds> Timings { get; init; } = [];

    /// <summary>Largest resident memory of the process, bytes; 0 where unknown.</summary>
    public long PeakMemoryBytes { get; init; }

    /// <summary>Settings worth printing, as (name, value): device, updates, KL coefficient.</summary>
    public IReadOnlyList<Setting> Settings { get; init; } = [];
}

/// <summary>One way to train a policy, under every seed.</summary>
/// <param name="Name">Short, as C-split.</param>
/// <param name="Description">What sets it apart, as "token reward on edited pairs, one pair per hunk, dense".</param>
public sealed record ArmMeasures(string Name, string Description, IReadOnlyList<SeedMeasures> Seeds);

/// <summary>Two arms to compare, and what their difference tells.</summary>
public sealed record ArmPair(string Arm, string Against, string Question = "");

/// <summary>A setting and its value, both for people.</summary>
public sealed record Setting(string Name, string Value);

/// <summary>How long a stage took.</summary>
public sealed record StageSeconds(string Stage, double Seconds);

/// <summary>One trained policy: an arm under a seed.</summary>
public sealed record SeedMeasures
{
    /// <summary>The seed of the run.</summary>
    public required int Seed { get; init; }

    /// <summary>Per held-out prompt, the outcome against the reference, from 0 to 1; the same prompts in the same order under every arm and seed.</summary>
    public required double[] Outcomes { get; init; }

    /// <summary>The trained policy's responses.</summary>
    public required PolicyMeasures Policy { get; init; }

    /// <summary>The reference's responses to the same prompts, as many.</summary>
    public required PolicyMeasures Reference { get; init; }

    /// <summary>Evaluations during training, by rising step; the first is step 0, before the first update.</summary>
    public IReadOnlyList<CurvePoint> Curve { get; init; } = [];

    /// <summary>KL from the reference, nats per response, of the trained policy.</summary>
    public double Kl { get; init; }

    /// <summary>How the arm's reward model does on held-out pairs and tokens.</summary>
    public RewardMeasures Reward { get; init; } = new();

    /// <summary>Seconds that this arm and seed took, reward model and PPO.</summary>
    public double Seconds { get; init; }
}

/// <summary>What a policy's responses look like.</summary>
/// <param name="Tokens">Mean number of tokens per response, the end of text counted.</param>
/// <param name="Text">Words, repetitions and variety.</param>
/// <param name="Perplexity">Per token, under the reference model; null where it was not measured.</param>
/// <param name="Extra">Measures of the study's own, such as the share of texts with a word that people remove.</param>
public sealed record PolicyMeasures(double Tokens, TextDiagnostics Text, double? Perplexity = null, IReadOnlyList<Measure>? Extra = null);

/// <summary>A named number with its unit, as percent; lower or higher is better as the name says.</summary>
public sealed record Measure(string Name, double Value, string Unit = "");

/// <summary>Held-out quality of a reward model; null where it does not apply, as token areas of a model of whole responses.</summary>
public sealed record RewardMeasures
{
    /// <summary>On pairs as people ranked them.</summary>
    public PairAccuracy? OriginalPairs { get; init; }

    /// <summary>On pairs (edited, original).</summary>
    public PairAccuracy? EditedPairs { get; init; }

    /// <summary>On pairs ranked by the judge that no model was trained on.</summary>
    public PairAccuracy? GoldPairs { get; init; }

    /// <summary>Area under the curve for "people changed this token" on original responses, low reward meaning changed.</summary>
    public double? TokenAucOriginal { get; init; }

    /// <summary>Area under the curve for "people wrote this token" on edited responses, high reward meaning written.</summary>
    public double? TokenAucEdited { get; init; }
}

/// <summary>An evaluation during training.</summary>
/// <param name="Step">Number of policy updates before it.</param>
/// <param name="WinRate">Percent against the reference.</param>
/// <param name="Kl">From the reference, nats per response.</param>
/// <param name="Reward">Mean score of a response by the arm's reward model.</param>
/// <param name="Length">Mean tokens per response.</param>
/// <param name="Duplicates">Share of responses that say a sentence twice; null where not measured.</param>
public sealed record CurvePoint(int Step, double WinRate, double Kl, double Reward, double Length, double? Duplicates = null);

/// <summary>A prompt with responses of several arms, to be read side by side.</summary>
public sealed record SamplePrompt(string Prompt, IReadOnlyList<SampleResponse> Responses);

/// <summary>A response to show.</summary>
/// <param name="Source">Whose it is: an arm, the reference, or an annotator's original.</param>
/// <param name="Tokens">Rewards of its tokens, in order; empty where no token reward was worked out.</param>
/// <param name="Edits">A person's changes to it; empty where nobody edited it.</param>
/// <param name="Note">One short remark, as "gold 0.83, wins".</param>
public sealed record SampleResponse(string Source, string Text, IReadOnlyList<ScoredToken> Tokens, IReadOnlyList<SampleEdit>? Edits = null, string Note = "");

/// <summary>A token's place in its response, [Start, End) in UTF-16 code units, and its reward: 0 is an average token, 1 a standard deviation above.</summary>
/// <remarks>Tokens that share one character, as bytes of an emoji do, share its place.</remarks>
public sealed record ScoredToken(int Start, int End, double Reward);

/// <summary>The text [Start, End) of a response, in UTF-16 code units, became <paramref name="Replacement"/>.</summary>
public sealed record SampleEdit(int Start, int End, string Replacement);
