using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Emend.Text;

namespace Emend.Models;

/// <summary>
/// What stood around the prompts that a model was trained on. It is kept in the model's folder, as prompt_format.json beside config.json, so that
/// whoever asks, scores or trains it further asks in the same way. The token that ends a response is the first of <see cref="StopTokens"/>.
/// </summary>
public sealed record PromptFormat
{
    public const string FileName = "prompt_format.json";

    /// <summary>What stands in a template for the prompt.</summary>
    public const string Place = "{prompt}";

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        RespectNullableAnnotations = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    /// <summary>The text around a prompt.</summary>
    public string Template { get; init; } = Place;

    /// <summary>The folder's own chat template around a prompt, instead of <see cref="Template"/>.</summary>
    public bool Chat { get; init; }

    /// <summary>The token that opens every prompt; empty: none; null: what the tokenizer puts in front, or else bos_token_id.</summary>
    public string? Opening { get; init; }

    /// <summary>The format that a folder's model was trained with; null where the folder says none, as folders from elsewhere.</summary>
    /// <exception cref="InvalidInputException">The file is there and not such a format.</exception>
    public static PromptFormat? Load(string? folder)
    {
        string file = Path.Combine(folder ?? "", FileName);
        if (folder is null || !File.Exists(file))
            return null;
        try
        {
            PromptFormat format = JsonSerializer.Deserialize<PromptFormat>(File.ReadAllText(file), Json) ?? throw new JsonException();
            return format.Template.Split(Place).Length == 2
                ? format
                : throw new InvalidInputException($"{file}: template: \"{format.Template}\" does not hold {Place} exactly once");
        }
        catch (JsonException exception)
        {
            throw new InvalidInputException($"{file}:{(exception.LineNumber ?? 0) + 1}: {exception.Path}: this is not the format of a model's prompts (template, chat, opening)");
        }
    }

    public void Save(string folder) => WholeFile.Write(Path.Combine(folder, FileName), JsonSerializer.Serialize(this, Json) + "\n");

    /// <summary>The template around a prompt, and where in it the prompt stands.</summary>
    public (string Text, TextSpan Prompt) Around(string prompt)
    {
        int at = Template.IndexOf(Place, StringComparison.Ordinal);
        return (string.Concat(Template.AsSpan(0, at), prompt, Template.AsSpan(at + Place.Length)), new TextSpan(at, at + prompt.Length));
    }

    public override string ToString() => (Chat ? "the chat template" : $"the template \"{Template.Replace("\n", "\\n", StringComparison.Ordinal)}\"")
        + (Opening switch { null => "", "" => " and no opening", _ => $" and the opening \"{Opening}\"" });
}
