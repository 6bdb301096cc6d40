using System.Collections.Immutable;
using Emend.Evaluation;
using Emend.Feedback;
using Emend.Models;
using Emend.Significance;
using Emend.Simulation;
using Emend.Studies.Stages;
using Emend.Text;
using Emend.Training;

namespace Emend.Studies;

/// <summary>One policy against a reference on held-out prompts: `emend evaluate`.</summary>
public sealed record PolicyComparison
{
    /// <summary>Percent of pairs of responses to one prompt that the policy wins, ties half, with its interval over prompts.</summary>
    public required Estimate WinRate { get; init; }

    /// <summary>Of two equal policies, by sign flips over the prompts.</summary>
    public required double PValue { get; init; }

    /// <summary>Points above or below 50 that so many prompts with such outcomes show in 4 of 5 comparisons.</summary>
    public required double MinimumDetectable { get; init; }

    /// <summary>What the lengths, in tokens, have to do with who won.</summary>
    public required LengthControl Lengths { get; init; }

    /// <summary>What each side's responses look like, in samples of one size.</summary>
    public required PolicyMeasures Policy { get; init; }
    public required PolicyMeasures Reference { get; init; }

    /// <summary>Divergence from the reference in nats per response; null at temperature 0, where samples say nothing of it.</summary>
    public required double? Kl { get; init; }

    public required int Prompts { get; init; }

    /// <summary>Who decided.</summary>
    public required string Judge { get; init; }

    /// <summary>What makes the win rate worth less than it looks, a sentence each.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Samples both policies on the same prompts and has every pair of their responses judged.</summary>
    /// <param name="doing">Is told what begins now.</param>
    /// <param name="counted">Is told of what there will be how many, and gives what is to be called for each.</param>
    /// <exception cref="InvalidInputException">Folders, prompts or options are wrong, or do not go with each other.</exception>
    public static PolicyComparison Run(ComparisonOptions options, Action<string>? doing = null, Func<string, int, Action>? counted = null)
    {
        // 1. What can be refused without reading weights.
        IReadOnlyList<string> problems = options.Problems();
        if (problems.Count > 0)
            throw new InvalidInputException(string.Join("; ", problems));
        Tokenizer tokenizer = SharedTokenizer(options);
        PromptSet prompts = PromptSet.Of(options);

        // 2. The models, and the prompts as all of them read them.
        using LanguageModel policy = LanguageModel.Load(options.Policy, options.Compute), reference = LanguageModel.Load(options.Reference, options.Compute);
        using RewardModel? judge = options.Judge is null ? null : LoadJudge(options, tokenizer);
        TextEncoder encoder = OneWayToAsk(options, tokenizer, policy, reference, judge);
        int context = new[] { policy.Config.ContextLength, reference.Config.ContextLength, judge?.Model.Config.ContextLength ?? int.MaxValue }.Min();
        int[][] ids = prompts.Encode(encoder, context, options.MaxNewTokens);

        // 3. Samples. The reference draws its own random numbers: with shared ones, equal policies would tie instead of win and lose.
        JudgedSample Sample(LanguageModel model, string whose, int perPrompt, int seed) => PolicyEvaluation.Sample(model, ids, perPrompt,
            new SamplingOptions { MaxNewTokens = options.MaxNewTokens, Temperature = options.Temperature, StopTokens = Stops(model), Seed = Seeds.Mix(seed, "evaluation") },
            generation => tokenizer.Decode(generation.Stopped ? generation.Response[..^1] : generation.Response, skipSpecialTokens: true),
            (generations, texts) => judge is not null
                ? PolicyEvaluation.Scores(judge, generations.Select(generation => new Example(generation.Prompt, generation.Response)))
                : prompts.GoldScores(texts, perPrompt),
            counted?.Invoke($"responses of {whose}", ids.Length * perPrompt));
        doing?.Invoke($"the policy answers {ids.Length} prompts, {options.Samples} times each");
        JudgedSample own = Sample(policy, "the policy", options.Samples, options.Seed);
        doing?.Invoke($"the reference answers {ids.Length} prompts, {options.ReferenceSamples} times each");
        JudgedSample theirs = Sample(reference, "the reference", options.ReferenceSamples, Seeds.Mix(options.Seed, "reference"));

        // 4. Measures. Distinct words grow with a sample, so both sides are counted on as many responses.
        doing?.Invoke("the reference reads the responses");
        double temperature = options.Temperature == 0 ? 1 : options.Temperature;
        int alike = Math.Min(options.Samples, options.ReferenceSamples);
        (double kl, double perplexity) = PolicyEvaluation.Divergence(own, reference, temperature);
        double[] outcomes = PolicyEvaluation.Outcomes(own, theirs);
        return new PolicyComparison
        {
            WinRate = Significance.WinRate.Of([outcomes], options.Seed),
            PValue = PairedTests.SignFlip([.. outcomes.Select(outcome => outcome - 0.5)], options.Seed),
            MinimumDetectable = 100 * Power.MinimumDetectableEffect(Power.LargestDeviation, outcomes.Length),
            Lengths = LengthControl.Of(PolicyEvaluation.LengthVerdicts(own, theirs)),
            Policy = new PolicyMeasures(own.MeanTokens, TextDiagnostics.Of(own.First(alike).Texts), perplexity),
            Reference = new PolicyMeasures(theirs.MeanTokens, TextDiagnostics.Of(theirs.First(alike).Texts), PolicyEvaluation.Divergence(theirs, reference, temperature).Perplexity),
            Kl = options.Temperature == 0 ? null : kl,
            Prompts = ids.Length,
            Warnings = options.Judge is null ? [] : [.. Trained(options)],
            Judge = options.Judge is null ? "the gold rubric of the built-in world" : $"the reward model {options.Judge}",
        };
    }

