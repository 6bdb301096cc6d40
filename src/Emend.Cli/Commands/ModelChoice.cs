using System.CommandLine;
using Emend.Models;
using Emend.Tensors;
using Emend.Text;

namespace Emend.Cli.Commands;

/// <summary>How every command names a model: its folder, the type it computes in, and a tokenizer where the folder's own is not wanted.</summary>
internal sealed class ModelChoice
{
    private readonly Option<string> model = new("--model") { Description = "Model folder (config.json, safetensors, tokenizer.json).", HelpName = "DIR", Required = true };
    private readonly Option<string?> tokenizer = new("--tokenizer") { Description = "A tokenizer.json instead of the folder's own.", HelpName = "FILE" };
    private readonly Option<string> dtype = new("--dtype") { Description = "Type to compute in: float32 or bfloat16.", HelpName = "TYPE", DefaultValueFactory = _ => "float32" };

    public void AddTo(Command command)
    {
        dtype.AcceptOnlyFromAmong("float32", "bfloat16");
        command.Add(model);
        command.Add(tokenizer);
        command.Add(dtype);
    }

    public LanguageModel Load(ParseResult call) => LanguageModel.Load(Folder(call), Compute(call));

    public Tokenizer LoadTokenizer(ParseResult call) => Tokenizer.Load(call.GetValue(tokenizer) ?? Folder(call));

    public DType Compute(ParseResult call) => call.GetValue(dtype) == "bfloat16" ? DType.BFloat16 : DType.Float32;

    public string Folder(ParseResult call)
    {
        string folder = call.GetValue(model)!;
        return Directory.Exists(folder) ? folder : throw new InvalidInputException($"--model {folder}: there is no such folder");
    }
}
