using System.CommandLine;
using System.Text.Json;
using Emend.Feedback.Context;
using Emend.Store;
using Emend.Text;

namespace Emend.Cli.Commands.Prompts;

/// <summary>emend context: documents of a project, and what of them goes into a prompt under a hard budget.</summary>
internal static class ContextCommand
{
    public static Command Create() => new("context", "Documents for prompts: import, search, build a context under a token budget.") { Import(), List(), Embed(), Search(), Build(), Ground() };

    private static Option<int> Budget() => new("--budget") { Description = "Most tokens of the context.", HelpName = "N", DefaultValueFactory = _ => ContextBudget.DefaultTokens };

    private static Option<string?> CountedBy() => new("--tokenizer") { Description = "tokenizer.json, or a model folder, to count with; the project's when absent, and where it has none a guess of three bytes a token.", HelpName = "PATH" };

    private static async Task<TokenCounter> CounterOf(Registry registry, string? path) =>
        path is null ? await registry.Documents.CounterOf(registry.Project) : TokenCounter.Of(Tokenizer.Load(path));

    private static Command Import()
    {
        var choice = new RegistryChoice();
        var files = new Argument<string[]>("FILE") { Description = "Markdown, text, HTML or PDF.", Arity = ArgumentArity.OneOrMore };
        var priority = new Option<int>("--priority") { Description = "Above 0: injected whether a search finds it or not, higher first.", HelpName = "N" };
        Option<string?> tokenizer = CountedBy();
        var command = new Command("import", "Import documents; one of a name that is there takes over from it.") { files, priority, tokenizer };
        choice.AddWithAuthorTo(command);
        choice.AddTokenizersTo(command);
        command.SetAction((call, cancellation) => choice.Run(call, async registry =>
        {
            TokenCounter counter = await CounterOf(registry, call.GetValue(tokenizer));
            var texts = new List<(string Name, DocumentFormat Format, string Text)>();
            foreach (string file in call.GetValue(files)!)      // all of them are read before the first is stored
            {
                InvalidInputException.ThrowIfNoFile(file, "a document");
                DocumentFormat format = DocumentText.FormatOf(file);
                if (texts.Any(text => text.Name == Path.GetFileName(file)))
                    throw new InvalidInputException($"{file}: two of the files are called {Path.GetFileName(file)}, and a document is known by its name; rename one of them");
                texts.Add((Path.GetFileName(file), format, DocumentText.Read(file, format, File.ReadAllBytes(file))));
            }
            foreach ((string name, DocumentFormat format, string text) in texts)
            {
                (DocumentView view, bool isNew) = await registry.Documents.Import(registry.Actor, registry.Project, name, format, text, call.GetValue(priority), counter);
                if (call.GetValue(CommandLine.Json))
                    JsonOutput.WriteLine(new { view.Id, view.Name, view.Chunks, view.Tokens, view.Priority, view.TextHash, isNew });
                else
                    Console.WriteLine($"{view.Name}: {view.Chunks} pieces, {view.Tokens} tokens{(isNew ? "" : " (there already)")}");
            }
            return 0;
        }));
        return command;
    }

    private static Command List()
    {
        var choice = new RegistryChoice();
        var command = new Command("list", "The documents of a project.");
        choice.AddTo(command);
        command.SetAction((call, cancellation) => choice.Run(call, async registry =>
        {
            foreach (DocumentView view in await registry.Documents.List(registry.Project, 0, int.MaxValue))
            {
                if (call.GetValue(CommandLine.Json))
                    JsonOutput.WriteLine(new { view.Id, view.Name, view.Chunks, view.Tokens, view.Priority, view.TextHash });
                else
                    Console.WriteLine($"{view.Name}: {view.Chunks} pieces, {view.Tokens} tokens{(view.Priority > 0 ? $", priority {view.Priority}" : "")}");
            }
            return 0;
        }));
        return command;
    }

    private static Command Embed()
    {
        var choice = new RegistryChoice();
        var embeddings = new EmbeddingChoice();
        var command = new Command("embed", "Give every piece of the project's documents a vector of a model, and go on where an earlier run was stopped. Until all have one, words alone are searched.");
        choice.AddWithAuthorTo(command);
        embeddings.AddTo(command);
        command.SetAction((call, cancellation) => choice.Run(call, async registry =>
        {
            await using OpenEmbedder embedder = await embeddings.Open(call) ?? throw new InvalidInputException("--embeddings is needed: the model to ask");
            ContextIndex index = await embedder.Make(registry, cancellation);
            if (call.GetValue(CommandLine.Json))
                JsonOutput.WriteLine(new { index.Model, index.Dimension, index.Embedded, index.Pieces });
            else
                Console.WriteLine($"{index.Embedded} of {index.Pieces} pieces have a vector of {index.Dimension} numbers of {index.Model}");
            return 0;
        }));
        return command;
    }

