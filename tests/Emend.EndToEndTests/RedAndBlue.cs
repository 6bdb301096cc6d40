using Emend.Models;
using Emend.Text;
using Emend.Training;

namespace Emend.EndToEndTests;

/// <summary>Versions of a few thousand weights in a folder: one says that it is blue, one that it is red, and a reward model likes red, token by token.</summary>
internal sealed class RedAndBlue(TemporaryFolder folder)
{
    public const string End = "<end>";

    private static readonly string Tokens = BpeTrainer.TrainByteLevel(["it is red it is blue is it red"], 300, [End]);

    public (string Red, string Blue) SaveVersions()
    {
        foreach (string answer in (string[])["red", "blue"])
        {
            Tokenizer read = SaveTokenizer(answer);
            int end = read.IdOf(End)!.Value;
            using LanguageModel model = LanguageModel.Create(Config(read), seed: 1);
            var example = new Example([end, .. read.Encode("is it red")], [.. read.Encode($"it is {answer}"), end]);
            Sft.Train(new SftOptions { Epochs = 200, BatchSize = 4, LearningRate = 2e-2 }, model, [example, example, example, example]);
            model.Save(At(answer));
        }
        return (At("red"), At("blue"));
    }

    public string SaveJudge(int contextLength = 256)
    {
        Tokenizer read = SaveTokenizer("judge");
        ModelConfig config = Config(read) with { ContextLength = contextLength };
        int end = config.BosTokenId!.Value;
        using LanguageModel start = LanguageModel.Create(config, seed: 2);
        int[] prompt = [end, .. read.Encode("is it red")], red = [.. read.Encode("it is red"), end], blue = [.. read.Encode("it is blue"), end];
        var edit = new EditExample(prompt, red, blue, [.. red.Select(_ => true)], [.. blue.Select(_ => true)], []);
        using RewardModel trained = TokenRewardModel.Train(new RewardModelOptions { Steps = 40, BatchSize = 1, LearningRate = 1e-2 }, start, [edit]);
        trained.Calibrate([new Example(prompt, red), new Example(prompt, blue)]);
        using var named = new RewardModel(trained.Model.Clone(), trained.Calibration with { TokenizerSha256 = read.Sha256 });
        named.Save(At("judge"));
        return At("judge");
    }

    private string At(string name) => Path.Combine(folder.Path, name);

    private Tokenizer SaveTokenizer(string name) => Tokenizer.Load(folder.Write($"{name}/tokenizer.json", Tokens));

    private static ModelConfig Config(Tokenizer tokenizer)
    {
        int end = tokenizer.IdOf(End)!.Value;
        return ModelConfig.Llama(tokenizer.VocabularySize, hiddenSize: 16, intermediateSize: 32, layers: 1, heads: 2, keyValueHeads: 2, contextLength: 256) with { BosTokenId = end, EosTokenIds = [end] };
    }
}
