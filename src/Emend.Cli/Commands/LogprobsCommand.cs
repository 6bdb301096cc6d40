using System.CommandLine;
using Emend.Models;
using Emend.Tensors;
using Emend.Text;

namespace Emend.Cli.Commands;

/// <summary>emend logprobs: the log-probability of every token after the first, or of a response's tokens after its prompt.</summary>
internal static class LogprobsCommand
{
    public static Command Create()
    {
        var choice = new ModelChoice();
        var logits = new Option<bool>("--logits") { Description = "Add \"last_logits\": the logits after the last token, over the whole vocabulary." };
        var command = new Command("logprobs",
            """Log-probabilities under a model. Reads JSON lines {"ids": […]} or {"prompt": …, "response": …}, writes {"logprobs": […]}, a line for a line.""");
        choice.AddTo(command);
        command.Add(logits);
        command.SetAction(call =>
        {
            using LanguageModel model = choice.Load(call);
            var tokenizer = new Lazy<Tokenizer>(() => choice.LoadTokenizer(call));
            bool withLogits = call.GetValue(logits);
            JsonLines.Answer(row => Answer(model, Batch(row, tokenizer, model), withLogits));
        });
        return command;
    }

    private static TokenBatch Batch(JsonRow row, Lazy<Tokenizer> tokenizer, LanguageModel model)
    {
        if (!row.Has("ids"))
        {
            (string prompt, string response) = (row.String("prompt"), row.String("response"));
            int[] opening = OpeningTokens.Of(tokenizer.Value, model.Config, model.SourceFolder);
            return TokenBatch.Of([[.. opening, .. tokenizer.Value.Encode(prompt)]], [tokenizer.Value.Encode(response)]);
        }
        if (new[] { "prompt", "response" }.FirstOrDefault(row.Has) is { } text)
            throw row.Problem(text, "stands beside ids; tokens are given as ids, or as prompt and response");
        int[] ids = row.Integers("ids");
        return ids.Length > 0 ? TokenBatch.Of([ids]) : throw row.Problem("ids", "is empty; at least one token is needed");
    }

    private static object Answer(LanguageModel model, TokenBatch batch, bool withLogits)
    {
        using IDisposable off = Gradients.Off();
        using var scope = new TensorScope();
        float[] logprobs = batch.ResponseTokens > 0 ? model.FlatLogprobs(batch).ToArray<float>() : [];
        if (!withLogits)
            return new { logprobs };
        Tensor last = model.Logits(batch).Select(1, batch.Width - 1).To(DType.Float32);
        return new { logprobs, last_logits = last.ToArray<float>() };
    }
}
