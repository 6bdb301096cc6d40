using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Emend.Models;
using Microsoft.AspNetCore.Http;

namespace Emend.Serving;

/// <summary>What the server has done so far, in Prometheus's text format 0.0.4. Names of routes are patterns, so that labels stay few.</summary>
internal sealed class ServingMetrics
{
    private readonly ConcurrentDictionary<(string Route, int Status, string Variant), Histogram> _requests = new();
    private readonly ConcurrentDictionary<string, Generated> _generated = new([new("", new Generated())]);

    /// <param name="variant">Of the experiment; "" for what is no part of one.</param>
    public void Request(string route, int status, string variant, TimeSpan took) => _requests.GetOrAdd((route, status, variant), _ => new Histogram()).Add(took.TotalSeconds);

    /// <inheritdoc cref="Request"/>
    public void FirstToken(string variant, TimeSpan after) => Of(variant).FirstToken.Add(after.TotalSeconds);

    /// <inheritdoc cref="Request"/>
    public void Tokens(string variant, long prompt, long response)
    {
        Interlocked.Add(ref Of(variant).PromptTokens, prompt);
        Interlocked.Add(ref Of(variant).ResponseTokens, response);
    }

    public async Task Write(HttpContext context, Server server)
    {
        context.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
        await context.Response.WriteAsync(Text(server.Generators), context.RequestAborted);
    }

    private Generated Of(string variant) => _generated.GetOrAdd(variant, _ => new Generated());

    private string Text(IReadOnlyList<ContinuousGenerator> generators)
    {
        var text = new StringBuilder();
        KeyValuePair<string, Generated>[] generated = [.. _generated.OrderBy(entry => entry.Key, StringComparer.Ordinal)];
        Begin("emend_request_seconds", "histogram", "Duration of requests by route, status and variant of an experiment; status 499 is a client that went away.");
        foreach (((string route, int status, string variant), Histogram histogram) in _requests.OrderBy(entry => entry.Key.Route, StringComparer.Ordinal).ThenBy(entry => entry.Key.Status).ThenBy(entry => entry.Key.Variant, StringComparer.Ordinal))
            histogram.Write(text, "emend_request_seconds", string.Create(CultureInfo.InvariantCulture, $"route=\"{route}\",status=\"{status}\"{(variant == "" ? "" : $",{Label(variant)}")}"));
        Begin("emend_first_token_seconds", "histogram", "Time from a request's admission to its first tokens.");
        foreach ((string variant, Generated counts) in generated)
            counts.FirstToken.Write(text, "emend_first_token_seconds", Label(variant));
        ByVariant("emend_prompt_tokens_total", "Tokens of the prompts answered.", counts => Interlocked.Read(ref counts.PromptTokens));
        ByVariant("emend_response_tokens_total", "Tokens of the responses sent.", counts => Interlocked.Read(ref counts.ResponseTokens));
        Sum("emend_decode_steps_total", "counter", "Forward passes of all decoding threads.", generator => generator.Steps);
        Sum("emend_decode_rows_total", "counter", "Tokens that went through a model; over the steps it is the mean batch.", generator => generator.Rows);
        Sum("emend_prompt_tokens_reused_total", "counter", "Prompt tokens that did not go through a model, since an earlier prompt began with them.", generator => generator.Reused);
        Sum("emend_responses_running", "gauge", "Responses that run now.", generator => generator.Running);
        Sum("emend_responses_waiting", "gauge", "Responses that wait for a slot.", generator => generator.Waiting);
        Sum("emend_slots", "gauge", "Responses that can run at the same time, of all models.", generator => generator.Slots);
        return text.ToString();

        void Begin(string name, string type, string help) => text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {type}\n");

        void Sum(string name, string type, string help, Func<ContinuousGenerator, long> value)
        {
            Begin(name, type, help);
            text.Append(CultureInfo.InvariantCulture, $"{name} {generators.Sum(value)}\n");
        }

        void ByVariant(string name, string help, Func<Generated, long> value)
        {
            Begin(name, "counter", help);
            foreach ((string variant, Generated counts) in generated)
                text.Append(CultureInfo.InvariantCulture, $"{name}{(variant == "" ? "" : $"{{{Label(variant)}}}")} {value(counts)}\n");
        }
    }

    // A variant's name needs no escapes: letters, digits, "-", "_" and ".".
    private static string Label(string variant) => variant == "" ? "" : $"variant=\"{variant}\"";

    private sealed class Generated
    {
        public readonly Histogram FirstToken = new();
        public long PromptTokens, ResponseTokens;
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
