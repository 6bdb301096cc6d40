using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Emend.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Emend.Serving;

/// <summary>
/// An experiment at work: before a request reaches its endpoint, the user's variant is chosen, logged, named in the answer's headers and written into the
/// request. The endpoints see a request like any other, and the variant's model.
/// </summary>
internal sealed class TrafficSplit : IDisposable
{
    private const string UserHeader = "X-Emend-User";
    private const int LongestUser = 512;
    private static readonly object s_key = new();
    private static readonly string[] s_settings = ["temperature", "top_p", "max_tokens", "stop"];

    private readonly Experiment _experiment;
    private readonly Dictionary<string, ServedModel> _shown;
    private readonly ServedModel[] _loaded;
    private readonly AssignmentLog? _log;

    private TrafficSplit(Experiment experiment, Dictionary<string, ServedModel> shown, ServedModel[] loaded, AssignmentLog? log) =>
        (_experiment, _shown, _loaded, _log) = (experiment, shown, loaded, log);

    public string Name => _experiment.Name;

    /// <summary>Loads the models of the variants that are not the server's own, each folder once.</summary>
    /// <exception cref="InvalidInputException">The experiment, a folder or the log is wrong.</exception>
    public static TrafficSplit? Load(ServingOptions options, ServedModel own)
    {
        if (options.Experiment is not Experiment experiment)
            return null;
        string[] problems = [.. experiment.Problems()];
        if (problems.Length > 0)
            throw new InvalidInputException($"--experiment: {string.Join("; ", problems)}");
        var loaded = new Dictionary<string, ServedModel>();
        try
        {
            foreach (string folder in experiment.Variants.Select(variant => variant.Model).OfType<string>().Distinct())
            {
                if (Path.GetFullPath(folder) != Path.GetFullPath(options.Model))
                    loaded[folder] = ServedModel.Load(options with { Model = folder, Tokenizer = null, Name = experiment.Name });
            }
            var shown = experiment.Variants.ToDictionary(variant => variant.Name, variant =>
            {
                ServedModel model = variant.Model is string folder ? loaded.GetValueOrDefault(folder, own) : own;
                return model.Under(experiment.Name, variant.FingerprintOver(model.Fingerprint));
            });
            AssignmentLog? log = options.Assignments is string path ? AssignmentLog.Open(path, experiment, shown.ToDictionary(pair => pair.Key, pair => pair.Value.Fingerprint)) : null;
            return new TrafficSplit(experiment, shown, [.. loaded.Values], log);
        }
        catch
        {
            foreach (ServedModel model in loaded.Values)
                model.Dispose();
            throw;
        }
    }

    /// <summary>The model of the variant that a request was given; null where it is no part of an experiment.</summary>
    public static ServedModel? Of(HttpContext context) => context.Items[s_key] as ServedModel;

