using System.Security.Cryptography;
using Emend.Feedback.Context;
using Emend.Feedback.Prompts;
using Emend.Models;
using Emend.Store;
using Emend.Tensors;
using Emend.Text;

namespace Emend.Cli.Commands.Prompts;

/// <summary>
/// A model of this machine that answers messages, one at a time: the same messages, settings, seed and fingerprint give the same bytes on the same
/// machine. Contents of messages are data: what reads like a special token in them is text.
/// </summary>
internal sealed class PromptedModel : IAnswering
{
    private readonly LanguageModel _model;
    private readonly Tokenizer _tokenizer;
    private readonly ChatTemplate? _chat;
    private readonly PromptFormat _format;

    private PromptedModel(LanguageModel model, Tokenizer tokenizer, ChatTemplate? chat, string folder, string fingerprint)
    {
        (_model, _tokenizer, _chat, Folder, Fingerprint) = (model, tokenizer, chat, folder, fingerprint);
        _format = PromptFormat.Load(folder) ?? new PromptFormat();
    }

    public string Folder { get; }

    /// <summary>SHA-256 over the type of computation and every file that decides what the model answers, hex.</summary>
    public string Fingerprint { get; }

    public int AtOnce => 1;

    public TokenCounter Counter => TokenCounter.Of(_tokenizer);

    public int? ContextLength => _model.Config.ContextLength;

    public int Count(IReadOnlyList<SentMessage> messages) => Ids(messages).Length;

    public bool Made(ResponseView response, string model) => response.ModelFingerprint == Fingerprint;

    public string ComputeName => _model.Compute == DType.BFloat16 ? "bfloat16" : "float32";

    /// <exception cref="InvalidInputException">The folder is not there, or no whole model.</exception>
    public static PromptedModel Load(string folder, DType compute)
    {
        if (!Directory.Exists(folder))
            throw new InvalidInputException($"{folder}: there is no such folder; a model (config.json, safetensors, tokenizer.json) is expected.");
        string full = Path.GetFullPath(folder);
        Tokenizer tokenizer = Tokenizer.Load(full);
        return new PromptedModel(LanguageModel.Load(full, compute), tokenizer, ChatTemplate.Load(full), full, FingerprintOf(full, compute));
    }

    /// <exception cref="InvalidInputException">The messages do not fit the model's context, or a setting is out of range.</exception>
    public string Answer(IReadOnlyList<SentMessage> messages, ModelSettings settings, int seed)
    {
        var options = new SamplingOptions
        {
            MaxNewTokens = settings.MaxTokens ?? AskedResponse.DefaultMaxTokens,
            Temperature = settings.Temperature ?? 1,
            TopP = settings.TopP ?? 1,
            Seed = seed,
            StopTokens = StopTokens.Of(_model.SourceFolder, _model.Config),
        };
        Generation generation = Generator.Generate(_model, [Ids(messages)], options)[0];
        return Cut(_tokenizer.Decode(generation.Response, skipSpecialTokens: true), settings.Stop);
    }

    public Task<MadeText> Answer(IReadOnlyList<SentMessage> messages, ModelSettings settings, int seed, CancellationToken cancellation) =>
        Task.FromResult(new MadeText(Answer(messages, settings, seed), Path.GetFileName(Folder), Folder, Fingerprint, ComputeName));

    public void Dispose() => _model.Dispose();

    /// <summary>The text before the stop that comes first; a response that holds one ends there.</summary>
    internal static string Cut(string text, IReadOnlyList<string> stops)
    {
        int end = stops.Select(stop => text.IndexOf(stop, StringComparison.Ordinal)).Where(at => at >= 0).DefaultIfEmpty(text.Length).Min();
        return text[..end];
    }

    // Without a chat template: the contents, joined by blank lines, as one prompt in the format of training, like the server of emend serve.
    private int[] Ids(IReadOnlyList<SentMessage> messages)
    {
        if (_chat is not null)
        {
            (string conversation, IReadOnlyList<TextSpan> contents) = _chat.RenderWithContents([.. messages.Select(message => new ChatMessage(message.Role, message.Content))], addGenerationPrompt: true);
            return _tokenizer.Encode(conversation, contents);
        }
        (string text, TextSpan prompt) = _format.Around(string.Join("\n\n", messages.Select(message => message.Content)));
        return [.. OpeningTokens.Of(_tokenizer, _model.Config, _model.SourceFolder), .. _tokenizer.Encode(text, [prompt])];
    }

    private static string FingerprintOf(string folder, DType compute)
    {
        string[] small = ["config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json", "chat_template.jinja", PromptFormat.FileName];
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(System.Text.Encoding.UTF8.GetBytes(compute.ToString()));
        foreach (string file in Directory.GetFiles(folder, "*.safetensors").Concat(small.Select(name => Path.Combine(folder, name)).Where(File.Exists)).Order(StringComparer.Ordinal))
        {
            using FileStream stream = File.OpenRead(file);
            hash.AppendData(System.Text.Encoding.UTF8.GetBytes($"{Path.GetFileName(file)}\n"));
            hash.AppendData(SHA256.HashData(stream));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
