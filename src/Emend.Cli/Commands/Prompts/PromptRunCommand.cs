using System.CommandLine;
using System.Text.Json;
using Emend.Feedback.Context;
using Emend.Feedback.Prompts;
using Emend.Judging;
using Emend.Store;
using Emend.Tensors;
using Emend.Text;

namespace Emend.Cli.Commands.Prompts;

/// <summary>emend prompt run: asks a model of this machine with a version, and stores each response with all that made it.</summary>
internal static class PromptRunCommand
{
    public static Command Create()
    {
        var choice = new RegistryChoice();
        Argument<string> name = PromptCommand.Name(), version = PromptCommand.OptionalVersion();
        var model = new Option<string?>("--model") { Description = "Model folder, or the model's name at --url; the version's own settings.model when absent.", HelpName = "MODEL" };
        var server = new ServedChoice();
        Option<string[]> variables = PromptUse.Variables();
        var rows = new Option<string?>("--vars") { Description = "A file of JSON lines, each an object of variables (texts).", HelpName = "FILE" };
        var seed = new Option<int?>("--seed") { Description = "Of the first response, one more for each that follows; the version's own, or 0, when absent.", HelpName = "S" };
        var items = new Option<string?>("--items") { Description = "Write the responses as items for the studio to this file.", HelpName = "FILE" };
        var injection = new InjectionChoice();
        var resume = new Option<bool>("--resume") { Description = "Do not ask again what a stored response answers: the same version, messages, seed and model." };
        var dtype = new Option<string>("--dtype") { Description = "Type to compute in: float32 or bfloat16.", HelpName = "TYPE", DefaultValueFactory = _ => "float32" };
        dtype.AcceptOnlyFromAmong("float32", "bfloat16");
        var command = new Command("run", "Ask a model with a version and store its responses.") { name, version, model, variables, rows, seed, resume, items, dtype };
        server.AddTo(command);
        injection.AddTo(command);
        choice.AddWithAuthorTo(command);
        command.SetAction((call, cancellation) => choice.Run(call, async registry =>
        {
            bool injects = injection.IsGiven(call);
            if (server.IsGiven(call) && call.GetResult(dtype) is { Implicit: false })
                throw new InvalidInputException("--dtype: goes with a model folder; at --url the server decides");
            VersionView view = await registry.Versions.Get(registry.Project, await registry.IdOf(call.GetValue(name)!), call.GetValue(version)!);
            IReadOnlyList<Dictionary<string, string>> values = ValuesOf(call.GetValue(variables)!, call.GetValue(rows));
            string folder = call.GetValue(model) ?? view.Content.Settings.Model ?? throw new InvalidInputException("give --model MODEL: neither the call nor the version says which model to ask");
            foreach (Dictionary<string, string> row in injects ? values : [])
            {
                if (!row.TryAdd(InjectedContext.Variable, ""))
                    throw new InvalidInputException($"--inject fills {{{{{InjectedContext.Variable}}}}}, and a value for it is given too; leave one of them out");
            }
            RenderedPrompt[] rendered = [.. values.Select(row => PromptRenderer.Render(view.Content, row))];      // all of them, before the model is loaded
            using IAnswering asked = await server.Open(call, folder, cancellation) ?? PromptedModel.Load(folder, call.GetValue(dtype) == "bfloat16" ? DType.BFloat16 : DType.Float32);
            var contexts = new InjectedContext?[values.Count];
            if (injects)
                (contexts, rendered) = await Inject(call, injection, registry, view.Content, values, asked, rendered, cancellation);
            int first = call.GetValue(seed) ?? view.Content.Settings.Seed ?? 0;
            ResponseView[] stored = call.GetValue(resume) ? [.. (await registry.Responses.List(registry.Project, view.PromptId, 0, int.MaxValue)).Where(response => response.Version == view.Number && asked.Made(response, folder))] : [];
            ResponseView?[] made = [.. rendered.Select((prompt, i) => stored.FirstOrDefault(response => response.Seed == unchecked(first + i) && response.Messages.SequenceEqual(Sent(prompt))))];
            var progress = new ProgressCount("responses", made.Count(response => response is null));
            try
            {
                foreach (int[] some in Enumerable.Range(0, rendered.Length).Where(i => made[i] is null).Chunk(asked.AtOnce))
                {
                    cancellation.ThrowIfCancellationRequested();
                    Task<NewResponse>[] asking = [.. some.Select(i => Ask(view, asked, folder, rendered[i], values[i], contexts[i], unchecked(first + i), cancellation))];
                    Task all = Task.WhenAll(asking);
                    await all.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    foreach ((int i, Task<NewResponse> response) in some.Zip(asking).Where(each => each.Second.IsCompletedSuccessfully))     // one that fails takes none with it
                    {
                        ResponseView row = (await registry.Responses.Add(registry.Actor, registry.Project, await response, null)).Response;
                        made[i] = row;
                        progress.Step();
                        if (call.GetValue(CommandLine.Json))
                            JsonOutput.WriteLine(row);
                        else
                            Console.WriteLine($"[{row.Id}] {row.Text}");
                    }
                    await all;
                }
            }
            finally
            {
                if (call.GetValue(items) is string file)
                    WriteItems(file, [.. made.OfType<ResponseView>()]);
            }
            return 0;
        }));
        return command;
    }

