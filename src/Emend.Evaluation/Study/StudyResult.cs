using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Emend.Significance;
using Emend.Text;

namespace Emend.Evaluation;

/// <summary>What a study found, and the measures it was worked out from. The file result.json is this record; format: docs/formats/study-result.md.</summary>
public sealed record StudyResult
{
    /// <summary>Version of the format that this program writes and reads.</summary>
    public const int CurrentFormat = 1;

    /// <summary>Version of the format of the file.</summary>
    public int Format { get; init; } = CurrentFormat;

    /// <summary>The arms, in the order of the measures.</summary>
    public required IReadOnlyList<ArmSummary> Arms { get; init; }

    /// <summary>Every arm against the baseline, then the comparisons that were asked for.</summary>
    public required IReadOnlyList<ArmDifference> Differences { get; init; }

    /// <summary>Win rates at equal KL; one row per level.</summary>
    public required IReadOnlyList<MatchedKlRow> MatchedKl { get; init; }

    /// <summary>How soon each arm is as good as the baseline's best.</summary>
    public required IReadOnlyList<UpdatesToBest> UpdatesToBest { get; init; }

    /// <summary>What went wrong, or may have.</summary>
    public required IReadOnlyList<StudyWarning> Warnings { get; init; }

    /// <summary>What all of the above is worked out from.</summary>
    public required StudyMeasures Measures { get; init; }

    /// <summary>The result as JSON text, indented, with a line end.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Options) + "\n";

    /// <summary>Writes result.json; an interruption leaves the old file or the new one, never a half.</summary>
    public void Save(string path) => WholeFile.Write(path, ToJson());

    /// <summary>Reads a result.json.</summary>
    /// <exception cref="InvalidInputException">The file is missing, of another version, or not a result.</exception>
    public static StudyResult Load(string path)
    {
        if (!File.Exists(path))
            throw new InvalidInputException($"{path}: no such file; the result.json of a study is needed");
        try
        {
            StudyResult result = JsonSerializer.Deserialize<StudyResult>(File.ReadAllText(path), Options)
                ?? throw new InvalidInputException($"{path}: null stands where the result of a study belongs");
            return result.Format == CurrentFormat
                ? result
                : throw new InvalidInputException($"{path}: format {result.Format} is not one that this program reads (it reads {CurrentFormat})");
        }
        catch (JsonException error)
        {
            throw new InvalidInputException($"{path}: not the result of a study: {error.Message}");
        }
    }

    internal static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, // a NaN must not cost an hour of study: it is written as "NaN"
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        Converters = { new OneLine<double[]>(), new OneLine<CurvePoint>(), new OneLine<ScoredToken>() },
    };
}

/// <summary>One arm over all its seeds: means, with an interval on the win rate.</summary>
/// <param name="WinRate">Percent against the reference, at the end of training.</param>
/// <param name="BestWinRate">Percent; mean over seeds of the best point of each smoothed curve. A maximum over noisy points, so biased up.</param>
/// <param name="Length">Mean tokens per response.</param>
/// <param name="ReferenceLength">The same of the reference.</param>
/// <param name="DistinctWords">Different words in a seed's sample.</param>
/// <param name="ReferenceDistinctWords">The same of the reference, in a sample of the same size.</param>
/// <param name="Duplicates">Share of responses that say a sentence twice.</param>
/// <param name="ReferenceDuplicates">The same of the reference.</param>
/// <param name="RepeatedFourGrams">Share of word 4-grams that repeat within their response.</param>
/// <param name="Kl">From the reference, nats per response.</param>
/// <param name="Perplexity">Per token, under the reference model.</param>
/// <param name="AccuracyOriginal">Of the reward model on pairs as people ranked them, fraction.</param>
/// <param name="AccuracyEdited">On pairs (edited, original).</param>
/// <param name="AccuracyGold">On pairs ranked by the judge.</param>
/// <param name="TokenAucOriginal">Of "people changed this token".</param>
/// <param name="TokenAucEdited">Of "people wrote this token".</param>
/// <param name="Extra">The study's own measures, with the reference's beside them.</param>
/// <param name="Seconds">Mean per seed.</param>
public sealed record ArmSummary(string Name, string Description, Estimate WinRate, double? BestWinRate, double Length, double ReferenceLength,
    double DistinctWords, double ReferenceDistinctWords, double Duplicates, double ReferenceDuplicates, double RepeatedFourGrams, double Kl,
    double? Perplexity, double? AccuracyOriginal, double? AccuracyEdited, double? AccuracyGold, double? TokenAucOriginal, double? TokenAucEdited,
    IReadOnlyList<ComparedMeasure> Extra, double Seconds)
{
    /// <summary>Length relative to the reference's: 0.15 is 15 % longer.</summary>
    [JsonIgnore]
    public double LengthDrift => Length / ReferenceLength - 1;

    /// <summary>Different words relative to the reference's.</summary>
    [JsonIgnore]
    public double DistinctShare => DistinctWords / ReferenceDistinctWords;
}

/// <summary>A study's own measure of an arm, and of the reference.</summary>
public sealed record ComparedMeasure(string Name, double Value, double Reference, string Unit);

/// <summary>How many points of win rate an arm is above another, paired by seed and prompt.</summary>
public sealed record ArmDifference(string Arm, string Against, string Question, Estimate Points);

/// <summary>The arms where their KL to the reference first reaches a level.</summary>
/// <param name="Kl">Nats per response.</param>
public sealed record MatchedKlRow(double Kl, IReadOnlyList<MatchedKlCell> Arms);

/// <summary>One arm at one level of KL.</summary>
/// <param name="WinRate">Percent, mean over the seeds that reached the level; null where none did.</param>
/// <param name="Interval">Student's over those seeds; null for fewer than two.</param>
/// <param name="SeedsReached">Number of seeds behind the mean.</param>
/// <param name="Difference">Points above the baseline, over the seeds in which both reached the level.</param>
/// <param name="DifferenceInterval">Student's over those seeds, paired.</param>
public sealed record MatchedKlCell(string Arm, double? WinRate, Interval? Interval, int SeedsReached, double? Difference, Interval? DifferenceInterval);

/// <summary>How many updates an arm takes to be as good as the baseline ever gets, on smoothed curves.</summary>
/// <param name="Best">To the baseline's best, seed by seed.</param>
/// <param name="Plateau">To one point below it, where the baseline has its plateau: a fairer race, since a maximum comes late by chance.</param>
/// <param name="BestOnMeanCurve">To the baseline's best on curves averaged over seeds.</param>
public sealed record UpdatesToBest(string Arm, Race Best, Race Plateau, Race BestOnMeanCurve);

/// <summary>Updates to a level for an arm and for the baseline.</summary>
/// <param name="Updates">Mean over the races in which the arm reached the level; null where it never did.</param>
/// <param name="BaselineUpdates">Mean over all races.</param>
/// <param name="Ratio">Mean of the arm's over the baseline's in the races that both finished; under 1 the arm is sooner.</param>
/// <param name="Reached">Races in which the arm reached the level.</param>
/// <param name="Races">Seeds raced; 1 for a mean curve.</param>
public sealed record Race(double? Updates, double? BaselineUpdates, double? Ratio, int Reached, int Races);

/// <summary>Something that a reader must know before believing a win rate.</summary>
/// <param name="Arm">Whose; empty for the whole study.</param>
public sealed record StudyWarning(string Arm, string Message);
