using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text;
using System.Text.Json;
using Emend.Models;
using Emend.Serving;
using Emend.Text;
using Emend.Training;
using OpenAI;
using OpenAI.Chat;
using Xunit;

namespace Emend.ServingTests;

/// <summary>A server of the scripted model and of a small reward model, in this process, on a port of its own.</summary>
public sealed class ServerFixture : IAsyncLifetime
{
    public const string ModelName = "scripted";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("emend serving ");

    public Server Server { get; private set; } = null!;

    /// <summary>What the server wrote into its log.</summary>
    public StringWriter Log { get; } = new();

    internal string ModelFolder => Path.Combine(_folder.FullName, "model");

    internal string RewardFolder => Path.Combine(_folder.FullName, "reward");

    internal ServingOptions Options => new() { Model = ModelFolder, Name = ModelName, Url = "http://127.0.0.1:0", MaxConcurrent = 8 };

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(ModelFolder);
        ScriptedModel.Save(ModelFolder, contextLength: 60_000);
        SaveRewardModel(RewardFolder, Tokenizer.Load(ModelFolder), implicitWeight: 0);
        // A context that is shorter than the model's keeps the cache small.
        Server = await Server.Start(Options with { Reward = RewardFolder, Context = 4000 }, Log);
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        _folder.Delete(recursive: true);
        Assert.Equal("", Log.ToString());
    }

    internal string Write(string name, string content)
    {
        string path = Path.Combine(_folder.FullName, name);
        File.WriteAllText(path, content);
        return path;
    }

    internal static ChatClient ChatClient(Server server, string model = ModelName, string key = "none") => Client(server, key).GetChatClient(model);

    /// <summary>OpenAI's own client, told to ask this server once and not again.</summary>
    internal static OpenAIClient Client(Server server, string key = "none") =>
        new(new ApiKeyCredential(key), new OpenAIClientOptions { Endpoint = new Uri(server.Url + "/v1"), RetryPolicy = new ClientRetryPolicy(0) });

    internal static HttpClient Http(Server server) => new() { BaseAddress = new Uri(server.Url) };

    internal static StringContent Json(string body) => new(body, System.Text.Encoding.UTF8, "application/json");

    internal static async Task<(int Status, JsonElement Body)> Post(Server server, string path, string body)
    {
        using HttpClient http = Http(server);
        using HttpResponseMessage answer = await http.PostAsync(path, Json(body), TestContext.Current.CancellationToken);
        return ((int)answer.StatusCode, JsonElement.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)));
    }

    /// <summary>The events of a stream without "[DONE]", which is asserted to be there.</summary>
    internal static async Task<List<JsonElement>> Stream(Server server, string path, string body)
    {
        using HttpClient http = Http(server);
        using HttpResponseMessage answer = await http.PostAsync(path, Json(body), TestContext.Current.CancellationToken);
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType?.MediaType);
        // Strict: half a character would throw here.
        string text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        string[] events = text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("data: [DONE]", events[^1]);
        return [.. events[..^1].Select(line => JsonElement.Parse(line["data: ".Length..]))];
    }

    internal static void SaveRewardModel(string folder, Tokenizer tokenizer, double implicitWeight)
    {
        Directory.CreateDirectory(folder);
        tokenizer.Save(folder);
        ModelConfig config = ModelConfig.Llama(257, hiddenSize: 16, intermediateSize: 32, layers: 1, heads: 2, keyValueHeads: 2, contextLength: 64) with { EosTokenIds = [tokenizer.IdOf(ScriptedModel.EndToken)!.Value] };
        using LanguageModel policy = LanguageModel.Create(config, seed: 1);
        int[] prompt = tokenizer.Encode("red?"), edited = tokenizer.Encode("yes"), original = tokenizer.Encode("no.");
        var pair = new EditExample(prompt, edited, original, [true, true, true], [true, true, true], []);
        using RewardModel trained = TokenRewardModel.Train(new RewardModelOptions { Steps = 3, BatchSize = 1, LearningRate = 1e-2, ImplicitWeight = implicitWeight }, policy, [pair]);
        trained.Calibrate([new Example(prompt, edited), new Example(prompt, original)]);
        trained.Save(folder);
    }
}
