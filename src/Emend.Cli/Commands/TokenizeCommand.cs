using System.CommandLine;
using Emend.Text;

namespace Emend.Cli.Commands;

/// <summary>emend tokenize: JSON lines {"text", "add_special_tokens"} on stdin, {"ids", "decoded"} on stdout.</summary>
internal static class TokenizeCommand
{
    public static Command Create()
    {
        var choice = new TokenizerChoice();
        var command = new Command("tokenize",
            """Turn texts into token ids. Reads JSON lines {"text": …, "add_special_tokens": false}, writes {"ids": […], "decoded": …}, a line for a line.""");
        choice.AddTo(command);
        command.SetAction(call =>
        {
            Tokenizer tokenizer = choice.Load(call);
            JsonLines.Answer(row =>
            {
                int[] ids = tokenizer.Encode(row.String("text"), row.Boolean("add_special_tokens", absent: false));
                return new { ids, decoded = tokenizer.Decode(ids, skipSpecialTokens: true) };
            });
        });
        return command;
    }
}
