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
/// Tokens per second of 16 concurrent streams against one, through the whole server: HTTP, JSON, text, events, each token sent when it is there
/// (interval 0) and with the server's own interval; and through the decoding threads alone, which is what the rest costs. Client and server share
/// the process and the machine's cores; everything that is compared takes turns. Two models: that of the comparison, whose weights stay in the
/// processor's cache, and one of the Llama type whose weights do not, as of any model that people would use. Then what a shared beginning of prompts saves.
/// </summary>
internal static partial class Streams
{
    private const int Many = 16, PromptTokens = 32, ResponseTokens = 128, CommonTokens = 160, OwnTokens = 8;

    private static int s_number;

    public static async Task Run(int rounds)
    {
        Console.WriteLine($"| model | type | what | one stream, tokens/s | {Many} streams, tokens/s | ratio | one, processor µs/token | {Many}, processor µs/token |\n|---|---|---|---|---|---|---|---|");
        foreach ((string name, Func<LanguageModel> create) in s_models)
        {
            foreach (DType compute in (DType[])[DType.Float32, DType.BFloat16])
                await Served(create, folder => Compare(name, folder, compute, rounds));
        }
        Console.WriteLine($"\n| model | type | prompts of {CommonTokens} common and {OwnTokens} own tokens, one response token | ms, nothing shared | ms, shared | ratio |\n|---|---|---|---|---|---|");
        foreach ((string name, Func<LanguageModel> create) in s_models)
        {
            foreach (DType compute in (DType[])[DType.Float32, DType.BFloat16])
                await Served(create, folder => CompareSharing(name, folder, compute, rounds));
        }
    }

    private static readonly (string Name, Func<LanguageModel> Create)[] s_models =
    [
        ("GPT-2 type, d 256, 6 layers, 6.9 M", () => Gpt.Create(DType.Float32, seed: 1000)),
        ("Llama type, d 512, 8 layers, 29.4 M", () => LanguageModel.Create(ModelConfig.Llama(Gpt.Vocabulary, 512, 1536, layers: 8, heads: 8, keyValueHeads: 8, contextLength: 256), seed: 1)),
    ];

