using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Emend.Benchmarks.Workloads;
using Emend.Models;
using Emend.Serving;
using Emend.Tensors;
using Emend.Text;

namespace Emend.Benchmarks;

/// <summary>
/// Tokens per second of 16 concurrent streams against one, through the whole server: HTTP, JSON, text, events. Client and server share the
/// process and the machine's cores; both counts of streams take turns. Two models: that of the comparison, whose weights stay in the
/// processor's cache, and one of the Llama type whose weights do not, as of any model that people would use.
/// </summary>
internal static partial class Streams
{
    private const int Many = 16, PromptTokens = 32, ResponseTokens = 128;

    public static async Task Run(int rounds)
    {
        Console.WriteLine($"| model | type | one stream, tokens/s | {Many} streams, tokens/s | ratio |\n|---|---|---|---|---|");
        foreach ((string name, Func<LanguageModel> create) in s_models)
        {
            foreach (DType compute in (DType[])[DType.Float32, DType.BFloat16])
                await Compare(name, create, compute, rounds);
        }
    }

    private static readonly (string Name, Func<LanguageModel> Create)[] s_models =
    [
        ("GPT-2 type, d 256, 6 layers, 6.9 M", () => Gpt.Create(DType.Float32, seed: 1000)),
        ("Llama type, d 512, 8 layers, 29.4 M", () => LanguageModel.Create(ModelConfig.Llama(Gpt.Vocabulary, 512, 1536, layers: 8, heads: 8, keyValueHeads: 8, contextLength: 256), seed: 1)),
    ];

    private static async Task Compare(string name, Func<LanguageModel> create, DType compute, int rounds)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("emend-streams-");
        try
        {
            Save(folder.FullName, create);
            await using Serving.Server server = await Serving.Server.Start(new ServingOptions { Model = folder.FullName, Url = "http://127.0.0.1:0", Compute = compute, MaxConcurrent = Many }, Console.Error);
            using var client = new HttpClient { BaseAddress = new Uri(server.Url) };
            await Measure(client, Many, requests: 2 * Many);
            double[] one = new double[rounds], many = new double[rounds];
            for (int round = 0; round < rounds; round++)
            {
                one[round] = await Measure(client, 1, requests: 6);
                many[round] = await Measure(client, Many, requests: 3 * Many);
            }
            Array.Sort(one);
            Array.Sort(many);
            double single = one[rounds / 2], together = many[rounds / 2];
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {name} | {compute.ToString().ToLowerInvariant()} | {single:F0} | {together:F0} | {together / single:F1} |"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>Response tokens per second of so many streams that follow each other without a pause.</summary>
    private static async Task<double> Measure(HttpClient client, int streams, int requests)
    {
        int next = 0, tokens = 0;
        long started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, streams).Select(async _ =>
        {
            while (Interlocked.Increment(ref next) is var number && number <= requests)
                Interlocked.Add(ref tokens, await Ask(client, number));
        }));
        return tokens / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    private static async Task<int> Ask(HttpClient client, int number)
    {
        string body = JsonSerializer.Serialize(new { prompt = Gpt.Tokens(number, rows: 1, PromptTokens)[0], max_tokens = ResponseTokens, seed = number, stream = true, stream_options = new { include_usage = true } });
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/completions") { Content = new StringContent(body, System.Text.Encoding.UTF8, "application/json") };
        using HttpResponseMessage answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        answer.EnsureSuccessStatusCode();
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        string usage = "";
        while (await reader.ReadLineAsync() is { } line)
            usage = line.Contains("completion_tokens", StringComparison.Ordinal) ? line : usage;
        return int.Parse(CompletionTokens().Match(usage).Groups[1].Value, CultureInfo.InvariantCulture);
    }

    /// <summary>A model with a tokenizer of as many tokens, learnt from made-up words, and no end-of-text token.</summary>
    private static void Save(string folder, Func<LanguageModel> create)
    {
        using LanguageModel model = create();
        model.Save(folder);
        var random = new Random(1);
        IEnumerable<string> texts = Enumerable.Range(0, 30_000).Select(_ => string.Concat(Enumerable.Range(0, 3 + random.Next(6)).Select(_ => (char)('a' + random.Next(26)))));
        Tokenizer.Parse(BpeTrainer.TrainByteLevel([string.Join(' ', texts)], Gpt.Vocabulary, [])).Save(folder);
    }

    [GeneratedRegex("\"completion_tokens\":([0-9]+)")]
    private static partial Regex CompletionTokens();
}