    private static Command Search()
    {
        var choice = new RegistryChoice();
        var embeddings = new EmbeddingChoice();
        var query = new Argument<string>("QUERY") { Description = "Words to find." };
        var limit = new Option<int>("--limit") { Description = "Most pieces.", HelpName = "N", DefaultValueFactory = _ => 10 };
        var command = new Command("search", "Pieces with any of the words, and with --embeddings those that are near, best first.") { query, limit };
        choice.AddTo(command);
        embeddings.AddTo(command);
        command.SetAction((call, cancellation) => choice.Run(call, async registry =>
        {
            await using OpenEmbedder? embedder = await embeddings.Open(call);
            NearQuery? near = embedder is null ? null : await embedder.Near(registry, call.GetValue(query)!, cancellation);
            foreach (FoundChunk chunk in await registry.Documents.Search(registry.Project, call.GetValue(query)!, call.GetValue(limit), near?.Near))
            {
                if (call.GetValue(CommandLine.Json))
                    JsonOutput.WriteLine(chunk);
                else
                    Console.WriteLine($"{chunk.Document}{(chunk.Heading == "" ? "" : $": {chunk.Heading}")} ({chunk.Tokens} tokens)\n{chunk.Text}\n");
            }
            return 0;
        }));
        return command;
    }

    private static Command Build()
    {
        var choice = new RegistryChoice();
        var query = new Argument<string>("QUERY") { Description = "What the context is for." };
        Option<int> budget = Budget();
        Option<string?> tokenizer = CountedBy();
        var embeddings = new EmbeddingChoice();
        var command = new Command("build", "The block that would be injected, and what became of every piece.") { query, budget, tokenizer };
        choice.AddTo(command);
        choice.AddTokenizersTo(command);
        embeddings.AddTo(command);
        command.SetAction((call, cancellation) => choice.Run(call, async registry =>
        {
            await using OpenEmbedder? embedder = await embeddings.Open(call);
            NearQuery? near = embedder is null ? null : await embedder.Near(registry, call.GetValue(query)!, cancellation);
            BuiltContext built = await registry.Documents.Build(registry.Project, call.GetValue(query)!, call.GetValue(budget), await CounterOf(registry, call.GetValue(tokenizer)), near?.Near);
            if (call.GetValue(CommandLine.Json))
            {
                JsonOutput.WriteLine(JsonSerializer.SerializeToElement(new { built.Block, built.Hash, built.Tokens, built.Budget, built.Counter, built.Entries, near?.Index }, StoreJson.Options));
                return 0;
            }
            Console.WriteLine(built.Block);
            Console.Error.WriteLine($"{built.Tokens} of {built.Budget} tokens ({built.Counter})");
            foreach (ContextEntry entry in built.Entries)
                Console.Error.WriteLine($"{entry.Fate,-10} {entry.Tokens,6} {entry.Document} {entry.Position + 1}{(entry.Heading == "" ? "" : $" ({entry.Heading})")}");
            return 0;
        }));
        return command;
    }

    private static Command Ground()
    {
        var choice = new RegistryChoice();
        Argument<string> name = PromptCommand.Name(), version = PromptCommand.OptionalVersion();
        var command = new Command("grounding", "How far a version's responses rest on their contexts; recorded as its metric grounded.") { name, version };
        choice.AddWithAuthorTo(command);
        command.SetAction((call, cancellation) => choice.Run(call, async registry =>
        {
            VersionView view = await registry.Versions.Get(registry.Project, await registry.IdOf(call.GetValue(name)!), call.GetValue(version)!);
            ResponseView[] responses = [.. (await registry.Responses.List(registry.Project, view.PromptId, 0, int.MaxValue)).Where(response => response.Version == view.Number && response.ContextHash is not null)];
            (ResponseView Response, GroundingReport Report)[] reports = [.. responses.Select(response => (response, Grounding.Of(response.Text, response.Variables.GetValueOrDefault("context", ""))))];
            double[] shares = [.. reports.Select(row => row.Report.Share).OfType<double>()];
            if (shares.Length == 0)
                throw new InvalidInputException($"version {view.Number} has no response with an injected context; emend prompt run --inject makes some");
            await registry.Metrics.Record(registry.Actor, registry.Project, view.PromptId, view.Number.ToString(System.Globalization.CultureInfo.InvariantCulture), new NewMetric("grounded", shares.Average(), "words of the answer that stand in its context", shares.Length), null);
            if (call.GetValue(CommandLine.Json))
                JsonOutput.WriteLine(new { version = view.Number, grounded = shares.Average(), responses = reports.Select(row => new { row.Response.Id, row.Report.Share, row.Report.Numbers, row.Report.UngroundedSentences }) });
            else
                Console.WriteLine(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"version {view.Number}: {shares.Average():P1} of the content words of {shares.Length} responses stand in their contexts"));
            return 0;
        }));
        return command;
    }
}
