using System.CommandLine;
using System.Globalization;
using Emend.Feedback;
using Emend.Judging;
using Emend.Text;

namespace Emend.Cli.Commands;

/// <summary>emend annotate: a model edits responses minimally; what a second judgement does not prefer is left out.</summary>
internal static class AnnotateCommand
{
    private static readonly EditBand Defaults = new();
    private static readonly EndpointChoice Endpoint = EndpointChoice.OfOne();
    private static readonly Option<string> Output = new("--output") { Description = "File of edit rows, one a line, marked as an AI's.", HelpName = "FILE", Required = true };
    private static readonly Option<string?> Rejected = new("--rejected") { Description = "File of the edits that were not kept, with the reason.", HelpName = "FILE" };
    private static readonly Option<double> MostChanged = new("--most-changed") { Description = "Share of the words that an edit may change.", HelpName = "X", DefaultValueFactory = _ => Defaults.MostChanged };
    private static readonly Option<double> LeastLength = new("--least-length") { Description = "Least length of the edited text, in lengths of the response.", HelpName = "X", DefaultValueFactory = _ => Defaults.LeastLength };
    private static readonly Option<double> MostLength = new("--most-length") { Description = "Most length of the edited text, in lengths of the response.", HelpName = "X", DefaultValueFactory = _ => Defaults.MostLength };
    private static readonly Option<int> MaxNew = new("--max-new") { Description = "Most tokens of an answer of the annotator: faults and edited text.", HelpName = "N", DefaultValueFactory = _ => 1024 };
    private static readonly Option<string?> JudgeModel = new("--judge-model") { Description = "Another model at the same endpoint for the second judgement. [default: the annotator itself]", HelpName = "NAME" };
    private static readonly Option<bool> NoLogprobs = new("--no-logprobs") { Description = "For endpoints that refuse log-probabilities: read the second judgement from the text alone." };
    private static readonly Option<int> Seed = new("--seed") { Description = "Of the marks around texts and of the order of the second judgement.", HelpName = "S", DefaultValueFactory = _ => 1 };

    public static Command Create()
    {
        var file = new Argument<string>("RESPONSES") { Description = "One JSON object a line: prompt and response, perhaps id and group; or preferences, whose rejected response is edited." };
        var command = new Command("annotate", "Have a model make minimal edits; kept are those inside the band that a second judgement prefers.") { file };
        foreach (Option option in (Option[])[Output, Rejected, MostChanged, LeastLength, MostLength, MaxNew, JudgeModel, NoLogprobs, Seed])
            command.Add(option);
        Endpoint.AddTo(command);
        command.SetAction(call => Run(call, call.GetValue(file)!).GetAwaiter().GetResult());
        return command;
    }

    private static async Task<int> Run(ParseResult call, string file)
    {
        CancellationToken interruption = Signals.Interruption;
        var band = new EditBand { MostChanged = call.GetValue(MostChanged), LeastLength = call.GetValue(LeastLength), MostLength = call.GetValue(MostLength) };
        string[] problems = [.. band.Problems()];
        if (problems.Length > 0)
            throw new InvalidInputException(string.Join("; ", problems));
        if (call.GetValue(MaxNew) < 1)
            throw new InvalidInputException($"--max-new {call.GetValue(MaxNew)}: is not positive");
        IReadOnlyList<UneditedRow> rows = UneditedRows.Read(file);
        using AnswerCache cache = Endpoint.Cache(call, call.GetValue(Output)!);
        Spending caps = Endpoint.Caps(call);
        await using OpenEndpoint open = await Endpoint.Open(call, Endpoint.Models(call)[0], cache, caps);
        ModelEndpoint endpoint = open.Endpoint;
        ModelEndpoint? other = call.GetValue(JudgeModel) is { } name ? await ModelEndpoint.OpenListed(endpoint.Options with { Model = name }, cache, caps) : null;
        using (other)
        {
            ModelEndpoint judging = other ?? endpoint;
            var options = new JudgeOptions { Seed = call.GetValue(Seed) };
            var judge = new PairJudge(judging, call.GetValue(NoLogprobs) ? options with { Alternatives = null } : options);
            var annotator = new ModelAnnotator(endpoint, judge, band, call.GetValue(MaxNew), call.GetValue(Seed));
            var progress = new ProgressCount("responses edited", rows.Count);
            AskedAll<ProposedEdit> asked = await AskAll.Run(rows, row => row.Id, annotator.Propose, endpoint.Options.Concurrency, (_, _) => progress.Step(), interruption);
            var output = UnfinishedOutput.Of(call.GetValue(Output)!, asked);
            ProposedEdit[] kept = [.. asked.Results.Where(edit => edit.Outcome == ProposalOutcome.Kept)];
            EditRows.Write(output.Path, kept.Select(edit => ModelAnnotator.Row(edit, endpoint.Options, judging.Options)));
            if (call.GetValue(Rejected) is { } rejected)
                WriteRejected(UnfinishedOutput.Of(rejected, asked).Path, asked.Results);
            Report(call, rows.Count, asked, endpoint, judging);
            return output.Finished ? 0 : output.Complain(asked, kept.Length);
        }
    }

