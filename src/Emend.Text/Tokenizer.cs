using System.Security.Cryptography;
using Emend.Text.Tokenization;

namespace Emend.Text;

/// <summary>
/// A Hugging Face tokenizer.json of the BPE family: byte-level (GPT-2, Qwen2, Llama 3) or SentencePiece-style (Llama 2, Phi-3).
/// It gives the ids that the Hugging Face tokenizers library gives. Safe for use from several threads.
/// </summary>
public sealed class Tokenizer
{
    private const string FileName = "tokenizer.json";

    private readonly byte[] _bytes;
    private readonly TokenizerFile _file;
    private readonly AddedTokenSplitter _rawSplitter;
    private readonly AddedTokenSplitter _normalizedSplitter;
    private readonly string?[] _tokens;
    private readonly Dictionary<int, AddedToken> _added;
    private readonly HashSet<string> _specialContents;
    private readonly int _plainToken;

    private Tokenizer(byte[] bytes, TokenizerFile file)
    {
        _bytes = bytes;
        _file = file;
        _rawSplitter = new AddedTokenSplitter(file.AddedTokens.Where(token => !token.Normalized));
        _normalizedSplitter = new AddedTokenSplitter(file.AddedTokens.Where(token => token.Normalized));
        _added = file.AddedTokens.ToDictionary(token => token.Id);
        _specialContents = [.. file.AddedTokens.Where(token => token.Special).Select(token => token.Content)];
        VocabularySize = 1 + file.Model.Vocabulary.Values.Concat(_added.Keys).DefaultIfEmpty(-1).Max();
        _tokens = new string?[VocabularySize];
        foreach ((string token, int id) in file.Model.Vocabulary)
            _tokens[id] = token;
        foreach (AddedToken token in file.AddedTokens)
            _tokens[token.Id] = token.Content;
        _plainToken = file.Model.Vocabulary.TryGetValue("a", out int letter) ? letter : Array.FindIndex(_tokens, token => token?.Length > 0);
        Sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes));
    }

    /// <summary>One more than the highest id: what the embedding of a model must have rows for.</summary>
    public int VocabularySize { get; }

    /// <summary>SHA-256 of the tokenizer.json, lower-case hexadecimal.</summary>
    public string Sha256 { get; }

    /// <summary>Reads a tokenizer.json, or the one in a folder; refuses what is broken or not supported, naming it.</summary>
    public static Tokenizer Load(string fileOrFolder)
    {
        string file = Directory.Exists(fileOrFolder) ? Path.Combine(fileOrFolder, FileName) : fileOrFolder;
        if (!File.Exists(file))
        {
            throw new InvalidInputException(Directory.Exists(fileOrFolder)
                ? $"{fileOrFolder}: the folder has no {FileName}."
                : $"{fileOrFolder}: there is no such file or folder; a {FileName} is expected.");
        }
        return Read(file, File.ReadAllBytes(file));
    }

    /// <summary>A tokenizer from the text of a tokenizer.json; <paramref name="name"/> is what errors call it.</summary>
    public static Tokenizer Parse(string json, string name = FileName) => Read(name, System.Text.Encoding.UTF8.GetBytes(json));

    private static Tokenizer Read(string name, byte[] bytes) => new(bytes, TokenizerFile.Read(name, bytes));

    /// <summary>Writes the same tokenizer.json, byte for byte, into a folder.</summary>
    public void Save(string folder) => WholeFile.Write(Path.Combine(folder, FileName), _bytes);

    public int? IdOf(string token) => _file.AddedTokens.FirstOrDefault(added => added.Content == token) is AddedToken known
        ? known.Id
        : _file.Model.Vocabulary.TryGetValue(token, out int id) ? id : null;

    /// <summary>The token as the file writes it (byte-level tokens in GPT-2's alphabet).</summary>
    public string TokenOf(int id) => id >= 0 && id < VocabularySize && _tokens[id] is string token
        ? token
        : throw new ArgumentOutOfRangeException(nameof(id), id, $"no token has this id; ids go from 0 to {VocabularySize - 1}.");

    /// <summary>The text of one token inside a longer text, spaces kept; U+FFFD where it is a part of a character. Empty for an id without a token.</summary>
    public string TextOf(int id)
    {
        // Decoders treat the first token of a text differently, so another one stands before it.
        int[] behind = [_plainToken, id];
        return Decode(behind)[Decode(behind.AsSpan(0, 1)).Length..];
    }

    /// <summary>The bytes of one token in UTF-8, exact also where it is a part of a character.</summary>
    public byte[] BytesOf(int id)
    {
        string text = TextOf(id);
        if (!text.Contains('\uFFFD') || _added.ContainsKey(id))
            return System.Text.Encoding.UTF8.GetBytes(text);
        return Decoders.ByteOf(TokenOf(id)) is byte value ? [value] : ByteAlphabet.BytesOf([TokenOf(id)]);
    }

    public bool IsSpecial(int id) => _added.TryGetValue(id, out AddedToken? token) && token.Special;

    /// <summary>The ids of a text. Special tokens written in the text are found; those around it are added when asked for.</summary>
    public int[] Encode(string text, bool addSpecialTokens = false) => EncodeWithSpans(text, addSpecialTokens).Ids;

    /// <summary>The ids of a text in which what stands in some ranges is never a special token, as the contents of a conversation's messages.</summary>
    public int[] Encode(string text, IReadOnlyList<TextSpan> literal) => EncodeWithSpans(text, false, literal).Ids;

    /// <summary>The ids of a text and what each covers; see <see cref="Encoding"/> for the rule.</summary>
    public Encoding EncodeWithSpans(string text, bool addSpecialTokens = false) => EncodeWithSpans(text, addSpecialTokens, []);

    private Encoding EncodeWithSpans(string text, bool addSpecialTokens, IReadOnlyList<TextSpan> literal)
    {
        var ids = new List<int>(text.Length / 3 + 8);
        var spans = new List<TextSpan>(text.Length / 3 + 8);
        if (addSpecialTokens)
            AddAll(_file.Frame.Before, new TextSpan(0, 0));
        foreach ((int start, int end, AddedToken? token) in _rawSplitter.Split(text, IsLiteral))
        {
            if (token is not null)
                Add(token.Id, new TextSpan(start, end));
            else
                EncodeSection(AlignedText.OfSource(text, start, end), Add, IsLiteral);
        }
        if (addSpecialTokens)
            AddAll(_file.Frame.After, new TextSpan(text.Length, text.Length));
        return new Encoding([.. ids], [.. spans]);

        bool IsLiteral(int start, int end) => literal.Any(span => span.Overlaps(new TextSpan(start, end)));

        void Add(int id, TextSpan span)
        {
            ids.Add(id);
            spans.Add(span);
        }

        void AddAll(int[] framing, TextSpan span)
        {
            foreach (int id in framing)
                Add(id, span);
        }
    }

    /// <summary>A stretch of the text without raw added tokens: normalize, look for normalized added tokens, split, merge.</summary>
    private void EncodeSection(AlignedText section, Action<int, TextSpan> add, Func<int, int, bool> isLiteral)
    {
        AlignedText normalized = _file.Normalizer is null ? section : _file.Normalizer(section);
        foreach ((int start, int end, AddedToken? token) in _normalizedSplitter.Split(normalized.Text, IsLiteral))
        {
            if (token is not null)
            {
                add(token.Id, normalized.SourceSpan(start, end));
                continue;
            }
            AlignedText part = normalized.Slice(start, end);
            var words = new PreTokenized(part, [(0, part.Text.Length)]);
            if (_file.PreTokenizer is not null)
                words = _file.PreTokenizer(words);
            var pieces = new List<WordToken>();
            foreach ((int wordStart, int wordEnd) in words.Words)
                _file.Model.Tokenize(words.Text.Text.AsSpan(wordStart, wordEnd - wordStart), wordStart, pieces);
            foreach (WordToken piece in pieces)
                add(piece.Id, words.Text.SourceSpan(piece.Start, piece.End));
        }

        bool IsLiteral(int start, int end)
        {
            TextSpan source = normalized.SourceSpan(start, end);
            return isLiteral(source.Start, source.End);
        }
    }

    /// <summary>
    /// The text of some ids. Bytes that are not valid UTF-8 become U+FFFD. Ids without a token (models pad their embeddings) stand for nothing.
    /// </summary>
    /// <remarks>A special token whose content the normalizer changes is kept even if special tokens are skipped, as the Hugging Face library does.</remarks>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = false)
    {
        var tokens = new List<string>(ids.Length);
        foreach (int id in ids)
        {
            string? token = _added.TryGetValue(id, out AddedToken? added) ? added.Form : id >= 0 && id < VocabularySize ? _tokens[id] : null;
            if (token is not null && !(skipSpecialTokens && _specialContents.Contains(token)))
                tokens.Add(token);
        }
        return _file.Decoder is null ? string.Join(' ', tokens) : string.Concat(_file.Decoder(tokens));
    }
}