    private static async Task Served(Func<LanguageModel> create, Func<string, Task> measure)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("emend-streams-");
        try
        {
            Save(folder.FullName, create);
            await measure(folder.FullName);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task Compare(string name, string folder, DType compute, int rounds)
    {
        var options = new ServingOptions { Model = folder, Url = "http://127.0.0.1:0", Compute = compute, MaxConcurrent = Many };
        await using Serving.Server each = await Serving.Server.Start(options with { StreamInterval = 0 }, Console.Error), together = await Serving.Server.Start(options, Console.Error);
        using LanguageModel model = LanguageModel.Load(folder, compute);
        using var generator = new ContinuousGenerator(model, new ContinuousOptions { Slots = Many });
        using HttpClient eachClient = ClientOf(each), togetherClient = ClientOf(together);
        (string What, Func<int, Task<int>> Ask)[] ways =
        [
            ("server, interval 0", number => Stream(eachClient, number)),
            (string.Create(CultureInfo.InvariantCulture, $"server, interval {options.StreamInterval} ms"), number => Stream(togetherClient, number)),
            ("decoding alone", number => Decode(generator, number)),
        ];
        foreach ((_, Func<int, Task<int>> ask) in ways)
            await Measure(ask, Many, requests: 2 * Many);
        Speed[][] one = [.. ways.Select(_ => new Speed[rounds])], many = [.. ways.Select(_ => new Speed[rounds])];
        for (int round = 0; round < rounds; round++)
        {
            for (int way = 0; way < ways.Length; way++)
            {
                one[way][round] = await Measure(ways[way].Ask, 1, requests: 6);
                many[way][round] = await Measure(ways[way].Ask, Many, requests: 3 * Many);
            }
        }
        for (int way = 0; way < ways.Length; way++)
        {
            double single = Median(one[way].Select(speed => speed.TokensPerSecond)), parallel = Median(many[way].Select(speed => speed.TokensPerSecond));
            double singleCost = Median(one[way].Select(speed => speed.Processor)), parallelCost = Median(many[way].Select(speed => speed.Processor));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {name} | {compute.ToString().ToLowerInvariant()} | {ways[way].What} | {single:F0} | {parallel:F0} | {parallel / single:F1} | {singleCost:F0} | {parallelCost:F0} |"));
        }
    }

    /// <summary>Milliseconds from a request to its whole answer, one request at a time.</summary>
    private static async Task CompareSharing(string name, string folder, DType compute, int rounds)
    {
        var options = new ServingOptions { Model = folder, Url = "http://127.0.0.1:0", Compute = compute, MaxConcurrent = Many };
        await using Serving.Server apart = await Serving.Server.Start(options with { PrefixCacheBytes = 0 }, Console.Error), shared = await Serving.Server.Start(options, Console.Error);
        using HttpClient apartClient = ClientOf(apart), sharedClient = ClientOf(shared);
        int[] common = Gpt.Tokens(seed: 0, rows: 1, CommonTokens)[0];
        const int warmUp = 8;
        int requests = 20 * rounds;
        double[] without = new double[requests], with = new double[requests];
        for (int i = -warmUp; i < requests; i++)
        {
            int[] prompt = [.. common, .. Gpt.Tokens(Interlocked.Increment(ref s_number), rows: 1, OwnTokens)[0]];
            double first = await Time(apartClient, prompt), second = await Time(sharedClient, prompt);
            if (i >= 0)
                (without[i], with[i]) = (first, second);
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {name} | {compute.ToString().ToLowerInvariant()} | median of {requests} | {Median(without):F2} | {Median(with):F2} | {Median(without) / Median(with):F1} |"));
    }

    private static HttpClient ClientOf(Serving.Server server) => new() { BaseAddress = new Uri(server.Url) };

    private static double Median(IEnumerable<double> values) => values.Order().ToArray() is var sorted ? sorted[sorted.Length / 2] : 0;

    /// <summary>Response tokens per second of so many streams that follow each other without a pause; no prompt comes twice.</summary>
    private static async Task<Speed> Measure(Func<int, Task<int>> ask, int streams, int requests)
    {
        int next = 0, tokens = 0;
        TimeSpan processor = Environment.CpuUsage.TotalTime;
        long started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, streams).Select(async _ =>
        {
            while (Interlocked.Increment(ref next) <= requests)
                Interlocked.Add(ref tokens, await ask(Interlocked.Increment(ref s_number)));
        }));
        return new Speed(tokens / Stopwatch.GetElapsedTime(started).TotalSeconds, (Environment.CpuUsage.TotalTime - processor).TotalMicroseconds / tokens);
    }

    private static async Task<int> Stream(HttpClient client, int number)
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

    private static async Task<int> Decode(ContinuousGenerator generator, int number)
    {
        var report = new TokenReport { Interval = TimeSpan.MaxValue };
        RunningGeneration running = generator.Submit(Gpt.Tokens(number, rows: 1, PromptTokens)[0], new SamplingOptions { MaxNewTokens = ResponseTokens, Seed = number }, row: 0, report);
        int tokens = 0;
        await foreach (DrawnToken[] some in running.Tokens.ReadAllAsync())
            tokens += some.Length;
        return tokens;
    }

    private static async Task<double> Time(HttpClient client, int[] prompt)
    {
        string body = JsonSerializer.Serialize(new { prompt, max_tokens = 1, temperature = 0 });
        long started = Stopwatch.GetTimestamp();
        using HttpResponseMessage answer = await client.PostAsync("/v1/completions", new StringContent(body, System.Text.Encoding.UTF8, "application/json"));
        answer.EnsureSuccessStatusCode();
        await answer.Content.ReadAsByteArrayAsync();
        return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
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

    /// <param name="Processor">Microseconds of processor time for a token, of all threads, the client's too: other work on the machine disturbs it less.</param>
    private readonly record struct Speed(double TokensPerSecond, double Processor);

    [GeneratedRegex("\"completion_tokens\":([0-9]+)")]
    private static partial Regex CompletionTokens();
}
