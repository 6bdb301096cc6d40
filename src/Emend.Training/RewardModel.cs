using System.Text.Json;
using Emend.Models;
using Emend.Tensors;
using Emend.Text;

namespace Emend.Training;

/// <summary>What one number of a reward model stands for.</summary>
public enum RewardKind
{
    /// <summary>One score per response, read at its last token.</summary>
    Sequence,

    /// <summary>A reward per token; a response scores their mean.</summary>
    Token,
}

/// <summary>
/// What a reward model learned about its own scale, on samples of the policy it will reward. A Bradley-Terry loss fixes
/// neither an offset nor (for means) a scale: without these numbers PPO would be paid by the token.
/// </summary>
public sealed record Calibration
{
    public required RewardKind Kind { get; init; }

    /// <summary>Mean and deviation of response scores.</summary>
    public required double ScoreMean { get; init; }
    public required double ScoreDeviation { get; init; }

    /// <summary>Mean and deviation of single token rewards; those of the scores for a sequence model.</summary>
    public required double TokenMean { get; init; }
    public required double TokenDeviation { get; init; }

    /// <summary>Mean tokens of the responses they were measured on; 0 where an older calibration did not measure it.</summary>
    public double LengthMean { get; init; }

    /// <summary>What a score gains with each token that a response is longer, by least squares over those responses.</summary>
    public double ScorePerToken { get; init; }

    /// <summary>Tokens that a token model reads behind a token before it is rewarded.</summary>
    public int Lookahead { get; init; }

    /// <summary>Of a token model: weight of the implicit part of its rewards, beside the score.</summary>
    public double ImplicitWeight { get; init; }

    /// <summary>Responses they were measured on.</summary>
    public required int Responses { get; init; }

    /// <summary>Hash of the tokenizer.json whose ids the model scores; empty where none was given.</summary>
    public string TokenizerSha256 { get; init; } = "";
}

/// <summary>
/// A model with a scalar head and its calibration: one folder, one artefact. Where rewards have an implicit part, the language model
/// that training started from belongs to it: what the model's own language head has learned since is the log-ratio of the two.
/// </summary>
public sealed class RewardModel(ScalarHeadModel model, Calibration calibration, LanguageModel? start = null) : IDisposable
{
    /// <summary>Where in its folder the language model stands that training started from, if rewards have an implicit part.</summary>
    public const string StartFolder = "start";

