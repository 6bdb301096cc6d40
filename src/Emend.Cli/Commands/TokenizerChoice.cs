using System.CommandLine;
using Emend.Text;

namespace Emend.Cli.Commands;

/// <summary>The two ways to name a tokenizer, the same in every command: the folder of a model, or a tokenizer file.</summary>
internal sealed class TokenizerChoice
{
    private readonly Option<string?> model = new("--model") { Description = "Model folder with a tokenizer.json.", HelpName = "DIR" };
    private readonly Option<string?> tokenizer = new("--tokenizer") { Description = "A tokenizer.json.", HelpName = "FILE" };

    public void AddTo(Command command)
    {
        command.Add(model);
        command.Add(tokenizer);
    }

    public bool IsGiven(ParseResult call) => call.GetValue(model) is not null || call.GetValue(tokenizer) is not null;

    public Tokenizer Load(ParseResult call) => (call.GetValue(model), call.GetValue(tokenizer)) switch
    {
        ({ } folder, null) when !Directory.Exists(folder) => throw new InvalidInputException($"--model {folder}: there is no such folder"),
        ({ } folder, null) => Tokenizer.Load(folder),
        (null, { } file) => Tokenizer.Load(file),
        (null, null) => throw new InvalidInputException("give --model DIR or --tokenizer FILE: which tokenizer to use"),
        _ => throw new InvalidInputException("--model and --tokenizer are both given; one of them says which tokenizer to use"),
    };
}
