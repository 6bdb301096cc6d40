using Emend.Models;
using Emend.Significance;
using Emend.Tensors;
using Emend.Training;

namespace Emend.Studies;

/// <summary>Responses of one policy to the evaluation prompts, prompt by prompt, and the judge's scores of them.</summary>
internal sealed record JudgedSample(IReadOnlyList<Generation> Generations, string[] Texts, double[][] Scores, int PerPrompt)
{
    public double MeanTokens => Generations.Average(generation => generation.Response.Length);

    /// <summary>The first responses to each prompt, so that counts that grow with a sample can be compared; all where there are fewer.</summary>
    public JudgedSample First(int perPrompt)
    {
        int[] kept = [.. Enumerable.Range(0, Texts.Length).Where(i => i % PerPrompt < perPrompt)];
        return new JudgedSample([.. kept.Select(i => Generations[i])], [.. kept.Select(i => Texts[i])],
            [.. Scores.Select(scores => scores[..Math.Min(perPrompt, scores.Length)])], Math.Min(perPrompt, PerPrompt));
    }
}

/// <summary>How a policy does on held-out prompts.</summary>
internal static class PolicyEvaluation
{
    private const int ForwardBatch = 64;

    /// <summary>Samples the policy at the temperature it was trained at. The same seed gives every arm the same random numbers.</summary>
    public static JudgedSample Sample(StudyTask task, LanguageModel policy, int prompts, int perPrompt, double temperature, int seed) => Sample(
        policy,
        [.. Enumerable.Range(0, prompts).Select(prompt => task.EncodePrompt(task.EvaluationPrompts[prompt]))],
        perPrompt,
        new SamplingOptions { MaxNewTokens = task.MaxNewTokens, Temperature = temperature, StopTokens = [task.StopToken], Seed = Seeds.Mix(seed, "evaluation") },
        generation => task.Decode(generation.Response),
        (_, texts) => [.. texts.Select((text, i) => task.Score(i / perPrompt, text))]);

    /// <summary>Samples so many responses to each prompt and has them judged.</summary>
    /// <param name="judge">Scores of all responses, in their order: those to one prompt stand together. Higher is better.</param>
    /// <param name="finished">Called once for each response.</param>
    public static JudgedSample Sample(LanguageModel policy, IReadOnlyList<int[]> prompts, int perPrompt, SamplingOptions options,
        Func<Generation, string> decode, Func<IReadOnlyList<Generation>, string[], double[]> judge, Action? finished = null)
    {
        using IDisposable off = Gradients.Off();
        IReadOnlyList<Generation> generations = Generator.Generate(policy, [.. prompts.SelectMany(prompt => Enumerable.Repeat(prompt, perPrompt))], options, finished);
        string[] texts = [.. generations.Select(decode)];
        return new JudgedSample(generations, texts, [.. judge(generations, texts).Chunk(perPrompt)], perPrompt);
    }

    /// <summary>Outcome of each prompt against the reference: 1 won, 0 lost, ties half, mean over all pairs.</summary>
    public static double[] Outcomes(JudgedSample sample, JudgedSample reference) =>
        [.. sample.Scores.Zip(reference.Scores, (own, theirs) => WinRate.AllPairs(own, theirs))];

    /// <summary>Every pair of responses to one prompt with its outcome and the lengths in tokens.</summary>
    public static List<LengthVerdict> LengthVerdicts(JudgedSample sample, JudgedSample reference)
    {
        var verdicts = new List<LengthVerdict>();
        for (int prompt = 0; prompt < sample.Scores.Length; prompt++)
        {
            for (int i = 0; i < sample.PerPrompt; i++)
            {
                for (int j = 0; j < reference.PerPrompt; j++)
                {
                    double outcome = WinRate.AllPairs([sample.Scores[prompt][i]], [reference.Scores[prompt][j]]);
                    verdicts.Add(new LengthVerdict(outcome, Tokens(sample, prompt, i), Tokens(reference, prompt, j), prompt));
                }
            }
        }
        return verdicts;

        static int Tokens(JudgedSample of, int prompt, int response) => of.Generations[prompt * of.PerPrompt + response].Response.Length;
    }

    /// <summary>Divergence from the reference in nats per response, estimated on the sample (k1), and the sample's perplexity per token under the reference.</summary>
    public static (double Kl, double Perplexity) Divergence(JudgedSample sample, LanguageModel reference, double temperature)
    {
        using IDisposable off = Gradients.Off();
        double kl = 0, logLikelihood = 0;
        long tokens = 0;
        foreach (Generation[] chunk in sample.Generations.Chunk(ForwardBatch))
        {
            using var scope = new TensorScope();
            TokenBatch batch = TokenBatch.Of(chunk);
            double likelihood = reference.FlatLogprobs(batch, temperature).Sum().Item();
            kl += chunk.Sum(generation => generation.Logprobs.Sum(logprob => (double)logprob)) - likelihood;
            logLikelihood += likelihood;
            tokens += batch.ResponseTokens;
        }
        return (kl / sample.Generations.Count, Math.Exp(-logLikelihood / tokens));
    }

    /// <summary>Scores by a reward model, one per response.</summary>
    public static double[] Scores(RewardModel rewardModel, IEnumerable<Example> responses)
    {
        using IDisposable off = Gradients.Off();
        var scores = new List<double>();
        foreach (Example[] chunk in responses.Chunk(ForwardBatch))
        {
            using var scope = new TensorScope();
            TokenBatch batch = Example.Batch(chunk);
            scores.AddRange(rewardModel.Scores(batch).ToArray<float>().Select(score => (double)score));
        }
        return [.. scores];
    }

    /// <summary>Token rewards, one array per response.</summary>
    public static float[][] TokenRewards(RewardModel rewardModel, IReadOnlyList<Example> responses)
    {
        using IDisposable off = Gradients.Off();
        var rewards = new List<float[]>();
        foreach (Example[] chunk in responses.Chunk(ForwardBatch))
        {
            using var scope = new TensorScope();
            TokenBatch batch = Example.Batch(chunk);
            float[] flat = rewardModel.FlatTokenRewards(batch).ToArray<float>();
            for (int row = 0, start = 0; row < chunk.Length; start += chunk[row].Response.Length, row++)
                rewards.Add(flat[start..(start + chunk[row].Response.Length)]);
        }
        return [.. rewards];
    }
}
