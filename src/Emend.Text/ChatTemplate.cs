using System.Text.Json;
using Emend.Text.Tokenization;

namespace Emend.Text;

/// <summary>One turn of a conversation; the role is "system" (first turn only), "user" or "assistant".</summary>
public sealed record ChatMessage(string Role, string Content);

/// <summary>
/// Writes a conversation the way a chat model was trained to read it. There is no Jinja engine: the published chat_template is
/// recognised as one of the known families by the marks it uses, and anything else is refused.
/// </summary>
public sealed class ChatTemplate
{
    public const string Supported = "ChatML (Qwen2), Llama 2, Llama 3, Phi-3, Zephyr, Gemma, Alpaca";

    private readonly TurnFormat _format;

    private ChatTemplate(TurnFormat format) => _format = format;

    /// <summary>The family that was recognised, as <see cref="Supported"/> writes it.</summary>
    public string Family => _format.Family;

    /// <summary>The template of a model folder (chat_template.jinja, or chat_template in tokenizer_config.json); null when it has none.</summary>
    public static ChatTemplate? Load(string folder)
    {
        string file = Path.Combine(folder, "tokenizer_config.json");
        string loose = Path.Combine(folder, "chat_template.jinja");
        if (!File.Exists(file) && !File.Exists(loose))
            return null;
        using JsonDocument document = File.Exists(file) ? Parse(file) : JsonDocument.Parse("{}");
        JsonPlace config = JsonPlace.Root(file, document.RootElement);
        string? template = File.Exists(loose) ? File.ReadAllText(loose) : TemplateIn(config);
        return template is null ? null : Recognize(template, TokenIn(config, "bos_token"), TokenIn(config, "eos_token"), File.Exists(loose) ? loose : file);
    }

    /// <summary>The family of a chat_template, by its marks; <paramref name="place"/> is what the refusal calls it.</summary>
    public static ChatTemplate Recognize(string template, string bos, string eos, string place = "chat_template")
    {
        TurnFormat? format = TurnFormat.Recognize(template.Replace("\\n", "\n", StringComparison.Ordinal), bos, eos);
        return format is not null
            ? new ChatTemplate(format)
            : throw new InvalidInputException($"{place}: the chat template is none of the supported families ({Supported}).");
    }

    /// <summary>
    /// The text of a conversation, with the model's begin-of-text token where its template has one (so encode it without adding special tokens).
    /// <paramref name="addGenerationPrompt"/> opens the assistant's next turn.
    /// </summary>
    public string Render(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt) => RenderWithContents(messages, addGenerationPrompt).Text;

    /// <summary>
    /// The same, with the places of the messages' contents: a text in them that reads like one of the template's special tokens must stay
    /// text, or a message could end its turn and speak in another's name (encode with <see cref="Tokenizer.Encode(string, IReadOnlyList{TextSpan})"/>).
    /// </summary>
    public (string Text, IReadOnlyList<TextSpan> Contents) RenderWithContents(IReadOnlyList<ChatMessage> messages, bool addGenerationPrompt)
    {
        Check(messages);
        return _format.Render(messages, addGenerationPrompt);
    }

    private static void Check(IReadOnlyList<ChatMessage> messages)
    {
        var problems = new List<string>();
        for (int i = 0; i < messages.Count; i++)
        {
            if (messages[i].Role is not ("system" or "user" or "assistant"))
                problems.Add($"messages[{i}].role: \"{messages[i].Role}\" is not a role (system, user, assistant).");
            else if (messages[i].Role == "system" && i > 0)
                problems.Add($"messages[{i}].role: a system message may only come first.");
        }
        if (messages.Count == 0)
            problems.Add("messages: a conversation has one message at least.");
        if (problems.Count > 0)
            throw new InvalidInputException(string.Join('\n', problems));
    }

    private static JsonDocument Parse(string file)
    {
        try
        {
            return JsonDocument.Parse(File.ReadAllBytes(file));
        }
        catch (JsonException problem)
        {
            throw new InvalidInputException($"{file}:{problem.LineNumber + 1}: this is not valid JSON at byte {problem.BytePositionInLine + 1} of the line.");
        }
    }

    /// <summary>A text, or a list of named templates of which "default" is taken.</summary>
    private static string? TemplateIn(JsonPlace config)
    {
        if (!config.Has("chat_template"))
            return null;
        if (config.Element.GetProperty("chat_template").ValueKind != JsonValueKind.Array)
            return config.Text("chat_template");
        return config.Items("chat_template").FirstOrDefault(item => item.OptionalText("name") == "default")?.Text("template");
    }

    /// <summary>A special token is a text or an object with the text as its content.</summary>
    private static string TokenIn(JsonPlace config, string name) =>
        config.Has(name) && config.Element.GetProperty(name).ValueKind == JsonValueKind.Object
            ? config.Object(name).Text("content")
            : config.OptionalText(name) ?? "";
}
