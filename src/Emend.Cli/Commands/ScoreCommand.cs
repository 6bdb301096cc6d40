using System.CommandLine;
using Emend.Text;
using Emend.Training;

namespace Emend.Cli.Commands;

/// <summary>emend score: the reward of every token of a response, under a reward model.</summary>
internal static class ScoreCommand
{
    public static Command Create()
    {
        var choice = new ModelChoice();
        var command = new Command("score",
            """Reward every token of responses. Reads JSON lines {"prompt": …, "response": …}, writes {"score": …, "tokens": [{"text", "start", "end", "reward"}]}, a line for a line.""");
        choice.AddTo(command);
        command.SetAction(call =>
        {
            using RewardModel rewardModel = RewardModel.Load(choice.Folder(call), choice.Compute(call));
            Tokenizer tokenizer = choice.LoadTokenizer(call);
            JsonLines.Answer(row => Shown(ResponseScore.Of(rewardModel, tokenizer, row.String("prompt"), row.String("response"))));
        });
        return command;
    }

    private static object Shown(ResponseScore score) => new
    {
        kind = score.Kind == RewardKind.Token ? "token" : "sequence",
        score = score.Score,
        standardized = score.Standardized,
        tokens = score.Tokens.Select(token => new { text = token.Text, start = token.Span.Start, end = token.Span.End, reward = token.Reward, standardized = token.Standardized }),
    };
}
