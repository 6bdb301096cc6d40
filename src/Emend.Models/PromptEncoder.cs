using Emend.Text;

namespace Emend.Models;

/// <summary>Prompts as the token ids that a model was trained to read: what opens a text, and the template around the prompt.</summary>
public sealed class PromptEncoder
{
    private readonly Tokenizer _tokenizer;
    private readonly ChatTemplate? _chat;

    private PromptEncoder(PromptFormat format, Tokenizer tokenizer, int[] opening, ChatTemplate? chat) =>
        (Format, _tokenizer, Opening, _chat) = (format, tokenizer, opening, chat);

    public PromptFormat Format { get; }

    /// <summary>Ids in front of every prompt; of a chat template, which writes its own, none.</summary>
    public int[] Opening { get; }

    /// <param name="folder">Of the model: its chat template is read there.</param>
    /// <param name="place">Where the format stands, for messages: "text." of a recipe, say.</param>
    /// <exception cref="InvalidInputException">The format names a token that the tokenizer does not have, or a template that the folder does not have.</exception>
    public static PromptEncoder Create(PromptFormat format, Tokenizer tokenizer, ModelConfig config, string? folder, string place)
    {
        if (format.Chat)
        {
            ChatTemplate? chat = folder is null ? null : ChatTemplate.Load(folder);
            return new PromptEncoder(format, tokenizer, [], chat ?? throw new InvalidInputException($"{place}chat: {folder ?? "the model"} has no chat template; {place}template can say one"));
        }
        return new PromptEncoder(format, tokenizer, format.Opening switch
        {
            null => OpeningTokens.Of(tokenizer, config),
            "" => [],
            { } name => [tokenizer.IdOf(name) ?? throw new InvalidInputException($"{place}opening: \"{name}\" is not a token of {folder ?? "the model"}'s tokenizer")],
        }, null);
    }

    /// <summary>The encoder of what a folder says of its model's training; null where it says nothing.</summary>
    /// <exception cref="InvalidInputException">What it says is wrong.</exception>
    public static PromptEncoder? OfFolder(string folder, Tokenizer tokenizer, ModelConfig config) => PromptFormat.Load(folder) is { } format
        ? Create(format, tokenizer, config, folder, $"{Path.Combine(folder, PromptFormat.FileName)}: ")
        : null;

    /// <summary>Ids of a prompt.</summary>
    /// <param name="turns">The conversation that the prompt's text is a transcript of, for a chat template; empty: the text is a message of the user.</param>
    /// <exception cref="InvalidInputException">The prompt begins with the opening token, which would then stand twice; without the place, which the caller knows.</exception>
    public int[] Prompt(string text, IReadOnlyList<ChatMessage> turns)
    {
        int[] ids = _tokenizer.Encode(_chat?.Render(turns.Count > 0 ? turns : [new ChatMessage("user", text)], addGenerationPrompt: true) ?? Format.Around(text).Text);
        if (Opening.Length > 0 && ids.Length > 0 && ids[0] == Opening[0])
            throw new InvalidInputException($"prompt: begins with {_tokenizer.TokenOf(ids[0])}, which text.opening puts there too; set text.opening to \"\" or take it out of the texts");
        return [.. Opening, .. ids];
    }

    /// <summary>Whether both make the same ids of a prompt.</summary>
    public bool ReadsAs(PromptEncoder other) => Prompt("a", []).SequenceEqual(other.Prompt("a", []));
}
