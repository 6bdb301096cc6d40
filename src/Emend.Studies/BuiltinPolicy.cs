using Emend.Models;
using Emend.Simulation;
using Emend.Text;
using Emend.Training;

namespace Emend.Studies;

/// <summary>The policy of the built-in world, trained from nothing: tokenizer, base model, and fine-tuning on the assistant's demonstrations.</summary>
public static class BuiltinPolicy
{
    /// <summary>Opens every text and ends every response.</summary>
    internal const string EndOfText = "<|endoftext|>";

    /// <summary>Makes the folder: the base model learns the world's language and facts from its texts, then to answer as the (faulty) assistant does.</summary>
    public static void Train(StudyRecipe recipe, World world, string folder, IProgress<TrainingReport>? progress)
    {
        string[] texts = [.. world.PretrainingText(world.RandomFor("pretraining"), recipe.PolicyData.PretrainingTexts)];
        string temporary = folder + ".tmp";
        Directory.CreateDirectory(temporary);
        File.WriteAllText(Path.Combine(temporary, "tokenizer.json"), BpeTrainer.TrainByteLevel(texts, recipe.Policy.VocabularySize, [EndOfText], opening: EndOfText));
        Tokenizer tokenizer = Tokenizer.Load(temporary);
        int end = tokenizer.IdOf(EndOfText)!.Value;

        PolicyShape shape = recipe.Policy;
        ModelConfig config = ModelConfig.Llama(tokenizer.VocabularySize, shape.HiddenSize, shape.IntermediateSize, shape.Layers, shape.Heads, shape.Heads, shape.ContextLength) with
        {
            BosTokenId = end,
            EosTokenIds = [end],
            InitializerRange = shape.InitializerRange,
        };
        using LanguageModel model = LanguageModel.Create(config, recipe.PolicySeed);
        Sft.Train(recipe.Pretraining with { Seed = recipe.PolicySeed }, model,
            [.. texts.Select(text => new Example([end], [.. tokenizer.Encode(text), end]))], progress, "pretraining");

        Random random = world.RandomFor("demonstrations");
        Example[] demonstrations = [.. Enumerable.Range(0, recipe.PolicyData.Demonstrations).Select(_ =>
        {
            WorldPrompt prompt = world.Prompt(Split.Train, random);
            return new Example([end, .. tokenizer.Encode(prompt.Text)], [.. tokenizer.Encode(world.Demonstration(prompt, random).Text), end]);
        })];
        Sft.Train(recipe.Sft with { Seed = recipe.PolicySeed }, model, demonstrations, progress);
        model.Save(temporary);
        new PromptFormat().Save(temporary);                  // its tokenizer puts the opening in front
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        Directory.Move(temporary, folder);
    }
}
