using System.Text.Json;
using Emend.Feedback;
using Emend.Models;
using Emend.Studies;
using Emend.Text;
using Emend.Training;
using Emend.UnitTests;
using Emend.UnitTests.Tensors;
using Xunit;

namespace Emend.RecipeTests;

/// <summary>What stood around the prompts of training stays with the model that was trained.</summary>
public sealed class PromptFormatTests : IDisposable
{
    private static readonly TextSection Asked = new() { Template = "Human: {prompt}\nAssistant:", Opening = "", Stop = "<unk>" };
    private readonly TemporaryFolder _folder = new();

    private string Folder => _folder.Path;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(RewardKind.Token)]
    [InlineData(RewardKind.Sequence)]
    public void AScoreIsTheOneOfTrainingWhateverStoodAroundThePrompts(RewardKind kind)
    {
        string folder = Reward("reward", Asked, kind).Folder;

        using RewardModel model = RewardModel.Load(folder);
        Tokenizer tokenizer = Tokenizer.Load(folder);
        // The calibration was measured while training, on these very texts.
        double mean = EditRows.Read(TinyRun.Edits(Folder)).SelectMany(row => new[] { row.Edited, row.Response }.Select(text => ResponseScore.Of(model, tokenizer, row.Prompt, text).Score)).Average();

        Assert.Equal(model.Calibration.ScoreMean, mean, Near.Float32);
        Assert.Equal("<unk>", ResponseScore.Of(model, tokenizer, "Once", "upon").Tokens[^1].Text);
    }

    [Fact]
    public void ARecipeThatSaysNothingAsksAsTheModelWasTrained()
    {
        SftRecipe sft = TinyRun.Sft(Folder, "sft");
        string policy = Run(sft with { Text = Asked, Options = sft.Options with { Epochs = 1 } }).Folder;
        RewardRecipe reward = TinyRun.Reward(Folder, "reward");
        string judge = Run(reward with { Model = reward.Model with { Folder = policy } }, RewardKind.Token).Folder;
        PpoRecipe ppo = TinyRun.Ppo(Folder, judge, "ppo");
        string improved = Run(ppo with { Model = ppo.Model with { Folder = policy }, Options = ppo.Options with { Updates = 1, KlTarget = null } }).Folder;

        Assert.All((string[])[policy, judge, improved], folder =>
        {
            Assert.Equal(new PromptFormat { Template = Asked.Template!, Opening = "" }, PromptFormat.Load(folder));
            Assert.Equal(0, StopTokens.Of(folder, ModelConfig.Read(folder))[0]);
        });
        Assert.Equal((Asked.Template, ""), (RecipeReader.Read<PpoRecipe>(Path.Combine(improved, "resolved-recipe.yaml")).Text.Template, RecipeReader.Read<PpoRecipe>(Path.Combine(improved, "resolved-recipe.yaml")).Text.Opening));
        string prompt = JsonElement.Parse(File.ReadLines(Path.Combine(improved, "samples.jsonl")).First()).GetProperty("prompt").GetString()!;
        Assert.Matches("^ ?Human: Once upon a time, .*\nAssistant:$", prompt);
    }

    [Fact]
    public void APolicyIsNotPaidByARewardModelThatReadsPromptsInAnotherWay()
    {
        string reward = Reward("reward", Asked, RewardKind.Token).Folder;
        PpoRecipe ppo = TinyRun.Ppo(Folder, reward, "ppo");

        string message = Assert.Throws<InvalidInputException>(() => Run(ppo with { Text = Asked with { Template = "Q: {prompt} A:" } })).Message;
        string stop = Assert.Throws<InvalidInputException>(() => Run(ppo with { Text = Asked with { Stop = null } })).Message;

        Assert.Contains("was trained on prompts in the template \"Human: {prompt}\\nAssistant:\" and no opening, not in the template \"Q: {prompt} A:\" and no opening", message, StringComparison.Ordinal);
        Assert.Contains("was trained on responses that end with \"<unk>\", not with \"<s>\"", stop, StringComparison.Ordinal);
        Assert.False(Directory.Exists(ppo.Output));
    }

    [Fact]
    public void TheSameOpeningIsTheSameHoweverItIsSaid()
    {
        string reward = Reward("reward", new TextSection { Opening = "<s>" }, RewardKind.Token).Folder;
        PpoRecipe ppo = TinyRun.Ppo(Folder, reward, "ppo");

        Run(ppo with { Options = ppo.Options with { Updates = 1, KlTarget = null } });
    }

    [Fact]
    public void AScaleIsNotMeasuredOnAPolicyThatIsAskedInAnotherWay()
    {
        SftRecipe sft = TinyRun.Sft(Folder, "sft");
        string policy = Run(sft with { Text = Asked, Options = sft.Options with { Epochs = 1 } }).Folder;
        RewardRecipe reward = TinyRun.Reward(Folder, "reward") with { Calibration = new CalibrationSection { Policy = policy, Responses = 4 } };

        string message = Assert.Throws<InvalidInputException>(() => Run(reward, RewardKind.Token)).Message;

        Assert.Contains("calibration.policy: ", message, StringComparison.Ordinal);
        Assert.Contains("and no opening, not in the template \"{prompt}\"", message, StringComparison.Ordinal);
    }

    [Fact]
    public void PoliciesAreComparedAsTheyWereTrainedByAJudgeThatReadsTheSame()
    {
        SftRecipe sft = TinyRun.Sft(Folder, "sft");
        string policy = Run(sft with { Text = Asked, Options = sft.Options with { Epochs = 1 } }).Folder;
        string other = Run(sft with { Text = Asked with { Template = "Q: {prompt}" }, Output = Path.Combine(Folder, "other"), Options = sft.Options with { Epochs = 1 } }).Folder;
        string judge = Reward("judge", Asked, RewardKind.Token).Folder, bare = Reward("bare", new TextSection(), RewardKind.Token).Folder;
        PolicyComparison Compare(string reference, string judge, TextSection text) => PolicyComparison.Run(new ComparisonOptions
        {
            Policy = policy,
            Reference = reference,
            Judge = judge,
            Text = text,
            Prompts = TinyRun.Write(Folder, "prompts.jsonl", [JsonSerializer.Serialize(new { prompt = "Once upon a time" })]),
            MaxNewTokens = 6,
        });
        string Refusal(string reference, string judge, TextSection text) => Assert.Throws<InvalidInputException>(() => Compare(reference, judge, text)).Message;

        Assert.Equal(Compare(TinyRun.Model, judge, Asked with { Stop = null }).Policy.Perplexity, Compare(TinyRun.Model, judge, new TextSection()).Policy.Perplexity);
        Assert.StartsWith($"--judge {bare}: was trained on prompts in the template \"{{prompt}}\", not in the template \"Human: ", Refusal(TinyRun.Model, bare, new TextSection()), StringComparison.Ordinal);
        Assert.StartsWith($"--judge {judge}: ", Refusal(other, judge, new TextSection { Template = "Q: {prompt}" }), StringComparison.Ordinal);
        Assert.StartsWith($"--reference {other}: was trained on prompts in the template \"Q: {{prompt}}\"", Refusal(other, judge, new TextSection()), StringComparison.Ordinal);
        Assert.NotNull(Compare(other, judge, new TextSection { Template = Asked.Template }));
    }

    [Fact]
    public void AFormatThatIsNoneIsNamedByItsFile()
    {
        string file = Path.Combine(Folder, PromptFormat.FileName);
        File.WriteAllText(file, """{"template": "Q:"}""");
        string none = Assert.Throws<InvalidInputException>(() => PromptFormat.Load(Folder)).Message;
        File.WriteAllText(file, """{"templates": "{prompt}"}""");
        string unknown = Assert.Throws<InvalidInputException>(() => PromptFormat.Load(Folder)).Message;

        Assert.Contains("template: \"Q:\" does not hold {prompt} exactly once", none, StringComparison.Ordinal);
        Assert.Contains("prompt_format.json:1", unknown, StringComparison.Ordinal);
    }

    private TrainResult Reward(string output, TextSection text, RewardKind kind)
    {
        RewardRecipe recipe = TinyRun.Reward(Folder, output);
        return Run(recipe with { Text = text, Options = recipe.Options with { Steps = 3 } }, kind);
    }

    private static TrainResult Run(SftRecipe recipe) => SftRun.Run(recipe, interruption: TestContext.Current.CancellationToken);

    private static TrainResult Run(RewardRecipe recipe, RewardKind kind) => RewardRun.Run(recipe, kind, interruption: TestContext.Current.CancellationToken);

    private static TrainResult Run(PpoRecipe recipe) => PpoRun.Run(recipe, interruption: TestContext.Current.CancellationToken);
}