    // Prompts are the same ids to all three: what one of them was not trained to read would be measured instead of it.
    private static TextEncoder OneWayToAsk(ComparisonOptions options, Tokenizer tokenizer, LanguageModel policy, LanguageModel reference, RewardModel? judge)
    {
        TextEncoder encoder = TextEncoder.Create(options.Text, tokenizer, policy, options.Policy, "--", PromptFormat.Load(options.Reference));
        TextEncoder theirWay = TextEncoder.Create(options.Text, tokenizer, reference, options.Reference, "--", encoder.Format);
        if (!theirWay.ReadsAs(encoder))
            throw new InvalidInputException($"--reference {options.Reference}: was trained on prompts in {theirWay.Format}, --policy {options.Policy} in {encoder.Format}; give --template, --chat or --opening to ask both in one way");
        return judge is null || encoder.DifferenceFrom(options.Judge!, judge.Model.Config) is not { } difference
            ? encoder
            : throw new InvalidInputException($"--judge {options.Judge}: {difference} as the policies are asked; a reward model judges texts such as it has learned from");
    }

    private static IEnumerable<string> Trained(ComparisonOptions options) =>
        new[] { (Option: "--policy", Folder: options.Policy), (Option: "--reference", Folder: options.Reference) }
            .Select(side => RewardedBy.Warning($"{side.Option} {side.Folder}", side.Folder, options.Judge!)).OfType<string>();

    // Ids mean the same to all models only where their tokenizer.json is the same.
    private static Tokenizer SharedTokenizer(ComparisonOptions options)
    {
        Tokenizer tokenizer = Tokenizer.Load(options.Policy);
        return Tokenizer.Load(options.Reference).Sha256 == tokenizer.Sha256
            ? tokenizer
            : throw new InvalidInputException($"--reference {options.Reference}: its tokenizer.json is not that of --policy {options.Policy}; win rate and divergence compare policies with one tokenizer");
    }

    private static RewardModel LoadJudge(ComparisonOptions options, Tokenizer tokenizer)
    {
        RewardModel judge = RewardModel.Load(options.Judge!, options.Compute);
        string trainedWith = judge.Calibration.TokenizerSha256 == "" ? Tokenizer.Load(options.Judge!).Sha256 : judge.Calibration.TokenizerSha256;
        if (trainedWith == tokenizer.Sha256)
            return judge;
        judge.Dispose();
        throw new InvalidInputException($"--judge {options.Judge}: was trained with another tokenizer (SHA-256 {trainedWith}) than that of --policy {options.Policy} ({tokenizer.Sha256})");
    }

    private static ImmutableArray<int> Stops(LanguageModel model) => StopTokens.Of(model.SourceFolder, model.Config);

    /// <summary>The prompts with the places they came from; of the world, with what the gold rubric judges by.</summary>
    private sealed record PromptSet(string Source, IReadOnlyList<(Prompt Prompt, int Line)> Prompts, IReadOnlyList<WorldPrompt> World)
    {
        public static PromptSet Of(ComparisonOptions options)
        {
            if (options.World is Regime regime)
            {
                WorldPrompt[] drawn = [.. Simulation.World.Create(WorldOptions.For(regime), options.Seed).Prompts(Split.Test, options.Count ?? ComparisonOptions.WorldPrompts, options.Seed)];
                return new PromptSet("prompts of the built-in world", [.. drawn.Select((prompt, i) => (new Prompt(prompt.Text), i + 1))], drawn);
            }
            IReadOnlyList<(Prompt, int)> rows = Demonstrations.ReadPrompts(options.Prompts!);
            if (rows.Count == 0 || options.Count > rows.Count)
                throw new InvalidInputException($"{options.Prompts}: has {rows.Count} prompts, where {(options.Count is int count ? $"--count asks for {count}" : "at least one is needed")}");
            return new PromptSet(options.Prompts!, [.. rows.Take(options.Count ?? rows.Count)], []);
        }

        public int[][] Encode(TextEncoder encoder, int context, int maxNewTokens) => PromptBudget.Encode(Source, Prompts, encoder.Prompt, context, maxNewTokens);

        public double[] GoldScores(string[] texts, int perPrompt) => [.. texts.Select((text, i) => GoldRubric.Judge(World[i / perPrompt], text).Score)];
    }
}
