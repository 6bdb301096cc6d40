using System.CommandLine;
using Emend.Serving;
using Emend.Tensors;

namespace Emend.Cli.Commands;

/// <summary>emend serve: an OpenAI-compatible server of a model, and of a reward model beside it.</summary>
internal static class ServeCommand
{
    private static readonly ServingOptions Defaults = new() { Model = "" };
    private static readonly Option<string> Model = new("--model") { Description = "Model folder to serve.", HelpName = "DIR", Required = true };
    private static readonly Option<string?> Reward = new("--reward") { Description = "Reward model folder, for /v1/rewards.", HelpName = "DIR" };
    private static readonly Option<string?> Tokenizer = new("--tokenizer") { Description = "A tokenizer.json instead of the model folder's own.", HelpName = "FILE" };
    private static readonly Option<string?> Name = new("--name") { Description = "What clients call the model. [default: the folder's name]", HelpName = "NAME" };
    private static readonly Option<string> Dtype = new("--dtype") { Description = "Type to compute in: float32 or bfloat16.", HelpName = "TYPE", DefaultValueFactory = _ => "float32" };
    private static readonly Option<string> Url = new("--url") { Description = "Where to listen; port 0 takes any free one.", HelpName = "URL", DefaultValueFactory = _ => Defaults.Url };
    private static readonly Option<string?> ApiKeyFile = new("--api-key-file") { Description = "File with one API key a line; needed to listen beyond this machine.", HelpName = "FILE" };
    private static readonly Option<int> MaxConcurrent = new("--max-concurrent") { Description = "Responses that run at the same time.", HelpName = "N", DefaultValueFactory = _ => Defaults.MaxConcurrent };
    private static readonly Option<int> MaxWaiting = new("--max-waiting") { Description = "Responses that may wait; more are turned away with status 429.", HelpName = "N", DefaultValueFactory = _ => Defaults.MaxWaiting };
    private static readonly Option<int> Context = new("--context") { Description = "Most tokens of a prompt and its response; 0 takes the model's.", HelpName = "N", DefaultValueFactory = _ => Defaults.Context };
    private static readonly Option<int> MaxNew = new("--max-new") { Description = "Most tokens of a chat response that names no limit itself.", HelpName = "N", DefaultValueFactory = _ => Defaults.MaxTokens };
    private static readonly Option<double> Timeout = new("--timeout") { Description = "Seconds after which a request is given up.", HelpName = "S", DefaultValueFactory = _ => Defaults.Timeout };
    private static readonly Option<long> MaxBody = new("--max-body") { Description = "Most bytes of a request's body.", HelpName = "BYTES", DefaultValueFactory = _ => Defaults.MaxBodyBytes };
    private static readonly Option<int> PrefixCache = new("--prefix-cache") { Description = "Memory for beginnings of prompts that later requests share; 0 shares nothing.", HelpName = "MIB", DefaultValueFactory = _ => (int)(Defaults.PrefixCacheBytes >> 20) };
    private static readonly Option<double> StreamInterval = new("--stream-interval") { Description = "Milliseconds between two events of a streamed response at least; 0 sends each token when it is there.", HelpName = "MS", DefaultValueFactory = _ => Defaults.StreamInterval };
    private static readonly Option<bool> PlainChat = new("--plain-chat") { Description = "Join the messages of a chat with blank lines instead of using the folder's chat template." };
    private static readonly Option<string?> Opening = new("--opening") { Description = """The token that opens a text that is no chat, "" for none. [default: what the model was trained with, or what the tokenizer puts in front, or bos_token_id]""", HelpName = "TOKEN" };

    private static readonly Option<string?> Experiment = new("--experiment") { Description = "Split the traffic between the variants of this file (YAML), by the request's user, under the experiment's name.", HelpName = "FILE" };
    private static readonly Option<string?> Assignments = new("--assignments") { Description = "With --experiment: file that is told which user met which variant; emend ab --assignments reads it.", HelpName = "FILE" };

    public static Command Create()
    {
        Dtype.AcceptOnlyFromAmong("float32", "bfloat16");
        var command = new Command("serve", "Serve a model over HTTP, compatible with OpenAI's API; Ctrl-C ends it. With --json a line says where it listens.");
        foreach (Option option in (Option[])[Model, Reward, Tokenizer, Name, Dtype, Url, ApiKeyFile, MaxConcurrent, MaxWaiting, Context, MaxNew, Timeout, MaxBody, PrefixCache, StreamInterval, PlainChat, Opening, Experiment, Assignments])
            command.Add(option);
        command.SetAction(call => Run(Options(call), call.GetValue(CommandLine.Json)).GetAwaiter().GetResult());
        return command;
    }

    private static async Task Run(ServingOptions options, bool asJson)
    {
        CancellationToken interruption = Signals.Interruption;
        await using Server server = await Server.Start(options, Console.Error);
        if (asJson)
            JsonOutput.WriteLine(new { url = server.Url, model = server.ModelName, chat = server.ChatFamily });
        else
            Console.Error.WriteLine($"serving {server.ModelName} at {server.Url}/v1 (chat format: {server.ChatFamily}); Ctrl-C ends it");
        await Task.Delay(System.Threading.Timeout.Infinite, interruption).ContinueWith(_ => { }, TaskScheduler.Default);
    }

    private static ServingOptions Options(ParseResult call) => new()
    {
        Model = call.GetValue(Model)!,
        Reward = call.GetValue(Reward),
        Tokenizer = call.GetValue(Tokenizer),
        Name = call.GetValue(Name),
        Compute = call.GetValue(Dtype) == "bfloat16" ? DType.BFloat16 : DType.Float32,
        Url = call.GetValue(Url)!,
        ApiKeyFile = call.GetValue(ApiKeyFile),
        MaxConcurrent = call.GetValue(MaxConcurrent),
        MaxWaiting = call.GetValue(MaxWaiting),
        Context = call.GetValue(Context),
        MaxTokens = call.GetValue(MaxNew),
        Timeout = call.GetValue(Timeout),
        MaxBodyBytes = call.GetValue(MaxBody),
        PrefixCacheBytes = (long)call.GetValue(PrefixCache) << 20,
        StreamInterval = call.GetValue(StreamInterval),
        PlainChat = call.GetValue(PlainChat),
        Opening = call.GetValue(Opening),
        Experiment = call.GetValue(Experiment) is { } file ? ExperimentFile.Read(file, call.GetValue(Model)!) : null,
        Assignments = call.GetValue(Assignments),
    };
}
