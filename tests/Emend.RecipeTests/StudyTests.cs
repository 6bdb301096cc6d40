using Emend.Evaluation;
using Emend.Studies;
using Emend.Text;
using Emend.Training;
using Xunit;

namespace Emend.RecipeTests;

/// <summary>A whole study of the built-in world, too small to learn anything: what must hold at any size.</summary>
public sealed class StudyTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("emend-study").FullName;

    [Fact]
    public void AStudyLeavesItsResultItsReportAndItsRecipe()
    {
        StudyResult result = Assert.Single(Run(Tiny, _folder));

        Assert.Equal(["A", "C", "C-sparse", "C-split"], result.Arms.Select(arm => arm.Name));
        Assert.All(["result.json", "result.md", "report.html", "metrics.jsonl", "recipe.yaml"], file => Assert.True(File.Exists(Path.Combine(_folder, file)), file));
        Assert.Equal(result.ToJson(), StudyResult.Load(Path.Combine(_folder, "result.json")).ToJson());
        Assert.Contains("C-split", File.ReadAllText(Path.Combine(_folder, "report.html")));
        // Whoever loads the policy asks it as it was trained.
        Assert.True(File.Exists(Path.Combine(_folder, "policy-short", Emend.Models.PromptFormat.FileName)));
        // Before its first update an arm is the reference: same model, other random numbers.
        Assert.All(result.Measures.Arms, arm => Assert.Equal(0, arm.Seeds[0].Curve[0].Kl));
    }

    [Fact]
    public void TwoArmsThatDifferInTheScalingAloneHaveOneRewardModelAndTwoPolicies()
    {
        StudyResult result = Assert.Single(Run(Tiny with { Arms = ["A", "A-neutral"], Recommended = "A-neutral" }, _folder));

        SeedMeasures plain = result.Measures.Arms[0].Seeds[0], neutral = result.Measures.Arms[1].Seeds[0];
        Assert.Equal(plain.Reward, neutral.Reward);
        Assert.NotEqual(plain.Curve[^1], neutral.Curve[^1]);
    }

    [Fact]
    public void AnInterruptedStudyGoesOnAndEndsAsIfNothingHadHappened()
    {
        StudyResult whole = Assert.Single(Run(Tiny, _folder));
        File.Delete(Path.Combine(_folder, "arms", "C-split-3.json"));
        File.Delete(Path.Combine(_folder, "result.json"));

        StudyResult resumed = Assert.Single(Run(Tiny, _folder));

        for (int arm = 0; arm < whole.Arms.Count; arm++)
        {
            Assert.Equal(whole.Measures.Arms[arm].Seeds[0].Outcomes, resumed.Measures.Arms[arm].Seeds[0].Outcomes);
            Assert.Equal(whole.Measures.Arms[arm].Seeds[0].Curve, resumed.Measures.Arms[arm].Seeds[0].Curve);
        }
    }

    [Fact]
    public void AFolderOfAnotherRecipeIsRefused()
    {
        Run(Tiny, _folder);

        var error = Assert.Throws<InvalidInputException>(() => Run(Tiny with { Seeds = [4] }, _folder));

        Assert.Contains("another recipe", error.Message);
    }

    [Fact]
    public void ARecipeThatBreaksItsRulesSaysAllOfThem()
    {
        StudyRecipe recipe = Tiny with { Arms = ["B", "Z"], Recommended = "C", Seeds = [1, 1], Reward = Tiny.Reward with { ImplicitWeight = 2, Lookahead = 1 } };

        string problems = string.Join('\n', recipe.Problems());

        Assert.Contains("\"Z\" is not an arm", problems);
        Assert.Contains("the first must be A", problems);
        Assert.Contains("none twice", problems);
        Assert.Contains("\"C\" is not among the arms", problems);
        Assert.Contains("reward: tokenLossWeight, lookahead and tokenNoise belong to", problems);
        Assert.Contains("reward.implicitWeight: the arms decide it", problems);
    }

    [Fact]
    public void WhatAStudyWouldNotReadIsRefused()
    {
        StudyRecipe world = Tiny with
        {
            Ppo = Tiny.Ppo with { Seed = 3, Placement = RewardPlacement.EveryToken, PretrainingCoefficient = 1 },
            Reward = Tiny.Reward with { Seed = 4 },
            LongPpo = Tiny.Ppo,
            Data = new EditsData { PromptWords = 7 },
        };
        StudyRecipe edits = Tiny with { Kind = StudyKind.Edits, Data = new EditsData { Opening = "<s>", Stop = "</s>", MaxNewTokens = 9 }, Ppo = Tiny.Ppo with { MaxNewTokens = 8 } };

        Assert.Equal(["reward.seed", "ppo.seed", "ppo.placement", "ppo.pretrainingCoefficient", "data", "longPpo"], world.Problems().Select(problem => problem.Split(':')[0]));
        Assert.Equal(["kind", "ppo.maxNewTokens"], edits.Problems().Select(problem => problem.Split(':')[0]));
        Assert.Empty(Tiny.Problems());
    }

    [Fact]
    public void PathsThatAStudyWouldNotReadAreRefusedBeforeAFolderIsMade()
    {
        string folder = Path.Combine(_folder, "new");

        var error = Assert.Throws<InvalidInputException>(() => StudyRun.Run(Tiny, folder, 1, "somewhere", null, null));

        Assert.Contains("--data somewhere", error.Message);
        Assert.False(Directory.Exists(folder));
    }

    private static StudyRecipe Tiny => new()
    {
        About = "as small as it gets",
        Arms = ["A", "C", "C-sparse", "C-split"],
        Recommended = "C-split",
        Seeds = [3],
        Policy = new PolicyShape { HiddenSize = 32, IntermediateSize = 64, Layers = 1, Heads = 2 },
        PolicyData = new PolicyData { PretrainingTexts = 200, Demonstrations = 400 },
        Pretraining = new SftOptions { Epochs = 1, LearningRate = 3e-3 },
        Sft = new SftOptions { Epochs = 1, LearningRate = 3e-3 },
        Feedback = new FeedbackAmount { Pairs = 40, HeldOutPairs = 20 },
        Reward = new RewardModelOptions { Steps = 4, BatchSize = 8, LearningRate = 1e-3 },
        Ppo = new PpoOptions { Updates = 2, RolloutBatch = 16, MinibatchSize = 8, MaxNewTokens = 24, LearningRate = 1e-4 },
        Evaluation = new EvaluationSettings { Prompts = 12, Samples = 1, ReferenceSamples = 2, Updates = [1] },
    };

    private static IReadOnlyList<StudyResult> Run(StudyRecipe recipe, string folder) => StudyRun.Run(recipe, folder, jobs: 2, dataFolder: null, modelFolder: null, progress: null);

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
