using System.Diagnostics;
using System.Globalization;

namespace Emend.Judging;

/// <summary>What the questions to an endpoint have cost so far.</summary>
/// <param name="Calls">Requests sent, repeated ones counted.</param>
/// <param name="Repeated">Of them, those sent again after status 429 or 5xx.</param>
/// <param name="FromCache">Questions that were not sent, having been answered before.</param>
/// <param name="Renewed">Questions that were asked again, since the answers to them are of another model than the server now has under the name.</param>
/// <param name="Cost">By the prices given; 0 without.</param>
public sealed record Spent(int Calls, int Repeated, int FromCache, int Renewed, long PromptTokens, long CompletionTokens, double Cost);

/// <summary>
/// Counts what is spent and stops before a cap. Tokens and cost are known only when an answer is there, so what is under way may go over them. Several
/// endpoints that one cap is for each count for themselves and, together, in a whole.
/// </summary>
/// <param name="limits">Caps and prices.</param>
/// <param name="whole">What counts for all of them; null for one that stands alone.</param>
public sealed class Spending(EndpointOptions limits, Spending? whole = null)
{
    private readonly Lock _lock = new();
    private long? _started;
    private int _calls, _repeated, _fromCache, _renewed;
    private long _promptTokens, _completionTokens;
    private bool _unknown;

    internal Spent Now
    {
        get
        {
            lock (_lock)
                return new Spent(_calls, _repeated, _fromCache, _renewed, _promptTokens, _completionTokens, Cost);
        }
    }

    private double Cost => (_promptTokens * limits.InputPrice + _completionTokens * limits.OutputPrice) / 1e6;

    /// <summary>Before each request.</summary>
    /// <exception cref="EndpointException">A cap is reached, or cannot be kept.</exception>
    internal void Enter(string url, bool again)
    {
        whole?.Enter(url, again);
        lock (_lock)
        {
            _started ??= Stopwatch.GetTimestamp();
            if (Reached() is { } reached)
                throw new EndpointException(EndpointFailure.Cap, $"{url}: {reached}");
            _calls++;
            _repeated += again ? 1 : 0;
        }
    }

    /// <summary>After each answer.</summary>
    /// <param name="usage">Null where the endpoint did not say.</param>
    internal void Add((long Prompt, long Completion)? usage)
    {
        whole?.Add(usage);
        lock (_lock)
        {
            _unknown |= usage is null;
            (_promptTokens, _completionTokens) = (_promptTokens + (usage?.Prompt ?? 0), _completionTokens + (usage?.Completion ?? 0));
        }
    }

    internal void AddFromCache()
    {
        lock (_lock)
            _fromCache++;
    }

    internal void AddRenewed()
    {
        lock (_lock)
            _renewed++;
    }

    private string? Reached()
    {
        if (_calls >= limits.MaxCalls)
            return $"the cap of {limits.MaxCalls} calls ({limits.Prefix}max-calls) is reached";
        if (_unknown && (limits.MaxTokens is not null || limits.MaxCost is not null))
            return $"an answer did not say how many tokens it took (usage), so {limits.Prefix}{(limits.MaxTokens is null ? "max-cost" : "max-tokens")} cannot be kept; {limits.Prefix}max-calls and {limits.Prefix}max-time can";
        if (_promptTokens + _completionTokens >= limits.MaxTokens)
            return $"the cap of {limits.MaxTokens} tokens ({limits.Prefix}max-tokens) is reached";
        if (Cost >= limits.MaxCost)
            return string.Create(CultureInfo.InvariantCulture, $"the cap of a cost of {limits.MaxCost} ({limits.Prefix}max-cost) is reached");
        return Stopwatch.GetElapsedTime(_started!.Value) >= limits.MaxTime
            ? string.Create(CultureInfo.InvariantCulture, $"the cap of {limits.MaxTime.Value.TotalSeconds:0} seconds ({limits.Prefix}max-time) is reached")
            : null;
    }
}
