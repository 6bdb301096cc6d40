using System.Collections.Immutable;
using Emend.Evaluation;
using Emend.Feedback;
using Emend.Models;
using Emend.Simulation;
using Emend.Studies.Stages;
using Emend.Tensors;
using Emend.Text;
using Emend.Training;

namespace Emend.Studies;

/// <summary>
/// A file of human edits as a study's task: the policy first learns to write the originals, then must learn from the edits
/// what people took out. The first words of a response are its prompt. Rows are split by their group, so that all edits of
/// one text are on one side.
/// </summary>
internal static class EditsTask
{
    /// <summary>Fine-tunes the model on the originals of the training rows, or takes what an earlier run left in the folder.</summary>
    public static StudyTask Create(StudyRecipe recipe, string dataFolder, string modelFolder, string folder, IProgress<TrainingReport>? progress)
    {
        EditsData data = recipe.Data;
        string file = Path.Combine(dataFolder, data.File);
        EditRow[] rows = [.. EditRows.Read(file).Where(row => data.Where == "" || row.Extra.Flag(data.Where) == true)];
        Cut[] cuts = [.. rows.Select(row => Cut.Of(row, data.PromptWords)).OfType<Cut>()];
        Cut[] training = [.. cuts.Where(cut => SplitOf(cut.Group) == Split.Train)];
        Cut[] test = [.. cuts.Where(cut => SplitOf(cut.Group) == (recipe.Evaluation.Validation ? Split.Validation : Split.Test))];
        if (training.Length < 2 || test.Length < 2)
            throw new InvalidInputException($"{file}: {training.Length} rows for training and {test.Length} for testing are left after choosing rows with an unedited start of {data.PromptWords} words{(data.Where == "" ? "" : $" and {data.Where}: true")}; a study needs more");
        ImmutableSortedSet<string> removed = RemovedWords.Learn(rows, data.RemovedCount, data.RemovedShare);

        string tokenizerFile = Path.Combine(modelFolder, data.Tokenizer);
        Tokenizer tokenizer = Tokenizer.Load(tokenizerFile);
        int Token(string name, string field) => tokenizer.IdOf(name) ?? throw new InvalidInputException($"data.{field}: \"{name}\" is not a token of {tokenizerFile}");
        (int opening, int stop) = (Token(data.Opening, "opening"), Token(data.Stop, "stop"));

        string policyFolder = Path.Combine(folder, "policy");
        if (!File.Exists(Path.Combine(policyFolder, "model.safetensors")))
        {
            TrainPolicy(recipe, modelFolder, policyFolder, progress, training.Select(cut =>
                new Example([opening, .. tokenizer.Encode(cut.Prompt)], [.. tokenizer.Encode(cut.Response), stop])), (folder, config) =>
            {
                tokenizer.Save(folder);
                new PromptFormat { Opening = data.Opening }.Save(folder);
                StopTokens.Put(stop, folder, config);
            });
        }
        LanguageModel policy = LanguageModel.Load(policyFolder);

        string[] evaluation = [.. test.Select(cut => cut.Prompt).Distinct().Take(recipe.Evaluation.Prompts)];
        int Removable(string prompt, string response) => (prompt + response).Split(' ').Count(removed.Contains);
        return new StudyTask
        {
            Name = "edits",
            About = $"{data.Source} {rows.Length} edits; the {removed.Count} words that people remove at least {data.RemovedShare:P0} of the time are what the judge counts.",
            Judge = "the number of words that human edits remove",
            Tokenizer = tokenizer,
            Policy = policy,
            Opening = [opening],
            StopToken = stop,
            MaxNewTokens = data.MaxNewTokens,
            TrainingPrompts = [.. training.Select(cut => cut.Prompt)],
            EvaluationPrompts = evaluation,
            Score = (prompt, text) => -Removable(evaluation[prompt], text),
            Feedback = seed => Pair(training, seed),
            HeldOut = seed => Pair(test, seed),
            Extra = texts => [new Measure("texts with a word that people remove", 100.0 * texts.Count(text => Removable("", text) > 0) / texts.Count, "%")],
        };
    }

    // 70 % of the groups for training, 10 % for choosing settings, 20 % for published figures; a stable hash decides.
    private static Split SplitOf(string group) => (Seeds.Mix(0, group) % 10) switch
    {
        < 7 => Split.Train,
        7 => Split.Validation,
        _ => Split.Test,
    };

    private static void TrainPolicy(StudyRecipe recipe, string modelFolder, string folder, IProgress<TrainingReport>? progress, IEnumerable<Example> examples, Action<string, ModelConfig> saveTexts)
    {
        using LanguageModel model = LanguageModel.Load(modelFolder);
        Sft.Train(recipe.Sft with { Seed = recipe.PolicySeed }, model, [.. examples], progress);
        string temporary = folder + ".tmp";
        model.Save(temporary, StoredType.F32);
        saveTexts(temporary, model.Config);                  // asked as it was trained, by whoever loads it
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        Directory.Move(temporary, folder);
    }

    // "Original" pairs, which such data does not hold, are made of rows that share a prompt: an edited text over the original
    // of another row. They compare two independent texts, as people's rankings of two samples do.
    private static FeedbackSet Pair(Cut[] cuts, int seed)
    {
        Random random = Seeds.For(seed, "original pairs");
        ILookup<string, Cut> byPrompt = cuts.ToLookup(cut => cut.Prompt);
        var original = new List<TextPair>();
        foreach (Cut cut in cuts)
        {
            Cut[] others = [.. byPrompt[cut.Prompt].Where(other => other.Group != cut.Group)];
            if (others.Length > 0)
                original.Add(new TextPair(cut.Prompt, others[random.Next(others.Length)].Edited, cut.Response));
        }
        return new FeedbackSet(original, [.. cuts.Select(cut => new TextEditPair(cut.Prompt, cut.Response, cut.Edited))], []);
    }

    /// <summary>A row whose first words, which both sides share, have become the prompt.</summary>
    private sealed record Cut(string Group, string Prompt, string Response, string Edited)
    {
        public static Cut? Of(EditRow row, int words) => PromptWords.Length(words, row.Response, row.Edited) is int length
            ? new Cut(row.Group, row.Prompt + row.Response[..length], row.Response[length..], row.Edited[length..])
            : null;
    }
}
