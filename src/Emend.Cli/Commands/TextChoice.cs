using System.CommandLine;
using Emend.Studies;

namespace Emend.Cli.Commands;

/// <summary>How a command has prompts read, where that is not to be as the models were trained.</summary>
internal sealed class TextChoice
{
    private readonly Option<string?> _template = new("--template") { Description = """Text around every prompt, which stands in it as {prompt}. [default: what the model was trained with]""", HelpName = "TEXT" };
    private readonly Option<bool> _chat = new("--chat") { Description = "The model's own chat template around every prompt." };
    private readonly Option<string?> _opening = new("--opening") { Description = """The token that opens every prompt, "" for none. [default: what the model was trained with, or what the tokenizer puts in front, or bos_token_id]""", HelpName = "TOKEN" };

    public IEnumerable<Option> Options => [_template, _chat, _opening];

    public TextSection Of(ParseResult call) => new() { Template = call.GetValue(_template), Chat = call.GetValue(_chat) ? true : null, Opening = call.GetValue(_opening) };
}
