using System.CommandLine;
using Emend.Models;
using Emend.Text;

namespace Emend.Cli.Commands;

/// <summary>emend generate: continues one prompt given on the command line, or each prompt of a file.</summary>
internal static class GenerateCommand
{
    private static readonly Option<string?> Prompt = new("--prompt") { Description = "The text to continue.", HelpName = "TEXT" };
    private static readonly Option<string?> Prompts = new("--prompts") { Description = """A file of JSON lines {"prompt": …}; answers are JSON lines.""", HelpName = "FILE" };
    private static readonly Option<int> MaxNew = new("--max-new") { Description = "Most tokens of a response.", HelpName = "N", DefaultValueFactory = _ => 128 };
    private static readonly Option<double> Temperature = new("--temperature") { Description = "Divides the logits; 0 takes the most likely token.", HelpName = "T", DefaultValueFactory = _ => 1 };
    private static readonly Option<double> TopP = new("--top-p") { Description = "Draw among the most likely tokens that together have this probability.", HelpName = "P", DefaultValueFactory = _ => 1 };
    private static readonly Option<int> TopK = new("--top-k") { Description = "Draw among this many most likely tokens; 0 among all.", HelpName = "K", DefaultValueFactory = _ => 0 };
    private static readonly Option<int> Seed = new("--seed") { Description = "The same seed gives the same responses.", HelpName = "S", DefaultValueFactory = _ => 0 };

    public static Command Create()
    {
        var choice = new ModelChoice();
        var command = new Command("generate", "Continue prompts with a model.");
        choice.AddTo(command);
        foreach (Option option in (Option[])[Prompt, Prompts, MaxNew, Temperature, TopP, TopK, Seed])
            command.Add(option);
        command.SetAction(call =>
        {
            string[] prompts = ReadPrompts(call);
            Tokenizer tokenizer = choice.LoadTokenizer(call);
            using LanguageModel model = choice.Load(call);
            var options = new SamplingOptions
            {
                MaxNewTokens = call.GetValue(MaxNew),
                Temperature = call.GetValue(Temperature),
                TopP = call.GetValue(TopP),
                TopK = call.GetValue(TopK),
                Seed = call.GetValue(Seed),
                StopTokens = StopTokens.Of(model.SourceFolder, model.Config),
            };
            int[] opening = OpeningTokens.Of(tokenizer, model.Config, model.SourceFolder);
            Generation[] generations = Generator.Generate(model, [.. prompts.Select(prompt => (int[])[.. opening, .. tokenizer.Encode(prompt)])], options);
            bool asJson = call.GetValue(CommandLine.Json) || call.GetValue(Prompts) is not null;
            foreach ((string prompt, Generation generation) in prompts.Zip(generations))
                Print(prompt, generation, tokenizer.Decode(generation.Response, skipSpecialTokens: true), asJson);
        });
        return command;
    }

    private static string[] ReadPrompts(ParseResult call) => (call.GetValue(Prompt), call.GetValue(Prompts)) switch
    {
        ({ } prompt, null) => [prompt],
        (null, { } file) => PromptsOf(file),
        (null, null) => throw new InvalidInputException("give --prompt TEXT or --prompts FILE: what to continue"),
        _ => throw new InvalidInputException("--prompt and --prompts are both given; one of them says what to continue"),
    };

    private static string[] PromptsOf(string file)
    {
        InvalidInputException.ThrowIfNoFile(file, "a file of prompts, JSON lines,", "--prompts ");
        return [.. JsonLines.Read(file).Select(row => row.String("prompt"))];
    }

    private static void Print(string prompt, Generation generation, string response, bool asJson)
    {
        if (!asJson)
        {
            Console.WriteLine(response);
            return;
        }
        JsonOutput.WriteLine(new
        {
            prompt,
            response,
            prompt_ids = generation.Prompt,
            response_ids = generation.Response,
            logprobs = generation.Logprobs,
            stopped = generation.Stopped,
        });
    }
}
