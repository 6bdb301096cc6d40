namespace Emend.Judging;

/// <summary>One pair that got no verdict, and why.</summary>
public sealed record Unanswered(string Id, string Problem);

/// <summary>What came of asking about many things: the results in the order of the input, those that got none, and why it ended early, if it did.</summary>
/// <param name="Stopped">The sentence that ended the run; null where it came to its end.</param>
public sealed record AskedAll<T>(IReadOnlyList<T> Results, IReadOnlyList<Unanswered> Failed, string? Stopped);

/// <summary>Asks about many things at once, and stops where going on makes no sense.</summary>
public static class AskAll
{
    /// <summary>Failures in a row after which an endpoint counts as gone; questions that it refuses do not count once it has answered another.</summary>
    public const int MostInARow = 5;

    /// <summary>Why a run ended that its caller gave up.</summary>
    public const string Interrupted = "interrupted";

    /// <param name="done">Is told of each result as it comes, one at a time.</param>
    public static async Task<AskedAll<TResult>> Run<T, TResult>(
        IReadOnlyList<T> things, Func<T, string> name, Func<T, CancellationToken, Task<TResult>> ask, int concurrency, Action<T, TResult>? done = null, CancellationToken cancellation = default) where TResult : class
    {
        var results = new TResult?[things.Count];
        var problems = new string?[things.Count];
        int inARow = 0;
        bool answered = false;
        string? stopped = null;
        Lock gate = new();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        try
        {
            await Parallel.ForEachAsync(Enumerable.Range(0, things.Count), new ParallelOptions { MaxDegreeOfParallelism = concurrency, CancellationToken = stop.Token }, async (i, _) =>
            {
                try
                {
                    // Not the loop's own token: what is under way when another one fails is paid for, and may finish.
                    TResult result = await ask(things[i], cancellation);
                    lock (gate)
                    {
                        (results[i], inARow, answered) = (result, 0, true);
                        done?.Invoke(things[i], result);
                    }
                }
                catch (EndpointException exception)
                {
                    lock (gate)
                    {
                        problems[i] = exception.Message;
                        // Rows that an endpoint always refuses, for being too long, would else end every run at the same place.
                        if (exception.Failure == EndpointFailure.Refused && answered)
                            return;
                        inARow++;
                        if (exception.Failure is EndpointFailure.Question or EndpointFailure.Refused && inARow < MostInARow)
                            return;
                        stopped ??= exception.Message;
                        stop.Cancel();
                    }
                }
            });
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            stopped ??= Interrupted;
        }
        return new AskedAll<TResult>(
            [.. results.OfType<TResult>()],
            [.. Enumerable.Range(0, things.Count).Where(i => problems[i] is not null).Select(i => new Unanswered(name(things[i]), problems[i]!))],
            stopped);
    }
}
