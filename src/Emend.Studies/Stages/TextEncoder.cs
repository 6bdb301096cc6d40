using Emend.Feedback;
using Emend.Models;
using Emend.Text;

namespace Emend.Studies.Stages;

/// <summary>Prompts and responses as token ids, each encoded by itself, so that the boundary is the same whatever follows.</summary>
internal sealed class TextEncoder
{
    private readonly PromptEncoder _prompts;
    private readonly string? _stop;

    private TextEncoder(PromptEncoder prompts, Tokenizer tokenizer, int stopToken, string? stop) =>
        (_prompts, Tokenizer, StopToken, _stop) = (prompts, tokenizer, stopToken, stop);

    public Tokenizer Tokenizer { get; }

    /// <summary>The id that ends every response.</summary>
    public int StopToken { get; }

    /// <summary>What stands around prompts.</summary>
    public PromptFormat Format => _prompts.Format;

    /// <summary>The section that says all of this, whatever a folder says.</summary>
    public TextSection Section => new() { Opening = Format.Opening, Stop = _stop, Template = Format.Template, Chat = Format.Chat };

    /// <summary>What the section says; where it says nothing, what the model was trained with before.</summary>
    /// <param name="place">Where the section stands, for messages: "text." of a recipe, "--" of a command.</param>
    /// <param name="otherwise">Of a model whose folder says nothing either.</param>
    /// <exception cref="InvalidInputException">The section names a token that the tokenizer does not have, or a template that the folder does not have, or no token ends a response.</exception>
    public static TextEncoder Create(TextSection text, Tokenizer tokenizer, LanguageModel model, string folder, string place = "text.", PromptFormat? otherwise = null)
    {
        if (tokenizer.VocabularySize > model.Config.VocabularySize)
            throw new InvalidInputException($"{folder}: the tokenizer has {tokenizer.VocabularySize} tokens, the model {model.Config.VocabularySize}; they do not belong together");
        PromptFormat format = text.Over(PromptFormat.Load(folder) ?? otherwise);
        if (format.Chat && text.Opening is not null)
            throw new InvalidInputException($"{place}opening: {folder} was trained with its chat template, which has its own opening; leave this out, or give {place}template");
        PromptEncoder prompts = PromptEncoder.Create(format, tokenizer, model.Config, folder, place);
        int? stop = text.Stop is null
            ? StopTokens.Of(model.SourceFolder, model.Config).Select(id => (int?)id).FirstOrDefault()
            : tokenizer.IdOf(text.Stop) ?? throw new InvalidInputException($"{place}stop: \"{text.Stop}\" is not a token of {folder}'s tokenizer");
        return new TextEncoder(prompts, tokenizer,
            stop ?? throw new InvalidInputException($"{folder}: neither config.json nor generation_config.json names an end-of-text token, so no response would end; text.stop of a recipe can name one"), text.Stop);
    }

    /// <summary>Ids of a prompt. Throws where the opening token would stand twice, or where nothing at all comes before the response.</summary>
    /// <exception cref="InvalidInputException">Without the place; the caller knows it.</exception>
    public int[] Prompt(Prompt prompt)
    {
        int[] ids = _prompts.Prompt(prompt.Text, [.. prompt.Turns.Select(turn => new ChatMessage(turn.Role, turn.Content))]);
        return ids.Length > 0 ? ids : throw new InvalidInputException("prompt: is empty, and no token opens it; set text.opening to the token that opens a text");
    }

    /// <summary>Ids of a response, the stop token at the end.</summary>
    public int[] Response(string response) => [.. Tokenizer.Encode(response), StopToken];

    /// <summary>The text of a response's ids, without the stop token.</summary>
    public string Decode(int[] response) =>
        Tokenizer.Decode(response is [.. var body, var last] && last == StopToken ? body : response, skipSpecialTokens: true);

    /// <summary>Whether both make the same ids of a prompt.</summary>
    public bool ReadsAs(TextEncoder other) => _prompts.ReadsAs(other._prompts);

    /// <summary>Leaves the tokenizer and the way its texts are encoded in the folder of a model that was trained so.</summary>
    public void Save(string folder, ModelConfig config)
    {
        Tokenizer.Save(folder);
        Format.Save(folder);
        StopTokens.Put(StopToken, folder, config);
    }

    /// <summary>How the model of another folder was trained to read, in words that begin with it, where that is not this way; null where it is, or where the folder does not say.</summary>
    public string? DifferenceFrom(string folder, ModelConfig config)
    {
        if (PromptEncoder.OfFolder(folder, Tokenizer, config) is not { } other)
            return null;
        if (!other.ReadsAs(_prompts))
            return $"was trained on prompts in {other.Format}, not in {Format}";
        return StopTokens.Of(folder, config) is [var stop, ..] && stop != StopToken
            ? $"was trained on responses that end with \"{Tokenizer.TokenOf(stop)}\", not with \"{Tokenizer.TokenOf(StopToken)}\""
            : null;
    }
}
