using System.Buffers;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text;
using Emend.Feedback;
using Emend.Judging;
using Emend.Store;

namespace Emend.Studio;

/// <summary>What came of asking a judge for a while.</summary>
/// <param name="Judged">Pairs that got a row now.</param>
/// <param name="Next">The place to go on from; null where every pair was asked about, or asking ended.</param>
internal sealed record JudgedSome(JudgeRunView Run, int Judged, int? Next);

/// <summary>
/// Asks a project's judge about the pairs of a run, as emend judge does, for some seconds in each request: what came is kept, and the next request goes on. Caps hold over all of them.
/// </summary>
internal sealed class JudgeAsking(JudgeRuns runs, ModelEndpoints endpoints, ModelCalls calls, StudioOptions options)
{
    private const int MostAtOnce = 200;
    private const int AskedTogether = 4;
    private const int Attempts = 3;
    private const string ChatRoute = "/chat/completions";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Pairs the responses; nothing is asked yet.</summary>
    public async Task<JudgeRunView> Begin(Actor actor, long project, NewJudgeRun wanted)
    {
        EndpointOptions judge = await Judge(project);
        return await runs.Begin(actor, project, wanted, judge.Model, judge.Host);
    }

    /// <param name="from">The place to begin at; pairs that have a row are not asked about again.</param>
    /// <param name="limits">New caps; null: those that the run has.</param>
    public async Task<JudgedSome> Go(Actor actor, long project, long run, int from, AskingLimits? limits, CancellationToken cancellation)
    {
        if (limits?.Problems().ToArray() is { Length: > 0 } problems)
            throw RefusedException.Invalid(problems);
        UnjudgedPairs left = await runs.Left(project, run, from, MostAtOnce);
        EndpointOptions judge = await Judge(project);
        if ((judge.Model, judge.Host) != (left.Run.Model, left.Run.Endpoint))
            throw new RefusedException(Refusal.Conflict, "judge-changed", $"This run was begun with {left.Run.Model} at {left.Run.Endpoint}, and the project's judge is now {judge.Model} at {judge.Host}; verdicts of two judges are two runs.");
        AskingLimits caps = limits ?? left.Run.Limits!;
        if (left.Pairs.Count == 0 || caps.Reached(left.Run.Spent!) is not null)
            return new JudgedSome(await runs.Add(actor, project, run, [], new AskingSpent(), limits, caps.Reached(left.Run.Spent!)), 0, null);

        TimeSpan time = caps.MaxSeconds - left.Run.Spent!.Seconds is double rest && rest < Patience.TotalSeconds ? TimeSpan.FromSeconds(rest) : Patience;
        using var cache = AnswerCache.Open(null);
        using var endpoint = Emend.Judging.ModelEndpoint.Open(Within(judge, caps, left.Run.Spent, time), cache);
        var failures = new ConcurrentDictionary<string, EndpointFailure>();
        long began = Stopwatch.GetTimestamp();
        AskedAll<PairVerdict> asked = await AskAll.Run([.. left.Pairs.Select(one => one.Pair)], pair => pair.Id, AskWith(new PairJudge(endpoint, OptionsOf(left.Questions)), failures), AskedTogether, null, cancellation);
        TimeSpan took = Stopwatch.GetElapsedTime(began);

        var spent = new AskingSpent(endpoint.Spent.Calls, endpoint.Spent.PromptTokens, endpoint.Spent.CompletionTokens, endpoint.Spent.Cost, took.TotalSeconds);
        string? stopped = caps.Reached(left.Run.Spent.And(spent)) ?? (asked.Stopped is null || cancellation.IsCancellationRequested ? null : Why([.. failures.Values], took < time));
        JudgeRunView now = await runs.Add(actor, project, run, [.. asked.Results.Select(verdict => new JudgedRow(verdict.Pair.Id, Line(verdict, endpoint.Options), verdict.Vote is not null))], spent, limits, stopped);
        return new JudgedSome(now, asked.Results.Count, stopped is null ? NextOf(left, asked, failures) : null);
    }

