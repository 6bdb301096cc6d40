using System.CommandLine;
using Emend.Text;

namespace Emend.Cli.Commands;

/// <summary>
/// emend edits label: JSON lines {"prompt", "response", "edited"} on stdin; on stdout the edit script in units (tokens or words),
/// the same change as replacements of text, and a 0/1 label for each unit of both sides. Formats: docs/formats/command-line.md.
/// </summary>
internal static class EditsLabelCommand
{
    public static Command Create()
    {
        var choice = new TokenizerChoice();
        var unit = new Option<string?>("--unit") { Description = "\"word\": compare words, split on single spaces, instead of tokens.", HelpName = "UNIT" };
        unit.AcceptOnlyFromAmong("word", "token");
        var command = new Command("label",
            """Label what an edit changed. Reads JSON lines {"prompt", "response", "edited"}, writes {"script", "response_changed", "edited_changed", "edit_rate", "text"}.""");
        choice.AddTo(command);
        command.Add(unit);
        command.SetAction(call => JsonLines.Answer(Labeller(call, choice, call.GetValue(unit))));
        return command;
    }

    private static Func<JsonRow, object> Labeller(ParseResult call, TokenizerChoice choice, string? unit)
    {
        if (unit == "word")
        {
            return choice.IsGiven(call)
                ? throw new InvalidInputException("--unit word needs no tokenizer; leave out --model and --tokenizer")
                : row => Label(row, TextUnits.Words);
        }
        if (!choice.IsGiven(call))
            throw new InvalidInputException("give --model DIR or --tokenizer FILE to compare tokens, or --unit word to compare words");
        Tokenizer tokenizer = choice.Load(call);
        return row => Label(row, text =>
        {
            Encoding encoding = tokenizer.EncodeWithSpans(text);
            return TextUnits.Tokens(text, encoding.Ids, encoding.Spans);
        });
    }

    private static object Label(JsonRow row, Func<string, TextUnits> units)
    {
        TextEdit edit = TextEdits.Compute(units(row.String("response")), units(row.String("edited")));
        return new
        {
            script = edit.Script.Hunks.Select(hunk => new { start = hunk.Start, end = hunk.End, edited_start = hunk.EditedStart, edited_end = hunk.EditedEnd }),
            response_changed = Bits(edit.Script.OriginalChanged()),
            edited_changed = Bits(edit.Script.EditedChanged()),
            edit_rate = edit.EditRate,
            text = edit.Hunks.Select(hunk => new { start = hunk.Span.Start, end = hunk.Span.End, replacement = hunk.Replacement }),
        };
    }

    private static int[] Bits(bool[] changed) => [.. changed.Select(value => value ? 1 : 0)];
}
