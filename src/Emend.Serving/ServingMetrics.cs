using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Emend.Models;
using Microsoft.AspNetCore.Http;

namespace Emend.Serving;

/// <summary>What the server has done so far, in Prometheus's text format 0.0.4. Names of routes are patterns, so that labels stay few.</summary>
internal sealed class ServingMetrics
{
    private readonly ConcurrentDictionary<(string Route, int Status), Histogram> _requests = new();
    private readonly Histogram _firstToken = new();
    private long _promptTokens, _responseTokens;

    public void Request(string route, int status, TimeSpan took) => _requests.GetOrAdd((route, status), _ => new Histogram()).Add(took.TotalSeconds);

    public void FirstToken(TimeSpan after) => _firstToken.Add(after.TotalSeconds);

    public void Tokens(long prompt, long response)
    {
        Interlocked.Add(ref _promptTokens, prompt);
        Interlocked.Add(ref _responseTokens, response);
    }

    public async Task Write(HttpContext context, Server server)
    {
        context.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
        await context.Response.WriteAsync(Text(server.Model.Generator), context.RequestAborted);
    }

    private string Text(ContinuousGenerator generator)
    {
        var text = new StringBuilder();
        Begin("emend_request_seconds", "histogram", "Duration of requests by route and status; status 499 is a client that went away.");
        foreach (((string route, int status), Histogram histogram) in _requests.OrderBy(entry => entry.Key.Route, StringComparer.Ordinal).ThenBy(entry => entry.Key.Status))
            histogram.Write(text, "emend_request_seconds", string.Create(CultureInfo.InvariantCulture, $"route=\"{route}\",status=\"{status}\""));
        Begin("emend_first_token_seconds", "histogram", "Time from a request's admission to its first tokens.");
        _firstToken.Write(text, "emend_first_token_seconds", "");
        Simple("emend_prompt_tokens_total", "counter", "Tokens of the prompts answered.", Interlocked.Read(ref _promptTokens));
        Simple("emend_response_tokens_total", "counter", "Tokens of the responses sent.", Interlocked.Read(ref _responseTokens));
        Simple("emend_decode_steps_total", "counter", "Forward passes of all decoding threads.", generator.Steps);
        Simple("emend_decode_rows_total", "counter", "Tokens that went through the model; over the steps it is the mean batch.", generator.Rows);
        Simple("emend_prompt_tokens_reused_total", "counter", "Prompt tokens that did not go through the model, since an earlier prompt began with them.", generator.Reused);
        Simple("emend_responses_running", "gauge", "Responses that run now.", generator.Running);
        Simple("emend_responses_waiting", "gauge", "Responses that wait for a slot.", generator.Waiting);
        Simple("emend_slots", "gauge", "Responses that can run at the same time.", generator.Slots);
        return text.ToString();

        void Begin(string name, string type, string help) => text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {type}\n");

        void Simple(string name, string type, string help, long value)
        {
            Begin(name, type, help);
            text.Append(CultureInfo.InvariantCulture, $"{name} {value}\n");
        }
    }

    /// <summary>Counts by upper bound in seconds, each bucket holding those below it.</summary>
    private sealed class Histogram
    {
        private static readonly double[] s_bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];

        private readonly long[] _counts = new long[s_bounds.Length];
        private readonly Lock _gate = new();
        private long _count;
        private double _sum;

        public void Add(double seconds)
        {
            lock (_gate)
            {
                _count++;
                _sum += seconds;
                for (int i = 0; i < s_bounds.Length; i++)
                    _counts[i] += seconds <= s_bounds[i] ? 1 : 0;
            }
        }

        public void Write(StringBuilder text, string name, string labels)
        {
            lock (_gate)
            {
                string before = labels == "" ? "" : labels + ",", alone = labels == "" ? "" : $"{{{labels}}}";
                for (int i = 0; i < s_bounds.Length; i++)
                    text.Append(CultureInfo.InvariantCulture, $"{name}_bucket{{{before}le=\"{s_bounds[i]}\"}} {_counts[i]}\n");
                text.Append(CultureInfo.InvariantCulture, $"{name}_bucket{{{before}le=\"+Inf\"}} {_count}\n{name}_sum{alone} {_sum}\n{name}_count{alone} {_count}\n");
            }
        }
    }
}
