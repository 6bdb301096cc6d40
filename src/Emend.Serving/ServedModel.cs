using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json;
using Emend.Models;
using Emend.Text;

namespace Emend.Serving;

/// <summary>A language model ready to answer: its tokenizer, its way of writing conversations, and the threads that decode.</summary>
internal sealed class ServedModel : IDisposable
{
    private readonly ChatTemplate? _chat;
    private readonly PromptFormat _format;
    private readonly int[] _opening;

    private ServedModel(string name, string fingerprint, Tokenizer tokenizer, (ChatTemplate? Chat, PromptFormat Format, int[] Opening) prompts, ImmutableArray<int> stopTokens, ContinuousGenerator generator)
    {
        (Name, Fingerprint, Tokenizer, StopTokens, Generator) = (name, fingerprint, tokenizer, stopTokens, generator);
        (_chat, _format, _opening) = prompts;
        Texts = new TokenTexts(tokenizer);
    }

    /// <summary>What clients call it.</summary>
    public string Name { get; }

    /// <summary>
    /// Changes with the weights, the configuration, the tokenizer, the way conversations are written, what opens and ends a text, and the type of
    /// computation; the same gives the same responses to the same seeds.
    /// </summary>
    public string Fingerprint { get; }

    public Tokenizer Tokenizer { get; }

    public TokenTexts Texts { get; }

    public ImmutableArray<int> StopTokens { get; }

    public ContinuousGenerator Generator { get; }

    /// <summary>How a conversation is written: the family of the folder's template, or "plain".</summary>
    public string ChatFamily => _chat?.Family ?? "plain";

    /// <exception cref="InvalidInputException">The folder, its tokenizer, its template or an option is wrong, or the cache does not fit.</exception>
    public static ServedModel Load(ServingOptions options)
    {
        if (!Directory.Exists(options.Model))
            throw new InvalidInputException($"--model {options.Model}: there is no such folder");
        Tokenizer tokenizer = Tokenizer.Load(options.Tokenizer ?? options.Model);
        ChatTemplate? chat = options.PlainChat ? null : LoadTemplate(options.Model);
        using LanguageModel model = LanguageModel.Load(options.Model, options.Compute);
        if (tokenizer.VocabularySize > model.Config.VocabularySize)
            throw new InvalidInputException($"--model {options.Model}: the tokenizer has {tokenizer.VocabularySize} tokens, the model {model.Config.VocabularySize}; they do not belong together");
        if (options.Context > model.Config.ContextLength)
            throw new InvalidInputException($"--context {options.Context}: {options.Model} has a context of {model.Config.ContextLength} tokens; at most so many are expected, or 0 for all of them");
        string name = options.Name ?? Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(options.Model)));
        var generator = new ContinuousGenerator(model, new ContinuousOptions { Slots = options.MaxConcurrent, ContextLength = options.Context, PrefixBytes = options.PrefixCacheBytes });
        PromptFormat format = PromptFormat.Load(options.Model) ?? new PromptFormat();
        (int[] opening, ImmutableArray<int> stops) = (OpeningOf(options, tokenizer, model.Config), Models.StopTokens.Of(options.Model, model.Config));
        string fingerprint = FingerprintOf(options.Model, [Path.Combine(options.Model, "config.json")], [tokenizer.Sha256, $"{options.Compute}", string.Join(' ', opening), string.Join(' ', stops), .. chat is not null ? TemplateFiles(options.Model) : format.Template == PromptFormat.Place ? ["plain"] : ["plain", format.Template]]);
        return new ServedModel(name, fingerprint, tokenizer, (chat, format, opening), stops, generator);
    }

    /// <summary>Ids of a text that is to be continued.</summary>
    public int[] TextIds(string text) => [.. _opening, .. Tokenizer.Encode(text)];

    /// <summary>How many ids of <see cref="TextIds"/> stand before the text itself.</summary>
    public int OpeningLength => _opening.Length;

    /// <summary>Where in the text each of its ids begins (UTF-16 code units); what opens it stands at its start.</summary>
    public int[] TextOffsets(string text) => [.. _opening.Select(_ => 0), .. Tokenizer.EncodeWithSpans(text).Spans.Select(span => span.Start)];

    /// <summary>
    /// Ids of a conversation with the assistant's next turn opened. Without a chat template: the contents, joined by blank lines, as one prompt in the
    /// format that the model was trained with, so that a single message of the user is the prompt that the training stages of Emend know.
    /// </summary>
    /// <exception cref="InvalidInputException">The template has no place for one of the messages.</exception>
    public int[] ChatIds(IReadOnlyList<ChatMessage> messages)
    {
        if (_chat is null)
        {
            (string whole, TextSpan prompt) = _format.Around(string.Join("\n\n", messages.Select(message => message.Content)));
            return [.. _opening, .. Tokenizer.Encode(whole, [prompt])];
        }
        (string text, IReadOnlyList<TextSpan> contents) = _chat.RenderWithContents(messages, addGenerationPrompt: true);
        return Tokenizer.Encode(text, contents);
    }

    /// <summary>The same model under another name and fingerprint; what it is stays this one's, which is disposed last.</summary>
    public ServedModel Under(string name, string fingerprint) => new(name, fingerprint, Tokenizer, (_chat, _format, _opening), StopTokens, Generator);

    public void Dispose() => Generator.Dispose();

    private static ChatTemplate? LoadTemplate(string folder)
    {
        try
        {
            return ChatTemplate.Load(folder);
        }
        catch (InvalidInputException problem)
        {
            throw new InvalidInputException($"{problem.Message} Give --plain-chat to join the messages of a chat with blank lines instead.");
        }
    }

    /// <summary>What `emend evaluate` puts in front of a prompt.</summary>
    private static int[] OpeningOf(ServingOptions options, Tokenizer tokenizer, ModelConfig config)
    {
        if (options.Opening is { Length: > 0 } given)
            return [tokenizer.IdOf(given) ?? throw new InvalidInputException($"--opening {given}: is not a token of {options.Model}")];
        return options.Opening is null ? OpeningTokens.Of(tokenizer, config, options.Model) : [];
    }

    /// <summary>What a chat template is read from, as it is.</summary>
    private static IEnumerable<string> TemplateFiles(string folder) =>
        new[] { "chat_template.jinja", "tokenizer_config.json" }.Select(name => Path.Combine(folder, name)).Where(File.Exists).Select(File.ReadAllText);

    /// <summary>Of the weights of a folder, of other files of it, and of texts.</summary>
    internal static string FingerprintOf(string folder, IReadOnlyList<string> files, IReadOnlyList<string> more)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(System.Text.Encoding.UTF8.GetBytes(JsonSerializer.Serialize(more)));
        foreach (string file in Directory.GetFiles(folder, "*.safetensors").Concat(files).Order(StringComparer.Ordinal))
        {
            using FileStream stream = File.OpenRead(file);
            hash.AppendData(SHA256.HashData(stream));
        }
        return $"fp_{Convert.ToHexStringLower(hash.GetHashAndReset())[..16]}";
    }
}
