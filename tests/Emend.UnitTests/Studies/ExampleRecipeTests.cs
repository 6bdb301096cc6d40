using Emend.Studies;
using Emend.Text;
using Emend.Training;
using Emend.UnitTests.Architecture;
using Xunit;

namespace Emend.UnitTests.Studies;

/// <summary>The recipes that the project ships are read as strictly as those of users.</summary>
public class ExampleRecipeTests
{
    [Fact]
    public void EveryExampleIsARecipeOfTheStageThatItsNameBeginsWith()
    {
        IReadOnlyList<string> files = Repository.Files("recipes/examples", ".yaml");

        Assert.NotEmpty(files);
        foreach (string file in files)
        {
            string path = Path.Combine(Repository.Root, file), name = Path.GetFileName(file);
            object recipe = name switch
            {
                _ when name.StartsWith("sft-", StringComparison.Ordinal) => RecipeReader.Read<SftRecipe>(path),
                _ when name.StartsWith("reward-", StringComparison.Ordinal) || name.StartsWith("token-reward-", StringComparison.Ordinal) => RecipeReader.Read<RewardRecipe>(path),
                _ when name.StartsWith("ppo-", StringComparison.Ordinal) => RecipeReader.Read<PpoRecipe>(path),
                _ => throw new ArgumentException($"{file}: begins with the name of no stage"),
            };
            Assert.StartsWith("about: ", RecipeReader.ToYaml(recipe), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void EveryStudyThatIsShippedIsARecipeWhoseKeysTheFormatPageNames()
    {
        string page = File.ReadAllText(Path.Combine(Repository.Root, "docs/formats/recipes.md"));
        string[] files = [.. Repository.Files("recipes", ".yaml").Where(file => Path.GetDirectoryName(file) == "recipes")];

        Assert.NotEmpty(files);
        foreach (string file in files)
        {
            string[] keys = [.. RecipeReader.ToYaml(RecipeReader.Read<StudyRecipe>(Path.Combine(Repository.Root, file))).Split('\n').Select(line => line.Split(':')[0].TrimStart(' ', '-')).Where(key => key.Length > 0 && char.IsLower(key[0]))];
            Assert.All(keys.Distinct(), key => Assert.True(page.Contains($"`{key}`", StringComparison.Ordinal), $"{key} is not in docs/formats/recipes.md"));
        }
    }

    [Theory]
    [InlineData("weight: 0 is not above 0", "weight: 0")]
    [InlineData("noise: 1 is not at least 0 and below 1", "noise: 1")]
    [InlineData("lookahead: -1 is below 0", "lookahead: -1")]
    public void ALossOnTokensThatIsNoneIsRefused(string problem, string tokenLoss) =>
        Assert.Contains($"tokenLoss.{problem}", Assert.Throws<InvalidInputException>(() =>
            RecipeReader.ReadText<StudyRecipe>($"about: x\ntokenLoss: {{{tokenLoss}}}\n", "x.yaml")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("policy.heads: 5 heads do not share a hiddenSize of 96", "policy: {heads: 5}")]
    [InlineData("policyData.demonstrations: 0 is not at least 1", "policyData: {demonstrations: 0}")]
    [InlineData("feedback.heldOutPairs: 0 is not at least 1", "feedback: {heldOutPairs: 0}")]
    [InlineData("evaluation.samples: 0 is not at least 1", "evaluation: {samples: 0}")]
    [InlineData("evaluation.updates: the first update is 1", "evaluation: {updates: [0, 5]}")]
    [InlineData("regimes: there must be at least one", "regimes: []")]
    [InlineData("sft.beta2: 1 is not between 0 and 1", "sft: {beta2: 1}")]
    [InlineData("reward.warmupShare: 2 is not between 0 and 1", "reward: {warmupShare: 2}")]
    [InlineData("ppo.klTarget: 0 is not above 0", "ppo: {klTarget: 0}")]
    [InlineData("ppo.klHorizon: 0 is not above 0", "ppo: {klHorizon: 0}")]
    [InlineData("ppo.missingStopPenalty: -1 is below 0", "ppo: {missingStopPenalty: -1}")]
    [InlineData("ppo.maxGradientNorm: 0 is not above 0", "ppo: {maxGradientNorm: 0}")]
    public void AStudyWithASettingOutOfItsRangeIsRefused(string problem, string line) =>
        Assert.Contains($"x.yaml:2: {problem}", Assert.Throws<InvalidInputException>(() => RecipeReader.ReadText<StudyRecipe>($"about: x\n{line}\n", "x.yaml")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("data.format: prompts have no responses", "format: prompts")]
    [InlineData("data.promptWords: -1 is below 0", "format: editRows, promptWords: -1")]
    [InlineData("data.splitHunks: is for reward models", "format: editRows, splitHunks: true")]
    public void ARecipeThatCannotBeRunIsRefusedBeforeAnythingIsLoaded(string problem, string data) =>
        Assert.Contains($"x.yaml:2: {problem}",
            Assert.Throws<InvalidInputException>(() => RecipeReader.ReadText<SftRecipe>($"about: x\ndata: {{{data}}}\n", "x.yaml")).Message, StringComparison.Ordinal);

    [Fact]
    public void TheValueModelOfPpoIsChosenByName() =>
        Assert.Equal((ValueModel.SharedTrunk, 0.5, ValueModel.Separate),
            (Ppo("value: sharedTrunk, valueCoefficient: 0.5").Value, Ppo("value: sharedTrunk, valueCoefficient: 0.5").ValueCoefficient, Ppo("value: separate").Value));

    [Theory]
    [InlineData("options.value: both is not one of separate, sharedTrunk", "value: both")]
    [InlineData("options.valueCoefficient: 0 is not above 0", "valueCoefficient: 0, value: sharedTrunk")]
    [InlineData("options.valueCoefficient: 0.5 has no effect on a separate value model", "valueCoefficient: 0.5")]
    [InlineData("options.valueLearningRate: 0.1 has no effect where value is sharedTrunk", "valueLearningRate: 0.1, value: sharedTrunk")]
    public void ASettingThatTheValueModelDoesNotKnowIsRefused(string problem, string options) =>
        Assert.Contains(problem, Assert.Throws<InvalidInputException>(() => Ppo(options)).Message, StringComparison.Ordinal);

    private static PpoOptions Ppo(string options) =>
        RecipeReader.ReadText<PpoRecipe>($"about: x\ndata: {{format: prompts}}\noptions: {{{options}}}\n", "x.yaml").Options;

    [Fact]
    public void TheFormatPageNamesEveryKeyOfTheOptionsWithItsDefault()
    {
        string page = File.ReadAllText(Path.Combine(Repository.Root, "docs/formats/recipes.md"));

        foreach ((string stage, object options) in (IEnumerable<(string, object)>)[("sft", new SftOptions()), ("reward, token-reward", new RewardModelOptions()), ("ppo", new PpoOptions())])
        {
            string row = page.Split('\n').Single(line => line.StartsWith($"| {stage} | `", StringComparison.Ordinal));
            foreach (string[] setting in RecipeReader.ToYaml(options).TrimEnd('\n').Split('\n').Select(line => line.Split(": ")))
            {
                string value = setting[1].Replace("E-0", "e-", StringComparison.Ordinal);
                Assert.True(row.Contains($"`{setting[0]}` {value}", StringComparison.Ordinal), $"{stage}: {setting[0]} {value} is not in docs/formats/recipes.md");
            }
        }
    }

    [Fact]
    public void PathsOfTheCommandLineStandBeforeThoseBesideTheRecipe()
    {
        SftRecipe recipe = RecipeReader.ReadText<SftRecipe>("{about: x, model: {folder: m}, data: {files: [d.jsonl], format: editRows}, output: o}", "x.yaml");

        SftRecipe own = new TrainPaths().Into(recipe, "some/x.yaml"), given = new TrainPaths("M", ["D"], "O").Into(recipe, "some/x.yaml");

        Assert.Equal(("some/m", "some/d.jsonl", "some/o"), (own.Model.Folder, own.Data.Files[0], own.Output));
        Assert.Equal(("M", "D", "O"), (given.Model.Folder, given.Data.Files[0], given.Output));
    }
}
