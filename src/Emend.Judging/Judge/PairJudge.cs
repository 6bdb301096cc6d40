using System.Security.Cryptography;
using System.Text;
using Emend.Feedback;

namespace Emend.Judging;

/// <summary>How a judge is asked.</summary>
public sealed record JudgeOptions
{
    public string Rubric { get; init; } = JudgePrompt.DefaultRubric;

    /// <summary>Decides which response stands first in the first question about a pair, and the marks around the texts.</summary>
    public int Seed { get; init; }

    /// <summary>Asks only once about each pair, in the seeded order: half the calls, and no order-flip rate.</summary>
    public bool OneOrder { get; init; }

    /// <summary>Alternatives asked for at the first token; null for endpoints that refuse log-probabilities.</summary>
    public int? Alternatives { get; init; } = 20;
}

/// <summary>What the judge said with the responses in one order.</summary>
/// <param name="First">Which response stood first: "a" or "b".</param>
/// <param name="Said">The answer as it came.</param>
/// <param name="Winner">The response it names, "a" or "b", or "tie"; null where the answer could not be read.</param>
/// <param name="ForB">Outcome for B: 1, 0, 0.5 for a tie, or the judge's probability of it; null where the answer could not be read.</param>
public sealed record OrderedAnswer(string First, string Said, string? Winner, double? ForB);

/// <summary>A judge's verdict on a pair.</summary>
/// <param name="Answers">In the order asked.</param>
public sealed record PairVerdict(ResponsePair Pair, IReadOnlyList<OrderedAnswer> Answers)
{
    /// <summary>Outcome for B, the mean of all orders; null where one could not be read, since half an answer carries the bias of its order.</summary>
    public double? Vote => Answers.All(answer => answer.ForB is not null) ? Answers.Average(answer => answer.ForB!.Value) : null;

    /// <summary>
    /// What the answers name, "a", "b" or "tie", both orders together; null where one could not be read. From the words alone: probabilities are never
    /// exactly even, so that by them no pair would tie, and a judge without an opinion would seem to have one.
    /// </summary>
    public string? Verdict => Vote is null ? null : (Answers.Count(answer => answer.Winner == "b") - Answers.Count(answer => answer.Winner == "a")) switch
    {
        > 0 => "b",
        < 0 => "a",
        _ => "tie",
    };

    /// <summary>Whether the two orders named different winners; null with one order or without a vote.</summary>
    public bool? Flipped => Vote is null || Answers.Count < 2 ? null : (Answers[0].Winner, Answers[1].Winner) is ("a", "b") or ("b", "a");

    /// <summary>Outcome for B where that response stood first; null where it was not asked or could not be read.</summary>
    public double? ForBWhenFirst(string first) => Answers.FirstOrDefault(answer => answer.First == first)?.ForB;
}

/// <summary>A model that says which of two responses is better, asked in both orders.</summary>
public sealed class PairJudge(ModelEndpoint endpoint, JudgeOptions options)
{
    private const string FirstWins = "A", SecondWins = "B", Tie = "tie";
    private static readonly string[] Answers = [FirstWins, SecondWins, Tie];

    /// <exception cref="EndpointException">The endpoint did not answer.</exception>
    public async Task<PairVerdict> Judge(ResponsePair pair, CancellationToken cancellation = default)
    {
        string[] orders = FirstAsked(pair) == "a" ? ["a", "b"] : ["b", "a"];
        var answers = new List<OrderedAnswer>();
        foreach (string first in options.OneOrder ? orders[..1] : orders)
            answers.Add(await Ask(pair, first, cancellation));
        return new PairVerdict(pair, answers);
    }

    /// <summary>By a hash of seed and pair, so that runs agree and half of the pairs begin with either response.</summary>
    private string FirstAsked(ResponsePair pair) =>
        SHA256.HashData(Encoding.UTF8.GetBytes($"{options.Seed}\n{pair.Id}\n{pair.Prompt}"))[0] % 2 == 0 ? "a" : "b";

    private async Task<OrderedAnswer> Ask(ResponsePair pair, string first, CancellationToken cancellation)
    {
        (string one, string other) = first == "a" ? (pair.A, pair.B) : (pair.B, pair.A);
        ChatAnswer answer = await endpoint.Ask(new ChatCall(JudgePrompt.Pair(options.Rubric, pair.Prompt, one, other, options.Seed))
        {
            MaxTokens = ClosedAnswer.MostTokens,
            Seed = options.Seed,
            Alternatives = options.Alternatives,
        }, cancellation);
        ClosedAnswer read = ClosedAnswer.Read(answer, Answers);
        double? forFirst = read switch
        {
            { Choice: null } => null,
            { Chances: [double wins, _, double ties] } => wins + ties / 2,
            { Choice: FirstWins } => 1,
            { Choice: SecondWins } => 0,
            _ => 0.5,
        };
        string? winner = read.Choice switch
        {
            FirstWins => first,
            SecondWins => first == "a" ? "b" : "a",
            _ => read.Choice,
        };
        return new OrderedAnswer(first, answer.Text, winner, first == "a" ? 1 - forFirst : forFirst);
    }
}
