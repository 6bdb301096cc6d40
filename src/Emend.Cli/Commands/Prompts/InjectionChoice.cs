using System.CommandLine;
using Emend.Feedback.Context;
using Emend.Store;
using Emend.Text;

namespace Emend.Cli.Commands.Prompts;

/// <summary>What a model's context holds beside the documents, in tokens.</summary>
/// <param name="Prompt">Of the longest prompt, with nothing injected.</param>
/// <param name="Response">Most that an answer may have.</param>
internal sealed record ModelRoom(int ContextLength, int Prompt, int Response)
{
    public int Left => ContextLength - Prompt - Response;
}

/// <summary>The options that fill {{context}} from a project's documents, and the filling.</summary>
internal sealed class InjectionChoice
{
    private readonly Option<bool> _inject = new("--inject") { Description = "Fill {{context}} from the project's documents, searched with the values of the other variables." };
    private readonly Option<int?> _budget = new("--budget") { Description = $"Most tokens of the context. [default: {ContextBudget.DefaultTokens}, or what the model's context leaves beside prompt and response, where that is less]", HelpName = "N" };
    private readonly EmbeddingChoice _embeddings = new();

    public void AddTo(Command command)
    {
        command.Add(_inject);
        command.Add(_budget);
        _embeddings.AddTo(command);
    }

    /// <exception cref="InvalidInputException">An option that goes with --inject is given without it, or the budget is negative.</exception>
    public bool IsGiven(ParseResult call)
    {
        if (!call.GetValue(_inject))
            _embeddings.RefuseWithout(call, "--inject", _budget);
        if (call.GetValue(_budget) is < 0 and int budget)
            throw new InvalidInputException($"--budget {budget}: is negative");
        return call.GetValue(_inject);
    }

    /// <summary>Most tokens of a context.</summary>
    /// <param name="room">Null where the model does not say how long its context is.</param>
    /// <exception cref="InvalidInputException">Nothing is left for documents.</exception>
    public int Budget(ParseResult call, ModelRoom? room)
    {
        if (call.GetValue(_budget) is int asked)
            return asked;
        if (room is { Left: < 1 })
            throw new InvalidInputException($"--inject: the model's context of {room.ContextLength} tokens leaves none for documents beside the prompt ({room.Prompt}) and the response (up to {room.Response}); give the version smaller settings.maxTokens, or --budget N if responses may be cut off");
        return Math.Min(ContextBudget.DefaultTokens, room?.Left ?? ContextBudget.DefaultTokens);
    }

    /// <summary>The documents for each set of values.</summary>
    /// <param name="counter">Of the model that will read them, where that is at hand.</param>
    public async Task<InjectedContext[]> Build(ParseResult call, Registry registry, IReadOnlyList<IReadOnlyDictionary<string, string>> values, TokenCounter counter, int budget, CancellationToken cancellation)
    {
        await using OpenEmbedder? embedder = await _embeddings.Open(call);
        var contexts = new InjectedContext[values.Count];
        for (int i = 0; i < contexts.Length; i++)
        {
            string query = InjectedContext.QueryOf(values[i]);
            EmbeddedQuery? near = embedder is null ? null : (await embedder.Near(registry, query, cancellation)).Near;
            contexts[i] = new InjectedContext(query, await registry.Documents.Build(registry.Project, query, budget, counter, near), near?.Model);
        }
        return contexts;
    }
}
