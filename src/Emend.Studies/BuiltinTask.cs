using Emend.Models;
using Emend.Simulation;
using Emend.Tensors;
using Emend.Text;
using Emend.Training;

namespace Emend.Studies;

/// <summary>The built-in world as a study's task: tokenizer and policy are trained here, feedback comes from simulated annotators.</summary>
internal static class BuiltinTask
{
    /// <summary>Trains tokenizer, base model and SFT model of a regime and saves them, or takes them from the folder where an earlier run left them.</summary>
    public static StudyTask Create(StudyRecipe recipe, Regime regime, string folder, IProgress<TrainingReport>? progress)
    {
        WorldOptions options = WorldOptions.For(regime);
        World world = World.Create(options, recipe.PolicySeed);
        string modelFolder = Path.Combine(folder, $"policy-{regime.ToString().ToLowerInvariant()}");
        if (!File.Exists(Path.Combine(modelFolder, "model.safetensors")))
            BuiltinPolicy.Train(recipe, world, modelFolder, progress);
        Tokenizer tokenizer = Tokenizer.Load(modelFolder);
        LanguageModel policy = LanguageModel.Load(modelFolder);
        int end = tokenizer.IdOf(BuiltinPolicy.EndOfText)!.Value;
        WorldPrompt[] evaluation = [.. world.Prompts(recipe.Evaluation.Validation ? Split.Validation : Split.Test, recipe.Evaluation.Prompts, recipe.PolicySeed)];
        WorldPrompt[] training = [.. world.Prompts(Split.Train, recipe.Feedback.Pairs, recipe.PolicySeed)];
        var task = new StudyTask
        {
            Name = $"builtin/{regime.ToString().ToLowerInvariant()}",
            About = $"An assistant for a fictional product line answers questions of customers ({regime.ToString().ToLowerInvariant()} regime). Its faults: wrong facts, rudeness, filler, repetition, gaps.",
            Judge = "the gold rubric of the built-in world",
            Tokenizer = tokenizer,
            Policy = policy,
            Opening = [end],
            StopToken = end,
            MaxNewTokens = recipe.PpoFor(regime).MaxNewTokens,
            TrainingPrompts = [.. training.Select(prompt => prompt.Text)],
            EvaluationPrompts = [.. evaluation.Select(prompt => prompt.Text)],
            Score = (prompt, text) => GoldRubric.Judge(evaluation[prompt], text).Score,
            Feedback = _ => throw new InvalidOperationException(),
            HeldOut = _ => throw new InvalidOperationException(),
        };
        return task with
        {
            Feedback = seed => Collect(task, regime, training, seed, "feedback"),
            HeldOut = seed => Collect(task, regime, [.. world.Prompts(Split.Validation, recipe.Feedback.HeldOutPairs, seed)], seed, "held-out"),
        };
    }

    // On each prompt the policy answers twice; an annotator ranks the two and edits the worse.
    private static FeedbackSet Collect(StudyTask task, Regime regime, WorldPrompt[] prompts, int seed, string purpose)
    {
        using IDisposable off = Gradients.Off();
        int[][] ids = [.. prompts.SelectMany(prompt => Enumerable.Repeat(task.EncodePrompt(prompt.Text), 2))];
        string[] answers = [.. Generator.Generate(task.Policy, ids, new SamplingOptions
        {
            MaxNewTokens = task.MaxNewTokens, Temperature = 1, StopTokens = [task.StopToken], Seed = Seeds.Mix(seed, purpose),
        }).Select(generation => task.Decode(generation.Response))];

        var annotator = new Annotator(AnnotatorNoise.For(regime), regime, Seeds.For(seed, $"annotator/{purpose}"));
        List<TextPair> original = [], gold = [];
        List<TextEditPair> edits = [];
        for (int i = 0; i < prompts.Length; i++)
        {
            string[] two = answers[(2 * i)..(2 * i + 2)];
            IReadOnlyList<int> order = annotator.Rank(prompts[i], two);
            string preferred = two[order[0]], other = two[order[1]];
            original.Add(new TextPair(prompts[i].Text, preferred, other));
            edits.Add(new TextEditPair(prompts[i].Text, other, annotator.Edit(prompts[i], other).Edited));
            Outcome truth = GoldRubric.Compare(prompts[i], two[0], two[1]);
            if (truth != Outcome.Tie)
                gold.Add(truth == Outcome.Win ? new TextPair(prompts[i].Text, two[0], two[1]) : new TextPair(prompts[i].Text, two[1], two[0]));
        }
        return new FeedbackSet(original, edits, gold);
    }
}
