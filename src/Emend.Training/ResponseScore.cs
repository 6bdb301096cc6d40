using System.Collections.Immutable;
using Emend.Models;
using Emend.Tensors;
using Emend.Text;

namespace Emend.Training;

/// <summary>
/// What a reward model gives one token: the text it covers and where, its raw reward, and the reward in deviations of the policy's mean.
/// The token that ends the response covers nothing and is shown by its name.
/// </summary>
public sealed record TokenReward(string Text, TextSpan Span, double Reward, double Standardized);

/// <summary>A response under a reward model. A sequence model pays at the last token, so that all others have reward 0.</summary>
public sealed record ResponseScore(RewardKind Kind, double Score, double Standardized, ImmutableArray<TokenReward> Tokens)
{
    /// <summary>Scores a response to a prompt, encoded apart from each other as in training, the prompt in the format of training, with the token that ends a text behind the response.</summary>
    /// <exception cref="InvalidInputException">The tokenizer is not the one of training, or the texts are longer than the context.</exception>
    public static ResponseScore Of(RewardModel rewardModel, Tokenizer tokenizer, string prompt, string response)
    {
        Calibration calibration = rewardModel.Calibration;
        if (calibration.TokenizerSha256 != "" && calibration.TokenizerSha256 != tokenizer.Sha256)
            throw new InvalidInputException($"the tokenizer (SHA-256 {tokenizer.Sha256}) is not the one that the reward model was trained with ({calibration.TokenizerSha256})");

        Encoding encoding = tokenizer.EncodeWithSpans(response);
        int[] end = [.. StopTokens.Of(rewardModel.Model.SourceFolder, rewardModel.Model.Config).Take(1)];
        int[] ids = [.. encoding.Ids, .. end];
        if (ids.Length == 0)
            throw new InvalidInputException("response: has no token to score");
        float[] rewards = Rewards(rewardModel, TokenBatch.Of([rewardModel.Prompts(tokenizer).Prompt(prompt, [])], [ids]));

        var tokens = ImmutableArray.CreateBuilder<TokenReward>();
        for (int i = 0; i < ids.Length; i++)
        {
            bool isEnd = i >= encoding.Ids.Length;
            TextSpan span = isEnd ? new TextSpan(response.Length, response.Length) : encoding.Spans[i];
            string text = isEnd ? tokenizer.TokenOf(ids[i]) : response[span.Start..span.End];
            bool paid = calibration.Kind == RewardKind.Token || i == ids.Length - 1;
            tokens.Add(paid
                ? new TokenReward(text, span, rewards[i], (rewards[i] - calibration.TokenMean) / calibration.TokenDeviation)
                : new TokenReward(text, span, 0, 0));
        }
        double score = calibration.Kind == RewardKind.Token ? rewards.Average(reward => (double)reward) : rewards[^1];
        return new ResponseScore(calibration.Kind, score, (score - calibration.ScoreMean) / calibration.ScoreDeviation, tokens.ToImmutable());
    }

    private static float[] Rewards(RewardModel rewardModel, TokenBatch batch)
    {
        using IDisposable off = Gradients.Off();
        using var scope = new TensorScope();
        return rewardModel.FlatTokenRewards(batch).ToArray<float>();
    }
}