    private static async Task<NewResponse> Ask(VersionView version, IAnswering model, string named, RenderedPrompt rendered, Dictionary<string, string> values, InjectedContext? injected, int seed, CancellationToken cancellation)
    {
        SentMessage[] messages = Sent(rendered);
        ModelSettings settings = AskedResponse.InForce(version.Content.Settings, seed);
        MadeText made = await Answer(model, messages, settings, seed, injected, cancellation);
        // A server may call the model otherwise than it was asked for.
        return new AskedResponse(version, values, messages, made.Folder is null ? settings with { Model = named } : settings, seed, injected).With(made);
    }

    private static async Task<MadeText> Answer(IAnswering model, SentMessage[] messages, ModelSettings settings, int seed, InjectedContext? injected, CancellationToken cancellation)
    {
        try
        {
            return await model.Answer(messages, settings, seed, cancellation);
        }
        catch (EndpointException refused) when (refused.Failure == EndpointFailure.Refused && injected is not null)
        {
            throw new EndpointException(refused.Failure, $"{refused.Message} (where that is for its length: --budget, {injected.Built.Budget} tokens here, says how much is injected)", refused);
        }
    }

    /// <summary>The contexts and, with them in it, what the model is sent.</summary>
    private static async Task<(InjectedContext[] Contexts, RenderedPrompt[] Rendered)> Inject(
        ParseResult call, InjectionChoice injection, Registry registry, PromptContent content, IReadOnlyList<Dictionary<string, string>> values, IAnswering model, RenderedPrompt[] empty, CancellationToken cancellation)
    {
        int response = content.Settings.MaxTokens ?? AskedResponse.DefaultMaxTokens;
        ModelRoom? room = model.ContextLength is int length && empty.Length > 0 ? new ModelRoom(length, empty.Max(prompt => model.Count(Sent(prompt))), response) : null;
        int budget = injection.Budget(call, room);
        InjectedContext[] contexts = await injection.Build(call, registry, values, model.Counter, budget, cancellation);
        foreach ((Dictionary<string, string> row, InjectedContext injected) in values.Zip(contexts))
            row[InjectedContext.Variable] = injected.Built.Block;
        RenderedPrompt[] rendered = [.. values.Select(row => PromptRenderer.Render(content, row))];
        if (room is not null && !ReferenceEquals(model.Counter, TokenCounter.Guess) && rendered.Max(prompt => model.Count(Sent(prompt))) is int longest && longest >= room.ContextLength)
            throw new InvalidInputException($"--budget {budget}: a prompt has {longest} tokens with what is injected, and the model's context of {room.ContextLength} leaves room for at most {room.ContextLength - 1}; {(room.Left > 0 ? $"--budget {room.Left} leaves room for the response too" : "the prompt alone leaves no room for documents and a response")}");
        return (contexts, rendered);
    }

    private static SentMessage[] Sent(RenderedPrompt rendered) => [.. rendered.Messages.Select(message => new SentMessage(message.Role, message.Content))];

    private static IReadOnlyList<Dictionary<string, string>> ValuesOf(string[] given, string? file)
    {
        Dictionary<string, string> common = PromptUse.Read(given);
        if (file is null)
            return [common];
        InvalidInputException.ThrowIfNoFile(file, "a file with one JSON object of variables a line", "--vars ");
        return [.. JsonLines.Read(file).Select(row => row.Texts(common))];
    }

    private static void WriteItems(string file, IReadOnlyList<ResponseView> responses)
    {
        using var rows = new MemoryStream();
        foreach (ResponseView response in responses)
        {
            rows.Write(JsonSerializer.SerializeToUtf8Bytes(new
            {
                id = $"response-{response.Id}",
                prompt = response.Messages[^1].Content,
                context = response.Messages.Count > 1 ? string.Join("\n\n", response.Messages.SkipLast(1).Select(message => message.Content)) : null,
                responses = new[] { new { text = response.Text, origin = $"{response.Model}, version {response.Version}", id = response.Id } },
            }, JsonOutput.Options));
            rows.WriteByte((byte)'\n');
        }
        WholeFile.Write(file, rows.ToArray());
    }
}