    // The first pair that nobody got to; one that failed is asked about again when somebody begins at its place.
    private static int? NextOf(UnjudgedPairs left, AskedAll<PairVerdict> asked, ConcurrentDictionary<string, EndpointFailure> failures)
    {
        HashSet<string> done = [.. asked.Results.Select(verdict => verdict.Pair.Id), .. failures.Where(failure => failure.Value != EndpointFailure.Cap).Select(failure => failure.Key)];
        int next = left.Pairs.Where(one => !done.Contains(one.Pair.Id)).Select(one => (int?)one.Place).FirstOrDefault() ?? left.Pairs[^1].Place + 1;
        return next < left.Run.Pairs ? next : null;
    }

    // What a server says when it fails stays here: the messages of EndpointException hold words of it.
    private static Func<ResponsePair, CancellationToken, Task<PairVerdict>> AskWith(PairJudge judge, ConcurrentDictionary<string, EndpointFailure> failures) => async (pair, token) =>
    {
        try
        {
            return await judge.Judge(pair, token);
        }
        catch (EndpointException exception)
        {
            failures[pair.Id] = exception.Failure;
            throw;
        }
    };

    /// <param name="inTime">Whether there was time left, so that a cap was not that of this one request.</param>
    private static string? Why(IReadOnlyCollection<EndpointFailure> failures, bool inTime) => failures switch
    {
        _ when failures.Contains(EndpointFailure.Endpoint) => "The judge's server could not be reached, does not take the key, has no such address, redirects, or is at no public address (whoever runs the studio can allow others with --allow-private-models).",
        _ when failures.Contains(EndpointFailure.Cap) => inTime ? AskingLimits.Unkept : null,
        _ when failures.Contains(EndpointFailure.Question) => "The judge's server did not answer in time, or not as it should.",
        _ => "The judge's server refuses the questions: they are too long for it, or it does not give log-probabilities.",
    };

    private static string Line(PairVerdict verdict, EndpointOptions endpoint)
    {
        var buffer = new ArrayBufferWriter<byte>();
        VerdictRows.WriteLine(buffer, verdict, endpoint);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static JudgeOptions OptionsOf(JudgeQuestions questions)
    {
        var asked = new JudgeOptions { Seed = questions.Seed, OneOrder = questions.OneOrder };
        asked = questions.WordsOnly ? asked with { Alternatives = null } : asked;
        return questions.Rubric is null ? asked : asked with { Rubric = questions.Rubric };
    }

    // What is left of the caps.
    private static EndpointOptions Within(EndpointOptions judge, AskingLimits caps, AskingSpent spent, TimeSpan time) => judge with
    {
        MaxCalls = caps.MaxCalls - spent.Calls,
        MaxTokens = caps.MaxTokens - spent.PromptTokens - spent.CompletionTokens,
        MaxCost = caps.MaxCost - spent.Cost,
        InputPrice = caps.InputPrice,
        OutputPrice = caps.OutputPrice,
        MaxTime = time,
    };

    /// <exception cref="RefusedException">The project names no judge, or one that cannot be asked.</exception>
    private async Task<EndpointOptions> Judge(long project)
    {
        ModelQuestion named = await endpoints.Find(project, ModelUse.Judge) ?? throw new RefusedException(Refusal.Conflict, "no-model", "The project names no endpoint for a judge; its settings do.");
        if (named.Model is null)
            throw new RefusedException(Refusal.Conflict, "no-model", "The project's judge has no name; verdicts say whose they are, so its settings have to name the model.");
        if (!named.Url.EndsWith(ChatRoute, StringComparison.Ordinal))
            throw RefusedException.Invalid(new FieldProblem("url", $"the judge's address does not end with {ChatRoute}, and no other is asked"));
        // Emend.Judging lets whoever names this machine have it, which the users of a server may not.
        if (!options.AllowPrivateModels && (IPAddress.TryParse(new Uri(named.Url).Host.Trim('[', ']'), out IPAddress? address) ? !PublicAddress.IsPublic(address) : new Uri(named.Url).Host == "localhost"))
            throw new RefusedException(Refusal.Upstream, ModelCalls.FailedCode, "The judge's server is not at a public address; whoever runs the studio can allow others with --allow-private-models.");
        return new EndpointOptions
        {
            Url = named.Url[..^ChatRoute.Length],
            Model = named.Model,
            Key = named.Key is null ? null : ApiKey.Of(calls.Key(named.Key)),
            AllowPrivate = options.AllowPrivateModels,
            Timeout = options.ModelPatience,
            Attempts = Attempts,
            Prefix = "",
        };
    }
}