    private static void WriteRejected(string path, IReadOnlyList<ProposedEdit> edits)
    {
        var lines = edits.Where(edit => edit.Outcome != ProposalOutcome.Kept).Select(edit => System.Text.Json.JsonSerializer.Serialize(
            new { id = edit.Source.Id, outcome = Name(edit.Outcome), reason = edit.Reason, prompt = edit.Source.Prompt, response = edit.Source.Response, edited = edit.Edited, faults = edit.Faults, source = VerdictRows.Source }, JsonOutput.Options));
        WholeFile.Write(path, string.Concat(lines.Select(line => line + "\n")));
    }

    private static void Report(ParseResult call, int rows, AskedAll<ProposedEdit> asked, ModelEndpoint endpoint, ModelEndpoint judging)
    {
        int Count(ProposalOutcome outcome) => asked.Results.Count(edit => edit.Outcome == outcome);
        int answered = Count(ProposalOutcome.Kept) + Count(ProposalOutcome.NotPreferred);
        if (call.GetValue(CommandLine.Json))
        {
            JsonOutput.WriteLine(new
            {
                source = VerdictRows.Source,
                model = endpoint.Options.Model,
                endpoint = endpoint.Options.Host,
                judgeModel = judging.Options.Model,
                responses = rows,
                kept = Count(ProposalOutcome.Kept),
                unchanged = Count(ProposalOutcome.Unchanged),
                unreadable = Count(ProposalOutcome.Unreadable),
                outsideBand = Count(ProposalOutcome.OutsideBand),
                notPreferred = Count(ProposalOutcome.NotPreferred),
                unanswered = rows - asked.Results.Count,
                warning = Warning(endpoint, judging),
                preferredRate = answered == 0 ? (double?)null : 100.0 * Count(ProposalOutcome.Kept) / answered,
                spent = JudgeSummary.Spending(endpoint),
                judgeSpent = judging == endpoint ? null : JudgeSummary.Spending(judging),
            });
            return;
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{Count(ProposalOutcome.Kept)} of {rows} edits kept (AI feedback by {endpoint.Options.Model} at {endpoint.Options.Host}, second judgement by {judging.Options.Model}); {Count(ProposalOutcome.Unchanged)} unchanged, {Count(ProposalOutcome.Unreadable)} unreadable, {Count(ProposalOutcome.OutsideBand)} outside the band, {Count(ProposalOutcome.NotPreferred)} not preferred, {rows - asked.Results.Count} unanswered"));
        Console.WriteLine($"WARNING: {Warning(endpoint, judging)}");
        foreach (string renewed in new[] { endpoint, judging }.Distinct().Select(JudgeSummary.Renewed).OfType<string>())
            Console.WriteLine(renewed);
    }

    private static string Warning(ModelEndpoint endpoint, ModelEndpoint judging) => HumanAgreement.NotMeasuredHere
        + (endpoint == judging ? "; the annotator judges its own edits (--judge-model NAME has another model do it)" : "");

    private static string Name(ProposalOutcome outcome) => outcome switch
    {
        ProposalOutcome.Unchanged => "unchanged",
        ProposalOutcome.Unreadable => "unreadable",
        ProposalOutcome.OutsideBand => "outside-band",
        ProposalOutcome.NotPreferred => "not-preferred",
        _ => "kept",
    };
}
