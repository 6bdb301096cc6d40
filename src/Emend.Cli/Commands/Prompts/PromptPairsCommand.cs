using System.CommandLine;
using System.Text.Json;
using Emend.Store;
using Emend.Text;

namespace Emend.Cli.Commands.Prompts;

/// <summary>emend prompt pairs: the stored responses of two versions to the same values, side by side, for whoever votes on them: people, a judge, annotators.</summary>
internal static class PromptPairsCommand
{
    public static Command Create()
    {
        var choice = new RegistryChoice();
        Argument<string> name = PromptCommand.Name(), first = PromptCommand.Version("A", "The version to beat."), second = PromptCommand.Version("B", "The version that may beat it.");
        Option<int?> budgetA = Budget("a", "A"), budgetB = Budget("b", "B");
        var output = new Option<string>("--output") { Description = "File of pairs to write.", HelpName = "FILE", Required = true };
        var command = new Command("pairs", "Write the responses of two versions to the same values as pairs that emend judge and emend world vote read.") { name, first, second, output, budgetA, budgetB };
        choice.AddTo(command);
        command.SetAction((call, cancellation) => choice.Run(call, async registry =>
        {
            long id = await registry.IdOf(call.GetValue(name)!);
            VersionView a = await registry.Versions.Get(registry.Project, id, call.GetValue(first)!), b = await registry.Versions.Get(registry.Project, id, call.GetValue(second)!);
            var one = new ResponsesOf(a.Number, call.GetValue(budgetA));
            var other = new ResponsesOf(b.Number, call.GetValue(budgetB));
            if (a.Number == b.Number && (one.Budget is null || other.Budget is null || one.Budget == other.Budget))
                throw new InvalidInputException($"A {call.GetValue(first)}, B {call.GetValue(second)}: are both version {a.Number}; two versions are expected, or two budgets of one (--budget-a, --budget-b)");
            List<ResponseView> all = await registry.Responses.List(registry.Project, id, 0, int.MaxValue);
            IReadOnlyList<(ResponseView A, ResponseView B)> pairs = Pair(all, one, other);
            int alone = all.Count(response => one.Has(response) || other.Has(response)) - 2 * pairs.Count;
            if (pairs.Count == 0)
                throw new InvalidInputException($"{one} and {other} have no responses to the same values; emend prompt run with the same --var or --vars for both makes some");
            WholeFile.Write(call.GetValue(output)!, string.Concat(pairs.Select(pair => Row(pair.A, one.Named(call.GetValue(name)!), pair.B, other.Named(call.GetValue(name)!)) + "\n")));
            if (call.GetValue(CommandLine.Json))
                JsonOutput.WriteLine(new { a = a.Number, b = b.Number, pairs = pairs.Count, alone });
            else
                Console.WriteLine($"{call.GetValue(output)}: {pairs.Count} pairs, A is {one}, B is {other}{(alone > 0 ? $"; {alone} responses have no counterpart" : "")}");
            return 0;
        }));
        return command;
    }

    private static Option<int?> Budget(string letter, string side) => new($"--budget-{letter}") { Description = $"Of {side}, only responses whose context had this budget (prompt run --inject --budget N); 0: those with no context.", HelpName = "N" };

    // Older ones first, in the order of A's. Contexts may differ: it is the question that makes a pair.
    private static IReadOnlyList<(ResponseView A, ResponseView B)> Pair(IReadOnlyList<ResponseView> responses, ResponsesOf a, ResponsesOf b) =>
        ResponsePairing.Of(responses.Where(a.Has).OrderBy(response => response.Id), responses.Where(b.Has).OrderBy(response => response.Id), response => ResponsePairing.Asked(response.Variables, response.ContextHash));

    /// <summary>One side: the responses of a version, or those under one budget of tokens for their context (0: with none).</summary>
    private sealed record ResponsesOf(int Version, int? Budget)
    {
        public bool Has(ResponseView response) => response.Version == Version && (Budget is null || Budget == (response.ContextHash is null ? 0 : BudgetOf(response)));

        /// <summary>What rankings and comparisons call it: NAME@VERSION, as suites do.</summary>
        public string Named(string prompt) => Budget is int budget ? $"{prompt}@{Version} (budget {budget})" : $"{prompt}@{Version}";

        public override string ToString() => Budget is int budget ? $"version {Version} with a budget of {budget}" : $"version {Version}";

        private static int? BudgetOf(ResponseView response) =>
            response.Context is { ValueKind: JsonValueKind.Object } context && context.TryGetProperty("budget", out JsonElement budget) && budget.TryGetInt32(out int tokens) ? tokens : null;
    }

    // What A was asked is the prompt: the versions may ask differently.
    private static string Row(ResponseView a, string modelA, ResponseView b, string modelB) => JsonSerializer.Serialize(new
    {
        id = $"{a.Id}-{b.Id}",
        prompt = string.Join("\n\n", a.Messages.Select(message => message.Content)),
        a = a.Text,
        b = b.Text,
        model_a = modelA,
        model_b = modelB,
        responses = new[] { a.Id, b.Id },
    }, JsonOutput.Options);
}
