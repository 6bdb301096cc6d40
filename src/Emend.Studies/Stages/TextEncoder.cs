using Emend.Feedback;
using Emend.Models;
using Emend.Text;

namespace Emend.Studies.Stages;

/// <summary>Prompts and responses as token ids, each encoded by itself, so that the boundary is the same whatever follows.</summary>
internal sealed class TextEncoder
{
    private readonly TextSection _text;
    private readonly int[] _opening;
    private readonly ChatTemplate? _chat;

    private TextEncoder(TextSection text, Tokenizer tokenizer, int[] opening, int stopToken, ChatTemplate? chat) =>
        (_text, Tokenizer, _opening, StopToken, _chat) = (text, tokenizer, opening, stopToken, chat);

    public Tokenizer Tokenizer { get; }

    /// <summary>The id that ends every response.</summary>
    public int StopToken { get; }

    /// <exception cref="InvalidInputException">The recipe names a token that the tokenizer does not have, or a template that the folder does not have.</exception>
    public static TextEncoder Create(TextSection text, Tokenizer tokenizer, LanguageModel model, string folder)
    {
        int Token(string name, string key) => tokenizer.IdOf(name)
            ?? throw new InvalidInputException($"text.{key}: \"{name}\" is not a token of {folder}'s tokenizer");
        if (tokenizer.VocabularySize > model.Config.VocabularySize)
            throw new InvalidInputException($"{folder}: the tokenizer has {tokenizer.VocabularySize} tokens, the model {model.Config.VocabularySize}; they do not belong together");
        int[] opening = text switch
        {
            { Chat: true } => [],
            { Opening: null } => OpeningTokens.Own(tokenizer),
            { Opening: "" } => [],
            _ => [Token(text.Opening, "opening")],
        };
        int? stop = text.Stop is null ? StopTokens.Of(model.SourceFolder, model.Config).Select(id => (int?)id).FirstOrDefault() : Token(text.Stop, "stop");
        ChatTemplate? chat = text.Chat
            ? ChatTemplate.Load(folder) ?? throw new InvalidInputException($"text.chat: {folder} has no chat template; text.template can say one")
            : null;
        return new TextEncoder(text, tokenizer, opening,
            stop ?? throw new InvalidInputException($"text.stop: neither config.json nor generation_config.json of {folder} names an end-of-text token, so the recipe must"), chat);
    }

    /// <summary>Prompts opened as `emend evaluate` and `emend serve` do: by the token given, else by what the tokenizer puts in front, else by bos_token_id.</summary>
    /// <param name="opening">Empty for none, null where nobody said.</param>
    /// <exception cref="InvalidInputException">The token is none of the tokenizer's, or no token ends a response.</exception>
    public static TextEncoder AsServed(Tokenizer tokenizer, LanguageModel model, string folder, string? opening)
    {
        if (opening is { Length: > 0 } given && tokenizer.IdOf(given) is null)
            throw new InvalidInputException($"--opening {given}: is not a token of {folder}");
        if (StopTokens.Of(model.SourceFolder, model.Config).IsEmpty)
            throw new InvalidInputException($"{folder}: neither generation_config.json nor config.json has an eos_token_id, so no response would end");
        opening ??= OpeningTokens.Own(tokenizer).Length == 0 && model.Config.BosTokenId is int first ? tokenizer.TokenOf(first) : null;
        return Create(new TextSection { Opening = opening }, tokenizer, model, folder);
    }

    /// <summary>Ids of a prompt. Throws where the opening token would stand twice, or where nothing at all comes before the response.</summary>
    /// <exception cref="InvalidInputException">Without the place; the caller knows it.</exception>
    public int[] Prompt(Prompt prompt)
    {
        int[] ids = Tokenizer.Encode(_chat?.Render(Messages(prompt), addGenerationPrompt: true) ?? _text.Template.Replace("{prompt}", prompt.Text, StringComparison.Ordinal));
        if (_opening.Length > 0 && ids.Length > 0 && ids[0] == _opening[0])
            throw new InvalidInputException($"prompt: begins with {Tokenizer.TokenOf(ids[0])}, which text.opening puts there too; set text.opening to \"\" or take it out of the texts");
        if (_opening.Length + ids.Length == 0)
            throw new InvalidInputException("prompt: is empty, and no token opens it; set text.opening to the token that opens a text");
        return [.. _opening, .. ids];
    }

    /// <summary>Ids of a response, the stop token at the end.</summary>
    public int[] Response(string response) => [.. Tokenizer.Encode(response), StopToken];

    /// <summary>The text of a response's ids, without the stop token.</summary>
    public string Decode(int[] response) =>
        Tokenizer.Decode(response is [.. var body, var last] && last == StopToken ? body : response, skipSpecialTokens: true);

    private static ChatMessage[] Messages(Prompt prompt) => prompt.Turns.IsEmpty
        ? [new ChatMessage("user", prompt.Text)]
        : [.. prompt.Turns.Select(turn => new ChatMessage(turn.Role, turn.Content))];
}
