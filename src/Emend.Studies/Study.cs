using System.Diagnostics;
using System.Text.Json;
using Emend.Evaluation;
using Emend.Models;
using Emend.Tensors;
using Emend.Text;
using Emend.Training;

namespace Emend.Studies;

/// <summary>How far a study is: what runs now, how much of all work is done (0 to 1), and how long still by the pace so far.</summary>
public sealed record StudyProgress(string Doing, double Done, TimeSpan Elapsed, TimeSpan? Remaining);

/// <summary>Arms × seeds on one task. Every finished arm is a file, so that an interrupted study goes on where it was.</summary>
public static class Study
{
    private static readonly JsonSerializerOptions s_json = new() { NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals };

    /// <summary>Runs what is missing of the study on so many threads and works out the result.</summary>
    public static StudyResult Run(StudyRecipe recipe, StudyTask task, PpoOptions ppo, string folder, int jobs, IProgress<StudyProgress>? progress)
    {
        var clock = Stopwatch.StartNew();
        Arm[] arms = [.. recipe.Arms.Select(name => Arm.Find(name)!)];
        string armFolder = Path.Combine(folder, "arms");
        Directory.CreateDirectory(armFolder);
        using MetricsLog log = MetricsLog.Open(Path.Combine(folder, "metrics.jsonl"));

        // One job per seed and reward model; a seed's feedback is collected by the first job that needs it.
        var feedback = recipe.Seeds.ToDictionary(seed => seed, seed => new Lazy<SeedFeedback>(() => SeedFeedback.Collect(task, recipe, ppo, seed)));
        Job[] queue = [.. from seed in recipe.Seeds
                          from grouped in arms.GroupBy(arm => arm.RewardModelName)
                          let missing = grouped.Where(arm => !File.Exists(PathOf(armFolder, arm.Name, seed))).ToArray()
                          where missing.Length > 0
                          select new Job(seed, missing)];
        var meter = new Meter(queue.Sum(job => job.Work), clock, progress);
        Workers.Run(queue, jobs, job =>
        {
            var run = new ArmRun(task, recipe, ppo, job.Seed, log, (doing, done) => meter.Doing(job, $"{task.Name}, seed {job.Seed}, {doing}", done));
            SeedFeedback given = feedback[job.Seed].Value;
            foreach (ArmOutcome outcome in run.Run(job.Arms, given.Training, given.HeldOut, given.PolicyResponses, given.Reference))
                WholeFile.Write(PathOf(armFolder, outcome.Arm, job.Seed), JsonSerializer.Serialize(outcome, s_json));
            meter.Finished(job);
        });

        var outcomes = arms.ToDictionary(arm => arm.Name, arm => recipe.Seeds.Select(seed => Load(PathOf(armFolder, arm.Name, seed))).ToArray());
        return StudySummary.Of(new StudyMeasures
        {
            Name = task.Name,
            About = task.About,
            Reference = "SFT",
            Judge = task.Judge,
            Baseline = "A",
            Recommended = recipe.Recommended,
            Arms = [.. arms.Select(arm => new ArmMeasures(arm.Name, arm.Description, [.. outcomes[arm.Name].Select(outcome => outcome.Measures)]))],
            Comparisons = Comparisons(recipe.Arms),
            Samples = Samples(task, outcomes[recipe.Recommended][0], [.. arms.Select(arm => outcomes[arm.Name][0])]),
            Timings = [new StageSeconds("arms", clock.Elapsed.TotalSeconds)],
            PeakMemoryBytes = Process.GetCurrentProcess().PeakWorkingSet64,
            Settings =
            [
                new("seeds", string.Join(", ", recipe.Seeds)), new("updates", $"{ppo.Updates}"), new("rollouts per update", $"{ppo.RolloutBatch}"),
                new("KL coefficient", $"{ppo.KlCoefficient}"), new("reward-model steps", $"{recipe.Reward.Steps}"),
                new("evaluation prompts", $"{task.EvaluationPrompts.Count}"), new("libtorch", Torch.Version),
            ],
        });
    }

