using System.Collections.Immutable;
using Emend.Evaluation;
using Emend.Feedback;
using Emend.Models;
using Emend.Studies.Stages;
using Emend.Tensors;
using Emend.Text;
using Emend.Training;

namespace Emend.Studies;

/// <summary>How versions are asked, one response to each prompt.</summary>
public sealed record VersionOptions
{
    /// <summary>How prompts are read; where it says nothing, as each version was trained.</summary>
    public TextSection Text { get; init; } = new();
    public int MaxNewTokens { get; init; } = 128;

    /// <summary>0, so that two versions differ by their weights and not by what was drawn.</summary>
    public double Temperature { get; init; }

    public int Seed { get; init; }
    public DType Compute { get; init; } = DType.Float32;

    /// <summary>Every rule broken, in the words of the command's options.</summary>
    public IEnumerable<string> Problems()
    {
        foreach (string problem in Text.Problems())
            yield return $"--{problem}";
        if (MaxNewTokens < 1)
            yield return $"--max-new {MaxNewTokens}: is not positive";
        if (!(Temperature >= 0) || double.IsInfinity(Temperature))
            yield return FormattableString.Invariant($"--temperature {Temperature}: is not 0 or a positive number");
    }
}

/// <summary>A response of a version, and its length in tokens, the one that ends it counted.</summary>
public sealed record VersionAnswer(string Text, int Tokens);

/// <summary>One version of a model, asked and looked at aspect by aspect.</summary>
public static class ModelVersion
{
    private const int ForwardBatch = 32;

    /// <summary>One response of a version to each question, in their order.</summary>
    /// <param name="doing">Is told what begins, once nothing is left to refuse.</param>
    /// <param name="counted">Is told of what there will be how many, and gives what is to be called for each.</param>
    /// <exception cref="InvalidInputException">The folder or an option is wrong, or prompts are too long: all of them.</exception>
    public static IReadOnlyList<VersionAnswer> Answer(string folder, VersionQuestions questions, VersionOptions options, Action<string>? doing = null, Func<string, int, Action>? counted = null)
    {
        Check(folder, options);
        Tokenizer tokenizer = Tokenizer.Load(folder);
        using LanguageModel model = LanguageModel.Load(folder, options.Compute);
        TextEncoder encoder = TextEncoder.Create(options.Text, tokenizer, model, folder, "--");
        int[][] ids = PromptBudget.Encode(questions.Source, questions.Prompts.Select(prompt => (prompt.Prompt, prompt.Line)), encoder.Prompt, model.Config.ContextLength, options.MaxNewTokens, $" of {folder}");
        doing?.Invoke($"{folder} answers {ids.Length} prompts");
        using IDisposable off = Gradients.Off();
        ImmutableArray<int> stops = StopTokens.Of(model.SourceFolder, model.Config);
        Generation[] generations = Generator.Generate(model, ids, new SamplingOptions { MaxNewTokens = options.MaxNewTokens, Temperature = options.Temperature, StopTokens = stops, Seed = options.Seed }, counted?.Invoke($"responses of {folder}", ids.Length));
        return [.. generations.Select(generation => new VersionAnswer(
            tokenizer.Decode(generation.Stopped ? generation.Response[..^1] : generation.Response, skipSpecialTokens: true), generation.Response.Length))];
    }

    /// <summary>Whether a version gives the better of two given responses a higher log-probability per token, its end counted; one flag for each pair.</summary>
    /// <exception cref="InvalidInputException">The folder is wrong, or a pair is longer than its context: all of them.</exception>
    public static bool[] PrefersBetter(string folder, IReadOnlyList<AspectPair> pairs, string set, VersionOptions options)
    {
        Check(folder, options);
        Tokenizer tokenizer = Tokenizer.Load(folder);
        using LanguageModel model = LanguageModel.Load(folder, options.Compute);
        TextEncoder encoder = TextEncoder.Create(options.Text, tokenizer, model, folder, "--");
        (int[] Prompt, int[] Response)[] texts = Encode(encoder, pairs, set);
        string[] problems = [.. pairs.Where((_, i) => Math.Max(Length(texts[2 * i]), Length(texts[2 * i + 1])) > model.Config.ContextLength)
            .Select(pair => $"{Path.GetFileName(set)}:{pair.Line}: prompt and response are longer than the context of {folder}, {model.Config.ContextLength} tokens")];
        if (problems.Length > 0)
            throw InvalidInputException.ForProblems(set, problems);
        double[] means = [.. texts.Chunk(ForwardBatch).SelectMany(chunk => Means(model, chunk))];
        return [.. pairs.Select((_, i) => means[2 * i] > means[2 * i + 1])];

        static int Length((int[] Prompt, int[] Response) text) => text.Prompt.Length + text.Response.Length;
    }

    /// <summary>Tokens of a response with their rewards in deviations, for a page.</summary>
    public static IReadOnlyList<ScoredToken> Colours(RewardModel model, Tokenizer tokenizer, string prompt, string response) => response.Length == 0 ? [] : Shown(ResponseScore.Of(model, tokenizer, prompt, response));

    /// <summary>The tokens that cover text: of the one that ends a response nothing is shown.</summary>
    internal static IReadOnlyList<ScoredToken> Shown(ResponseScore score) => [.. score.Tokens.Where(token => token.Span.Length > 0).Select(token => new ScoredToken(token.Span.Start, token.Span.End, token.Standardized))];

    /// <summary>The better and the worse text of each pair behind its prompt.</summary>
    private static (int[] Prompt, int[] Response)[] Encode(TextEncoder encoder, IReadOnlyList<AspectPair> pairs, string set)
    {
        var texts = new List<(int[], int[])>();
        var problems = new List<string>();
        foreach (AspectPair pair in pairs)
        {
            try
            {
                int[] prompt = encoder.Prompt(new Prompt(pair.Prompt));
                texts.AddRange([(prompt, encoder.Response(pair.Better)), (prompt, encoder.Response(pair.Worse))]);
            }
            catch (InvalidInputException exception)
            {
                problems.Add($"{Path.GetFileName(set)}:{pair.Line}: {exception.Message}");
            }
        }
        return problems.Count == 0 ? [.. texts] : throw InvalidInputException.ForProblems(set, problems);
    }

    private static IEnumerable<double> Means(LanguageModel model, (int[] Prompt, int[] Response)[] texts)
    {
        using IDisposable off = Gradients.Off();
        using var scope = new TensorScope();
        float[] logprobs = model.FlatLogprobs(TokenBatch.Of([.. texts.Select(text => text.Prompt)], [.. texts.Select(text => text.Response)])).ToArray<float>();
        var means = new List<double>();
        int start = 0;
        foreach ((_, int[] response) in texts)
        {
            means.Add(logprobs.Skip(start).Take(response.Length).Average(logprob => (double)logprob));
            start += response.Length;
        }
        return means;
    }

    /// <exception cref="InvalidInputException">One of the versions has no folder: all of them.</exception>
    public static void RequireFolders(IEnumerable<string> versions)
    {
        string[] problems = [.. versions.Where(folder => !Directory.Exists(folder)).Select(folder => $"{folder}: there is no such folder; a model folder is expected")];
        if (problems.Length > 0)
            throw new InvalidInputException(string.Join("; ", problems));
    }

    private static void Check(string folder, VersionOptions options)
    {
        string[] problems = [.. options.Problems()];
        if (problems.Length > 0)
            throw new InvalidInputException(string.Join("; ", problems));
        RequireFolders([folder]);
    }
}
