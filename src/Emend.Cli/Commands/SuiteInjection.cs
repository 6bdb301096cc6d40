using System.CommandLine;
using Emend.Cli.Commands.Prompts;
using Emend.Feedback.Context;
using Emend.Store;
using Emend.Suites;
using Emend.Text;

namespace Emend.Cli.Commands;

/// <summary>Documents in the cases of a suite, so that it is the retrieval too that is tested.</summary>
internal static class SuiteInjection
{
    /// <summary>Tokens around a message that a chat template may add.</summary>
    private const int AroundMessage = 8;

    /// <summary>The suite with a context in each case that fills prompt versions, searched with the case's other variables.</summary>
    /// <param name="folders">The models' folders; none where they are at an endpoint.</param>
    /// <exception cref="InvalidInputException">No prompt version takes a context, or no room is left for one.</exception>
    public static async Task<Suite> Fill(ParseResult call, InjectionChoice injection, Registry registry, Suite suite, SuiteRunOptions options, IReadOnlyList<string> folders, CancellationToken cancellation)
    {
        SuitePrompt[] prompts = [.. suite.Prompts.Where(prompt => options.Prompts.Count == 0 || options.Prompts.Contains(prompt.Name))];
        SuiteCase[] filled = [.. suite.Cases.Where(one => one.Variables is not null)];
        if (!prompts.Any(prompt => prompt.Content.Variables.Contains(InjectedContext.Variable)) || filled.Length == 0)
            throw new InvalidInputException($"--inject: {suite.Path} has no prompt version with {{{{{InjectedContext.Variable}}}}} and cases that fill it");
        TokenCounter counter = folders is [string only] ? TokenCounter.Of(Tokenizer.Load(only)) : TokenCounter.Guess;
        int longest = prompts.Max(prompt => filled.Max(one => one.Conversation(prompt).Sum(message => counter.Count(message.Content) + AroundMessage)));
        int response = prompts.Max(prompt => prompt.Content.Settings.MaxTokens ?? suite.Settings.MaxTokens);
        // Of several models the one with the least room: all get the same context.
        int? length = options.Models.Select(model => model.Listed?.ContextLength).Min();
        int budget = injection.Budget(call, length is int tokens ? new ModelRoom(tokens, longest, response) : null);
        InjectedContext[] contexts = await injection.Build(call, registry, [.. filled.Select(one => one.Variables!)], counter, budget, cancellation);
        Dictionary<string, InjectedContext> of = filled.Zip(contexts).ToDictionary(pair => pair.First.Id, pair => pair.Second);
        return suite with
        {
            Cases = [.. suite.Cases.Select(one => !of.TryGetValue(one.Id, out InjectedContext? context) ? one : one with
            {
                Variables = one.Variables!.SetItem(InjectedContext.Variable, context.Built.Block),
                ContextHash = context.Built.Hash,
            })],
        };
    }
}
