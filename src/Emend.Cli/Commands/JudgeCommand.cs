using System.Buffers;
using System.CommandLine;
using Emend.Feedback;
using Emend.Judging;
using Emend.Text;

namespace Emend.Cli.Commands;

/// <summary>emend judge: a model says which of two responses is better, in both orders, and the report says how far to trust it.</summary>
internal static class JudgeCommand
{
    private static readonly EndpointChoice Endpoint = EndpointChoice.OfOne();
    private static readonly Option<string> Output = new("--output") { Description = "File of verdicts, one a line.", HelpName = "FILE", Required = true };
    private static readonly Option<string?> Human = new("--human") { Description = "Pairs with people's verdicts, judged too, on which agreement is measured; they are not in the win rate.", HelpName = "FILE" };
    private static readonly Option<string?> Rubric = new("--rubric") { Description = "A text file that says what better means.", HelpName = "FILE" };
    private static readonly Option<int> Seed = new("--seed") { Description = "Decides which response stands first in the first question about a pair, and what is drawn for intervals.", HelpName = "S", DefaultValueFactory = _ => 1 };
    private static readonly Option<bool> OneOrder = new("--one-order") { Description = "Ask once about each pair instead of in both orders: half the calls, no order-flip rate." };
    private static readonly Option<bool> NoLogprobs = new("--no-logprobs") { Description = "For endpoints that refuse log-probabilities: read the verdict from the text alone." };
    private static readonly Option<bool> Canary = new("--canary") { Description = "Also measure how often an instruction hidden in a response sways this judge (40 calls)." };

    public static Command Create()
    {
        var file = new Argument<string>("PAIRS") { Description = "One JSON object a line: prompt, a, b, perhaps id and human (a, b or tie). Edit rows and preference files are read too." };
        var command = new Command("judge", "Have a model judge pairs of responses, in both orders; verdicts are marked as an AI's.") { file };
        foreach (Option option in (Option[])[Output, Human, Rubric, Seed, OneOrder, NoLogprobs, Canary])
            command.Add(option);
        Endpoint.AddTo(command);
        command.SetAction(call => Run(call, call.GetValue(file)!).GetAwaiter().GetResult());
        return command;
    }

    private static async Task<int> Run(ParseResult call, string file)
    {
        CancellationToken interruption = Signals.Interruption;
        IReadOnlyList<ResponsePair> pairs = ResponsePairs.Read(file);
        IReadOnlyList<ResponsePair> human = call.GetValue(Human) is { } shared ? Judged(shared) : [];
        if (pairs.Count == 0)
            throw new InvalidInputException($"{file}: there is no pair in it");
        using AnswerCache cache = Endpoint.Cache(call, call.GetValue(Output)!);
        await using OpenEndpoint open = await Endpoint.Open(call, Endpoint.Models(call)[0], cache, Endpoint.Caps(call));
        ModelEndpoint endpoint = open.Endpoint;
        var judge = new PairJudge(endpoint, Options(call));
        var started = new ProgressCount("pairs judged", pairs.Count + human.Count);
        AskedAll<PairVerdict> asked = await AskAll.Run([.. human, .. pairs], pair => pair.Id, judge.Judge, endpoint.Options.Concurrency, (_, _) => started.Step(), interruption);
        var own = new HashSet<ResponsePair>(pairs, ReferenceEqualityComparer.Instance);
        PairVerdict[] verdicts = [.. asked.Results.Where(verdict => own.Contains(verdict.Pair))];
        var output = UnfinishedOutput.Of(call.GetValue(Output)!, asked);
        Write(output.Path, verdicts, endpoint.Options);
        (CanaryResult? canary, string? unmeasured) = asked.Stopped is null && call.GetValue(Canary) ? await Measure(judge, interruption) : (null, null);

        var summary = new JudgeSummary(pairs.Count, verdicts, HumanAgreement.Of(asked.Results), canary, endpoint, call.GetValue(Seed));
        if (call.GetValue(CommandLine.Json))
            JsonOutput.WriteLine(summary.Machine());
        else
            summary.Print();
        if (!output.Finished)
            return output.Complain(asked, verdicts.Length);
        if (unmeasured is null)
            return 0;
        Console.Error.WriteLine($"emend: --canary was not measured: {unmeasured}. The verdicts are in {output.Path}.");
        return UnfinishedOutput.ExitCode;
    }

    /// <summary>Pairs that a person has judged, all of them.</summary>
    private static IReadOnlyList<ResponsePair> Judged(string file)
    {
        IReadOnlyList<ResponsePair> pairs = ResponsePairs.Read(file);
        return pairs.FirstOrDefault(pair => pair.Human is null) is not { } unjudged ? pairs
            : throw new InvalidInputException($"--human {file}:{unjudged.Line}: has no person's verdict (human: a, b or tie; what an AI has said or edited is none)");
    }

    private static async Task<(CanaryResult? Result, string? Problem)> Measure(PairJudge judge, CancellationToken interruption)
    {
        try
        {
            return (await InjectionCanary.Run(judge, interruption), null);
        }
        catch (EndpointException exception)
        {
            return (null, exception.Message);
        }
        catch (OperationCanceledException) when (interruption.IsCancellationRequested)
        {
            return (null, AskAll.Interrupted);
        }
    }

    private static JudgeOptions Options(ParseResult call)
    {
        string? rubric = call.GetValue(Rubric);
        if (rubric is not null)
            InvalidInputException.ThrowIfNoFile(rubric, "a text file", "--rubric ");
        var options = new JudgeOptions { Seed = call.GetValue(Seed), OneOrder = call.GetValue(OneOrder) };
        options = call.GetValue(NoLogprobs) ? options with { Alternatives = null } : options;
        return rubric is null ? options : options with { Rubric = File.ReadAllText(rubric).Trim() };
    }

    private static void Write(string path, IEnumerable<PairVerdict> verdicts, EndpointOptions endpoint)
    {
        var buffer = new ArrayBufferWriter<byte>();
        foreach (PairVerdict verdict in verdicts)
            VerdictRows.WriteLine(buffer, verdict, endpoint);
        WholeFile.Write(path, buffer.WrittenSpan);
    }
}
