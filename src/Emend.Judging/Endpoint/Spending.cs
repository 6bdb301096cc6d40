using System.Diagnostics;
using System.Globalization;

namespace Emend.Judging;

/// <summary>What the questions to an endpoint have cost so far.</summary>
/// <param name="Calls">Requests sent, repeated ones counted.</param>
/// <param name="Repeated">Of them, those sent again after status 429 or 5xx.</param>
/// <param name="FromCache">Questions that were not sent, having been answered before.</param>
/// <param name="Cost">By the prices given; 0 without.</param>
public sealed record Spent(int Calls, int Repeated, int FromCache, long PromptTokens, long CompletionTokens, double Cost);

/// <summary>Counts what is spent and stops before a cap. Tokens and cost are known only when an answer is there, so what is under way may go over them.</summary>
internal sealed class Spending(EndpointOptions options)
{
    private readonly Lock _lock = new();
    private readonly long _started = Stopwatch.GetTimestamp();
    private int _calls, _repeated, _fromCache;
    private long _promptTokens, _completionTokens;

    public Spent Now
    {
        get
        {
            lock (_lock)
                return new Spent(_calls, _repeated, _fromCache, _promptTokens, _completionTokens, Cost);
        }
    }

    private double Cost => (_promptTokens * options.InputPrice + _completionTokens * options.OutputPrice) / 1e6;

    /// <summary>Before each request.</summary>
    /// <exception cref="EndpointException">A cap is reached.</exception>
    public void Enter(bool again)
    {
        lock (_lock)
        {
            string? reached = _calls >= options.MaxCalls ? $"{options.MaxCalls} calls (--max-calls)"
                : _promptTokens + _completionTokens >= options.MaxTokens ? $"{options.MaxTokens} tokens (--max-tokens)"
                : Cost >= options.MaxCost ? string.Create(CultureInfo.InvariantCulture, $"a cost of {options.MaxCost} (--max-cost)")
                : Stopwatch.GetElapsedTime(_started) >= options.MaxTime ? string.Create(CultureInfo.InvariantCulture, $"{options.MaxTime.Value.TotalSeconds:0} seconds (--max-time)")
                : null;
            if (reached is not null)
                throw new EndpointException(EndpointFailure.Cap, $"{options.Url}: the cap of {reached} is reached");
            _calls++;
            _repeated += again ? 1 : 0;
        }
    }

    public void Add(ChatAnswer answer)
    {
        lock (_lock)
            (_promptTokens, _completionTokens) = (_promptTokens + answer.PromptTokens, _completionTokens + answer.CompletionTokens);
    }

    public void AddFromCache()
    {
        lock (_lock)
            _fromCache++;
    }
}
