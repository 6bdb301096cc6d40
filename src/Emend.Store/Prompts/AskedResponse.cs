using System.Text.Json;
using Emend.Feedback.Context;
using Emend.Feedback.Prompts;
using Emend.Text;

namespace Emend.Store;

/// <summary>A text, and what is known of the model that wrote it; a folder only where it lay on the machine that asked.</summary>
public sealed record MadeText(string Text, string Model, string? Folder, string? Fingerprint, string? Compute);

/// <summary>A context that was built for one set of values.</summary>
/// <param name="Embeddings">The model whose vectors were searched too; null where words alone were.</param>
public sealed record InjectedContext(string Query, BuiltContext Built, string? Embeddings)
{
    /// <summary>The variable that it fills.</summary>
    public const string Variable = "context";

    /// <summary>What documents are searched with: the other values, by name.</summary>
    public static string QueryOf(IReadOnlyDictionary<string, string> values) =>
        string.Join(' ', values.Where(value => value.Key != Variable).OrderBy(value => value.Key, StringComparer.Ordinal).Select(value => value.Value));

    /// <summary>What the record of a response says about it.</summary>
    public JsonElement Record() => JsonSerializer.SerializeToElement(new { Query, Built.Tokens, Built.Budget, Built.Counter, Embeddings, Built.Entries }, StoreJson.Options);
}

/// <summary>A response that is to be made: what is sent, under which settings, and with which seed. Whoever asks a model, at a server or in a folder, asks this and stores what comes of it.</summary>
public sealed record AskedResponse(VersionView Version, IReadOnlyDictionary<string, string> Variables, IReadOnlyList<SentMessage> Messages, ModelSettings Settings, int Seed, InjectedContext? Context)
{
    /// <summary>Tokens of a response where the settings say no other number.</summary>
    public const int DefaultMaxTokens = 256;

    /// <summary>A version with one set of values.</summary>
    /// <param name="model">What a server knows the model by; null: the version's own, or none.</param>
    /// <param name="values">Without the context where one is injected.</param>
    /// <exception cref="InvalidInputException">The values are not those that the version has.</exception>
    public static AskedResponse Of(VersionView version, string? model, IReadOnlyDictionary<string, string> values, InjectedContext? injected, int seed)
    {
        if (injected is not null)
            values = new Dictionary<string, string>(values) { [InjectedContext.Variable] = injected.Built.Block };
        SentMessage[] messages = [.. PromptRenderer.Render(version.Content, values).Messages.Select(message => new SentMessage(message.Role, message.Content))];
        ModelSettings settings = InForce(version.Content.Settings, seed);
        return new AskedResponse(version, values, messages, settings with { Model = model ?? settings.Model }, seed, injected);
    }

    /// <summary>The settings with what they leave open filled in: what a record must say so that the response can be made again.</summary>
    public static ModelSettings InForce(ModelSettings settings, int seed) =>
        settings with { MaxTokens = settings.MaxTokens ?? DefaultMaxTokens, Temperature = settings.Temperature ?? 1, TopP = settings.TopP ?? 1, Seed = seed };

    /// <summary>Whether a stored response answers this already; whose it is, the caller knows.</summary>
    public bool IsAnsweredBy(ResponseView stored) => stored.Prompt == Version.PromptId && stored.Version == Version.Number && stored.Seed == Seed && stored.Messages.SequenceEqual(Messages);

    /// <summary>Whether a stored response came from a model that a server knows by a name. The record's settings have the name that was asked, for servers may call it otherwise.</summary>
    public static bool IsOf(ResponseView stored, string model) => stored.ModelFolder is null && (stored.Model == model || stored.Settings.Model == model);

    /// <summary>What is stored of the answer.</summary>
    public NewResponse With(MadeText made) => new(made.Text, made.Model)
    {
        Prompt = Version.PromptId,
        Version = Version.Number.ToString(System.Globalization.CultureInfo.InvariantCulture),
        ModelFolder = made.Folder,
        ModelFingerprint = made.Fingerprint,
        Compute = made.Compute,
        Settings = Settings,
        Seed = Seed,
        Variables = Variables,
        Messages = Messages,
        ContextHash = Context?.Built.Hash,
        Context = Context?.Record(),
    };
}
