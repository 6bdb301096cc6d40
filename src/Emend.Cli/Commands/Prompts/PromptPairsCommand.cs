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
        var output = new Option<string>("--output") { Description = "File of pairs to write.", HelpName = "FILE", Required = true };
        var command = new Command("pairs", "Write the responses of two versions to the same values as pairs that emend judge and emend world vote read.") { name, first, second, output };
        choice.AddTo(command);
        command.SetAction((call, cancellation) => choice.Run(call, async registry =>
        {
            long id = await registry.IdOf(call.GetValue(name)!);
            VersionView a = await registry.Versions.Get(registry.Project, id, call.GetValue(first)!), b = await registry.Versions.Get(registry.Project, id, call.GetValue(second)!);
            if (a.Number == b.Number)
                throw new InvalidInputException($"A {call.GetValue(first)}, B {call.GetValue(second)}: are both version {a.Number}; two versions are expected");
            List<ResponseView> all = await registry.Responses.List(registry.Project, id, 0, int.MaxValue);
            IReadOnlyList<(ResponseView A, ResponseView B)> pairs = Pair(all, a.Number, b.Number);
            int alone = all.Count(response => response.Version == a.Number || response.Version == b.Number) - 2 * pairs.Count;
            if (pairs.Count == 0)
                throw new InvalidInputException($"versions {a.Number} and {b.Number} have no responses to the same values; emend prompt run with the same --var or --vars for both makes some");
            WholeFile.Write(call.GetValue(output)!, string.Concat(pairs.Select(pair => Row(pair.A, pair.B) + "\n")));
            if (call.GetValue(CommandLine.Json))
                JsonOutput.WriteLine(new { a = a.Number, b = b.Number, pairs = pairs.Count, alone });
            else
                Console.WriteLine($"{call.GetValue(output)}: {pairs.Count} pairs, A is version {a.Number}, B is version {b.Number}{(alone > 0 ? $"; {alone} responses have no counterpart" : "")}");
            return 0;
        }));
        return command;
    }

    /// <summary>Pairs in the order of A's responses, older ones first.</summary>
    internal static IReadOnlyList<(ResponseView A, ResponseView B)> Pair(IReadOnlyList<ResponseView> responses, int a, int b) =>
        ResponsePairing.Of(Of(responses, a), Of(responses, b), response => response.Variables);

    private static IEnumerable<ResponseView> Of(IEnumerable<ResponseView> responses, int version) => responses.Where(response => response.Version == version).OrderBy(response => response.Id);

    // What A was asked is the prompt: the versions may ask differently.
    private static string Row(ResponseView a, ResponseView b) => JsonSerializer.Serialize(new
    {
        id = $"{a.Id}-{b.Id}",
        prompt = string.Join("\n\n", a.Messages.Select(message => message.Content)),
        a = a.Text,
        b = b.Text,
        responses = new[] { a.Id, b.Id },
    }, JsonOutput.Options);
}