    /// <summary>Of requests that generate: chooses and logs the variant, and writes it into the request.</summary>
    /// <exception cref="ApiException">The request names no user, another model, or something that the experiment decides.</exception>
    public async Task Assign(HttpContext context, RequestDelegate next)
    {
        string? route = (context.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText;
        if (route is not ("/v1/chat/completions" or "/v1/completions"))
        {
            await next(context);
            return;
        }
        using JsonDocument body = await RequestBody.Read(context);
        JsonObject request = JsonObject.Create(body.RootElement)!;
        Check(request, isChat: route == "/v1/chat/completions");
        string user = UserOf(context, body.RootElement);
        Variant variant = _experiment.Of(user);
        string id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12));
        // Before the answer: what somebody met is on record, whatever becomes of the request.
        _log?.Add(_experiment.Name, variant.Name, Experiment.Pseudonym(_experiment.Name, user), id);
        context.Response.Headers["X-Emend-Experiment"] = _experiment.Name;
        context.Response.Headers["X-Emend-Variant"] = variant.Name;
        context.Response.Headers["X-Request-Id"] = id;
        Write(request, variant);
        context.Items[s_key] = _shown[variant.Name];
        context.Request.Body = new MemoryStream(JsonSerializer.SerializeToUtf8Bytes(request));
        await next(context);
    }

    public void Dispose()
    {
        foreach (ServedModel model in _loaded)
            model.Dispose();
        _log?.Dispose();
    }

    // The same for every variant, so that no user is refused what another one gets.
    private void Check(JsonObject request, bool isChat)
    {
        if (request["model"] is JsonNode asked && !(asked is JsonValue value && value.TryGetValue(out string? name) && name == _experiment.Name))
            throw new ApiException(404, "invalid_request_error", $"model: {RequestFields.Shown(JsonSerializer.SerializeToElement(asked))} is not served here; \"{_experiment.Name}\" is", "model", "model_not_found");
        bool[] decided = [_experiment.Variants.Any(v => v.Temperature is not null), _experiment.Variants.Any(v => v.TopP is not null), _experiment.Variants.Any(v => v.MaxTokens is not null), _experiment.Variants.Any(v => v.Stop.Count > 0)];
        foreach ((string field, bool isDecided) in s_settings.Zip(decided))
        {
            if (isDecided && (request[field] is not null || field == "max_tokens" && request["max_completion_tokens"] is not null))
                throw ApiException.Invalid($"{field}: experiment \"{_experiment.Name}\" decides it; leave it out", field);
        }
        if (!_experiment.Variants.Any(variant => variant.ChangesConversation))
            return;
        if (!isChat)
            throw ApiException.Invalid($"experiment \"{_experiment.Name}\" tries conversations, which a plain completion has none of; use /v1/chat/completions");
        if (_experiment.Variants.Any(variant => variant.System != "") && request["messages"] is JsonArray { Count: > 0 } messages && messages[0] is JsonObject first && first["role"]?.ToJsonString() is "\"system\"" or "\"developer\"")
            throw ApiException.Invalid($"messages[0]: experiment \"{_experiment.Name}\" decides the system message; leave it out", "messages");
    }

    private string UserOf(HttpContext context, JsonElement request)
    {
        foreach (string field in (string[])["user", "safety_identifier"])
        {
            if (request.TryGetProperty(field, out JsonElement value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 and <= LongestUser } user)
                return user;
        }
        return context.Request.Headers[UserHeader].ToString() is { Length: > 0 and <= LongestUser } header
            ? header
            : throw ApiException.Invalid($"user: is missing; experiment \"{_experiment.Name}\" splits its traffic by it (1 to {LongestUser} characters, or the header {UserHeader})", "user");
    }

    private static void Write(JsonObject request, Variant variant)
    {
        request.Remove("model");
        if (variant.Temperature is double temperature)
            request["temperature"] = temperature;
        if (variant.TopP is double topP)
            request["top_p"] = topP;
        if (variant.MaxTokens is int maxTokens)
            request["max_tokens"] = maxTokens;
        if (variant.Stop.Count > 0)
            request["stop"] = new JsonArray([.. variant.Stop.Select(stop => JsonValue.Create(stop))]);
        // What is no list of messages is left to the endpoint, which says what is wrong with it.
        if (!variant.ChangesConversation || request["messages"] is not JsonArray messages)
            return;
        int at = messages.Count > 0 && messages[0] is JsonObject opening && opening["role"]?.ToJsonString() is "\"system\"" or "\"developer\"" ? 1 : 0;
        if (messages.LastOrDefault() is JsonObject last && last["role"]?.ToJsonString() == "\"user\"" && last["content"] is JsonValue content && content.TryGetValue(out string? text))
            last["content"] = variant.Before + text + variant.After;
        foreach (ChatMessage example in variant.Examples)
            messages.Insert(at++, new JsonObject { ["role"] = example.Role, ["content"] = example.Content });
        if (variant.System != "")
            messages.Insert(0, new JsonObject { ["role"] = "system", ["content"] = variant.System });
    }
}
