using System.Text.RegularExpressions;

namespace Emend.Text.Tokenization;

/// <summary>A text and the pieces of it, as ranges of its UTF-16 units, that the model will see one by one.</summary>
internal sealed record PreTokenized(AlignedText Text, List<(int Start, int End)> Words);

/// <summary>A step that cuts the words of a text further, or rewrites them.</summary>
internal delegate PreTokenized PreTokenizer(PreTokenized input);

/// <summary>The pre-tokenizers of a tokenizer.json, by their published names.</summary>
internal static partial class PreTokenizers
{
    public const string Supported = "ByteLevel, Split, Metaspace, Digits, Punctuation, Whitespace, WhitespaceSplit, CharDelimiterSplit, Sequence";

    [GeneratedRegex(@"[\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}\u200C\u200D]+|[^\s\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}\u200C\u200D]+", RegexOptions.CultureInvariant)]
    private static partial Regex WordsAndSigns();

    [GeneratedRegex(@"\s", RegexOptions.CultureInvariant)]
    private static partial Regex WhiteSpace();

    [GeneratedRegex(@"\p{N}", RegexOptions.CultureInvariant)]
    private static partial Regex Number();

    [GeneratedRegex(@"[!-/:-@\[-`{-~\p{P}]", RegexOptions.CultureInvariant)]
    private static partial Regex Punctuation();

    public static PreTokenizer? Read(JsonPlace? place)
    {
        if (place is null)
            return null;
        string type = place.Text("type");
        switch (type)
        {
            case "ByteLevel": return ReadByteLevel(place);
            case "Metaspace": return ReadMetaspace(place);
            case "Whitespace": return Cut(WordsAndSigns(), SplitBehavior.Removed, invert: true);
            case "WhitespaceSplit": return Cut(WhiteSpace(), SplitBehavior.Removed, invert: false);
            case "Digits": return Cut(Number(), place.Flag("individual_digits") ? SplitBehavior.Isolated : SplitBehavior.Contiguous, invert: false);
            case "Punctuation": return Cut(Punctuation(), ReadBehavior(place, "Isolated"), invert: false);
            case "CharDelimiterSplit": return Cut(new Regex(Regex.Escape(place.Text("delimiter"))), SplitBehavior.Removed, invert: false);
            case "Split":
                return Cut(TokenizerPattern.Read(place.Object("pattern")), ReadBehavior(place, null), place.Flag("invert"));
            case "Sequence":
                PreTokenizer[] steps = [.. place.Items("pretokenizers").Select(item => Read(item)!)];
                return input => steps.Aggregate(input, (current, step) => step(current));
            default:
                throw place.Unsupported("pre-tokenizer", type, Supported);
        }
    }

    private static SplitBehavior ReadBehavior(JsonPlace place, string? whenMissing)
    {
        string name = place.OptionalText("behavior") ?? whenMissing ?? place.Text("behavior");
        return Enum.TryParse(name, out SplitBehavior behavior) && Enum.IsDefined(behavior)
            ? behavior
            : throw place.Wrong("behavior", $"\"{name}\" is not one of {string.Join(", ", Enum.GetNames<SplitBehavior>())}.");
    }

    /// <summary>Cuts each word around the matches of a pattern (around what lies between them, if inverted).</summary>
    private static PreTokenizer Cut(Regex pattern, SplitBehavior behavior, bool invert) => input =>
    {
        var words = new List<(int, int)>(input.Words.Count);
        foreach ((int start, int end) in input.Words)
        {
            List<(int, int)> matches = TokenizerPattern.Matches(pattern, input.Text.Text.AsSpan(start, end - start));
            Splits.Apply(matches, start, end, behavior, invert, words);
        }
        return input with { Words = words };
    };

    private static PreTokenizer ReadByteLevel(JsonPlace place)
    {
        PreTokenizer? cut = place.Flag("use_regex", whenMissing: true) ? Cut(TokenizerPattern.Gpt2Split(), SplitBehavior.Isolated, invert: false) : null;
        bool addPrefixSpace = place.Flag("add_prefix_space", whenMissing: true);
        return input =>
        {
            if (addPrefixSpace)
                input = Rewrite(input, (text, start, end, output) => Prefixed(text, start, end, ' ', output));
            if (cut is not null)
                input = cut(input);
            return Rewrite(input, ByteAlphabet.Spell);
        };
    }

    private static PreTokenizer ReadMetaspace(JsonPlace place)
    {
        string replacement = place.Text("replacement");
        if (replacement.Length != 1)
            throw place.Wrong("replacement", $"\"{replacement}\" is not one character.");
        char mark = replacement[0];
        string scheme = place.OptionalText("prepend_scheme") ?? (place.Flag("add_prefix_space", whenMissing: true) ? "always" : "never");
        if (scheme is not ("always" or "never" or "first"))
            throw place.Wrong("prepend_scheme", $"\"{scheme}\" is not one of always, never, first.");
        PreTokenizer? cut = place.Flag("split", whenMissing: true)
            ? Cut(new Regex(Regex.Escape(replacement)), SplitBehavior.MergedWithNext, invert: false)
            : null;
        return input =>
        {
            PreTokenized marked = Rewrite(input, (text, start, end, output) =>
            {
                var word = new AlignedTextBuilder(end - start);
                for (int i = start; i < end; i++)
                    word.Append(text.Text[i] == ' ' ? mark : text.Text[i], text.SourceStart(i), text.SourceEnd(i));
                AlignedText built = word.Build();
                if (scheme == "always" || (scheme == "first" && text.SourceStart(start) == 0))
                    Prefixed(built, 0, built.Text.Length, mark, output);
                else
                    output.Append(built, 0, built.Text.Length);
            });
            return cut is null ? marked : cut(marked);
        };
    }

    private delegate void WordRewriter(AlignedText text, int start, int end, AlignedTextBuilder output);

    private static PreTokenized Rewrite(PreTokenized input, WordRewriter rewrite)
    {
        var output = new AlignedTextBuilder(input.Text.Text.Length + 16);
        var words = new List<(int, int)>(input.Words.Count);
        foreach ((int start, int end) in input.Words)
        {
            int outputStart = output.Length;
            rewrite(input.Text, start, end, output);
            words.Add((outputStart, output.Length));
        }
        return new PreTokenized(output.Build(), words);
    }

    private static void Prefixed(AlignedText text, int start, int end, char prefix, AlignedTextBuilder output)
    {
        if (text.Text[start] != prefix)
            output.Append(prefix, text.SourceStart(start), text.SourceStart(start));
        output.Append(text, start, end);
    }
}