    private static ArmPair[] Comparisons(IReadOnlyList<string> arms)
    {
        ArmPair[] all =
        [
            new("B", "A", "What edited pairs bring"), new("C", "A", "The paper's method against PPO from rankings"), new("C-split", "A", "Ours against PPO from rankings"),
            new("B-split", "A", "One pair per hunk, reward on the whole response"), new("C", "B", "Token reward instead of sequence reward, same pairs"),
            new("C-sparse", "A", "The reward model of the paper's method, paid at the end"), new("C-token", "A", "A loss on every token of an edit"),
            new("C", "C-sparse", "Dense instead of sparse placement, same reward model"), new("C-split", "C", "One pair per hunk"), new("C-all", "C-split", "The rankings beside the edits"),
            new("C-split", "B-split", "Token reward and dense placement, on split pairs"), new("C-all", "A", "Rankings and edits together against rankings alone"), new("C-all", "B-all", "Token reward and dense placement, on rankings and split pairs"), new("B-all", "A", "Rankings and edits together, reward on the whole response"),
            new("C-implicit", "A", "Token loss and implicit reward against PPO from rankings"), new("C-implicit", "C-token", "The implicit reward beside the head's"),
            new("C-implicit", "D-implicit", "The edits, with an implicit reward on both sides"), new("D-implicit", "A", "Implicit token reward without edits"),
            new("D", "A", "Token reward without edits"),
            new("A-neutral", "A", "A reward that length does not explain, from rankings"), new("C-neutral", "A", "C-implicit with a reward that length does not explain, against PPO from rankings"),
            new("C-neutral", "A-neutral", "The same against PPO from rankings with such a reward"), new("C-neutral", "C-implicit", "A reward that length does not explain"),
            new("D-neutral", "A", "D-implicit with a reward that length does not explain"), new("C-neutral", "D-neutral", "The edits, with implicit rewards that length does not explain on both sides"),
        ];
        return [.. all.Where(pair => arms.Contains(pair.Arm) && arms.Contains(pair.Against))];
    }

    private static List<SamplePrompt> Samples(StudyTask task, ArmOutcome recommended, ArmOutcome[] outcomes)
    {
        int count = outcomes.Min(outcome => outcome.Samples.Count);
        return [.. Enumerable.Range(0, count).Select(i => new SamplePrompt(task.EvaluationPrompts[i],
            [recommended.ReferenceSamples[i], .. outcomes.Select(outcome => outcome.Samples[i])]))];
    }

    private static string PathOf(string folder, string arm, int seed) => Path.Combine(folder, $"{arm}-{seed}.json");

    private static ArmOutcome Load(string path) => JsonSerializer.Deserialize<ArmOutcome>(File.ReadAllText(path), s_json)!;

    private sealed record Job(int Seed, Arm[] Arms)
    {
        /// <summary>In trainings of a reward model.</summary>
        public double Work => 1 + ArmRun.PpoWork * Arms.Length;
    }

    private sealed class Meter(double work, Stopwatch clock, IProgress<StudyProgress>? progress)
    {
        private readonly Lock _lock = new();
        private readonly Dictionary<Job, double> _running = [];
        private double _finished;

        public void Doing(Job job, string doing, double done)
        {
            lock (_lock)
            {
                _running[job] = done / job.Work;
                Report(doing);
            }
        }

        public void Finished(Job job)
        {
            lock (_lock)
            {
                _running.Remove(job);
                _finished += job.Work;
                Report("finished an arm");
            }
        }

        private void Report(string doing)
        {
            double done = (_finished + _running.Sum(pair => pair.Value * pair.Key.Work)) / Math.Max(1, work);
            progress?.Report(new StudyProgress(doing, done, clock.Elapsed, done > 0.02 ? clock.Elapsed * (1 / done - 1) : null));
        }
    }
}

/// <summary>What all arms of a seed share: the feedback, SFT responses for calibration, and the reference's judged responses.</summary>
internal sealed record SeedFeedback(FeedbackSet Training, FeedbackSet HeldOut, IReadOnlyList<Example> PolicyResponses, JudgedSample Reference)
{
    private const int CalibrationResponses = 512;

    public static SeedFeedback Collect(StudyTask task, StudyRecipe recipe, PpoOptions ppo, int seed)
    {
        using IDisposable off = Gradients.Off();
        int[][] prompts = [.. Enumerable.Range(0, CalibrationResponses).Select(i => task.EncodePrompt(task.TrainingPrompts[i % task.TrainingPrompts.Count]))];
        IReadOnlyList<Generation> responses = Generator.Generate(task.Policy, prompts, new SamplingOptions
        {
            MaxNewTokens = task.MaxNewTokens,
            Temperature = ppo.Temperature,
            StopTokens = [task.StopToken],
            Seed = Seeds.Mix(seed, "calibration"),
        });
        return new SeedFeedback(task.Feedback(seed), task.HeldOut(seed),
            [.. responses.Where(response => response.Stopped).Select(response => new Example(response.Prompt, response.Response))],
            PolicyEvaluation.Sample(task, task.Policy, task.EvaluationPrompts.Count, recipe.Evaluation.ReferenceSamples, ppo.Temperature, Seeds.Mix(seed, "reference")));
    }
}