    private const string CalibrationFile = "calibration.json";
    private (Tokenizer Tokenizer, PromptEncoder Encoder)? _prompts;
    private static readonly JsonSerializerOptions s_json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow,
        Converters = { new System.Text.Json.Serialization.JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    public ScalarHeadModel Model => model;
    public Calibration Calibration { get; private set; } = calibration;

    /// <summary>What training started from; null where rewards have no implicit part.</summary>
    public LanguageModel? Start => start;

    /// <summary>How prompts were read in training, as the model's folder says; where it says nothing, bare.</summary>
    /// <exception cref="InvalidInputException">What the folder says does not go with the tokenizer.</exception>
    public PromptEncoder Prompts(Tokenizer tokenizer)
    {
        if (_prompts is not { } known || known.Tokenizer != tokenizer)
            _prompts = known = (tokenizer, (model.SourceFolder is { } folder ? PromptEncoder.OfFolder(folder, tokenizer, model.Config) : null) ?? PromptEncoder.Create(new PromptFormat(), tokenizer, model.Config, model.SourceFolder, ""));
        return known.Encoder;
    }

    /// <summary>Raw rewards (B, R): of a sequence model every prefix's score, of which only the last one was trained.</summary>
    public Tensor TokenRewards(TokenBatch batch)
    {
        using var scope = new TensorScope();
        return scope.Keep(batch.Pad(FlatTokenRewards(batch)));
    }

    /// <summary>The same without padding, flat (N).</summary>
    public Tensor FlatTokenRewards(TokenBatch batch)
    {
        if (start is null)
            return model.FlatTokenScores(batch, Calibration.Lookahead);
        using var scope = new TensorScope();
        Tensor before;
        using (Gradients.Off())
            before = start.FlatLogprobs(batch);
        return scope.Keep(model.FlatTokenScores(batch, Calibration.Lookahead, Calibration.ImplicitWeight) - Calibration.ImplicitWeight * before);
    }

    /// <summary>Raw scores (B): at the last token, or the mean of the token rewards.</summary>
    public Tensor Scores(TokenBatch batch) => Calibration.Kind == RewardKind.Sequence
        ? model.LastScores(batch)
        : Masked.RowMean(TokenRewards(batch), batch.ResponseMask(model.Device));

    /// <summary>Measures mean and deviation on responses of the policy that is to be rewarded, in batches of so many.</summary>
    public void Calibrate(IReadOnlyList<Example> responses, int batchSize = 64)
    {
        using IDisposable off = Gradients.Off();
        List<double> scores = [], tokens = [];
        foreach (Example[] chunk in responses.Chunk(batchSize))
        {
            using var scope = new TensorScope();
            TokenBatch batch = Example.Batch(chunk);
            float[] rewards = FlatTokenRewards(batch).ToArray<float>();
            for (int row = 0, start = 0; row < chunk.Length; start += chunk[row].Response.Length, row++)
            {
                ReadOnlySpan<float> own = rewards.AsSpan(start, chunk[row].Response.Length);
                scores.Add(Calibration.Kind == RewardKind.Sequence ? own[^1] : Mean(own));
                foreach (float reward in own)
                    tokens.Add(reward);
            }
        }
        (double scoreMean, double scoreDeviation) = Moments(scores);
        double[] lengths = [.. responses.Select(response => (double)response.Response.Length)];
        (double lengthMean, double lengthDeviation) = Moments(lengths);
        (double tokenMean, double tokenDeviation) = Calibration.Kind == RewardKind.Token ? Moments(tokens) : (scoreMean, scoreDeviation);
        Calibration = Calibration with
        {
            ScoreMean = scoreMean,
            ScoreDeviation = scoreDeviation,
            TokenMean = tokenMean,
            TokenDeviation = tokenDeviation,
            LengthMean = lengthMean,
            ScorePerToken = lengths.Zip(scores, (length, score) => (length - lengthMean) * (score - scoreMean)).Average() / (lengthDeviation * lengthDeviation),
            Responses = responses.Count,
        };
    }

    /// <summary>Writes weights, head and calibration into a folder that Hugging Face's tools can read as a model.</summary>
    public void Save(string folder)
    {
        model.Save(folder);
        start?.Save(Path.Combine(folder, StartFolder));
        WholeFile.Write(Path.Combine(folder, CalibrationFile), JsonSerializer.Serialize(Calibration, s_json) + "\n");
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    public static RewardModel Load(string folder, DType compute = DType.Float32, Device device = default)
    {
        string path = Path.Combine(folder, CalibrationFile);
        if (!File.Exists(path))
            throw new InvalidInputException($"{folder}: there is no {CalibrationFile}; a reward model's folder is what 'emend train reward' or 'emend train token-reward' writes");
        try
        {
            Calibration calibration = JsonSerializer.Deserialize<Calibration>(File.ReadAllText(path), s_json)!;
            bool hasImplicit = calibration.ImplicitWeight > 0;
            return new RewardModel(ScalarHeadModel.Load(folder, compute, device, likelihoods: hasImplicit), calibration, hasImplicit ? LanguageModel.Load(Path.Combine(folder, StartFolder), compute, device) : null);
        }
        catch (JsonException exception)
        {
            throw new InvalidInputException($"{path}:{exception.LineNumber + 1}: {exception.Path}: this is not the calibration of a reward model");
        }
    }

    internal static Calibration Uncalibrated(RewardKind kind, int lookahead = 0, double implicitWeight = 0) =>
        new() { Kind = kind, Lookahead = lookahead, ImplicitWeight = implicitWeight, ScoreMean = 0, ScoreDeviation = 1, TokenMean = 0, TokenDeviation = 1, Responses = 0 };

    private static double Mean(ReadOnlySpan<float> values)
    {
        double sum = 0;
        foreach (float value in values)
            sum += value;
        return sum / values.Length;
    }

    private static (double Mean, double Deviation) Moments(IReadOnlyList<double> values)
    {
        double mean = values.Average(), variance = values.Average(value => (value - mean) * (value - mean));
        return (mean, Math.Max(Math.Sqrt(variance), 1e-6));
    }

    public void Dispose()
    {
        model.Dispose();
        start?.Dispose();
    }
}
