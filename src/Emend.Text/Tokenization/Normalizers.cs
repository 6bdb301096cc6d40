using System.Text;
using System.Text.RegularExpressions;

namespace Emend.Text.Tokenization;

/// <summary>A step that rewrites the text before it is split, for example NFC or "prepend ▁".</summary>
internal delegate AlignedText Normalizer(AlignedText text);

/// <summary>The normalizers of a tokenizer.json, by their published names.</summary>
internal static class Normalizers
{
    public const string Supported = "NFC, NFD, NFKC, NFKD, Lowercase, Strip, Prepend, Replace, ByteLevel, Sequence";

    public static Normalizer? Read(JsonPlace? place)
    {
        if (place is null)
            return null;
        string type = place.Text("type");
        switch (type)
        {
            case "NFC": return text => UnicodeNormalization.Normalize(text, UnicodeForm.Nfc);
            case "NFD": return text => UnicodeNormalization.Normalize(text, UnicodeForm.Nfd);
            case "NFKC": return text => UnicodeNormalization.Normalize(text, UnicodeForm.Nfkc);
            case "NFKD": return text => UnicodeNormalization.Normalize(text, UnicodeForm.Nfkd);
            case "Lowercase": return Lowercase;
            case "ByteLevel": return Spell;
            case "Strip":
                (bool left, bool right) = (place.Flag("strip_left"), place.Flag("strip_right"));
                return text => Strip(text, left, right);
            case "Prepend":
                string prefix = place.Text("prepend");
                return text => text.Text.Length == 0 ? text : Prepend(text, prefix);
            case "Replace":
                Regex pattern = TokenizerPattern.Read(place.Object("pattern"));
                string content = place.Text("content");
                return text => Replace(text, pattern, content);
            case "Sequence":
                Normalizer[] steps = [.. place.Items("normalizers").Select(item => Read(item)!)];
                return text => steps.Aggregate(text, (current, step) => step(current));
            default:
                throw place.Unsupported("normalizer", type, Supported);
        }
    }

    /// <summary>The prefix belongs to no character of the source: its range is empty.</summary>
    public static AlignedText Prepend(AlignedText text, string prefix)
    {
        var output = new AlignedTextBuilder(text.Text.Length + prefix.Length);
        int start = text.SourceStart(0);
        output.Append(prefix, start, start);
        output.Append(text, 0, text.Text.Length);
        return output.Build();
    }

    public static AlignedText Replace(AlignedText text, Regex pattern, string content)
    {
        var output = new AlignedTextBuilder(text.Text.Length);
        int done = 0;
        foreach ((int start, int end) in TokenizerPattern.Matches(pattern, text.Text))
        {
            output.Append(text, done, start);
            if (end > start)
                output.Append(content, text.SourceStart(start), text.SourceEnd(end - 1));
            done = end;
        }
        if (done == 0 && output.Length == 0)
            return text;
        output.Append(text, done, text.Text.Length);
        return output.Build();
    }

    /// <summary>Lower case of each character by itself, as the Rust library does; U+0130 is the one whose lower case is two characters.</summary>
    private static AlignedText Lowercase(AlignedText text)
    {
        var output = new AlignedTextBuilder(text.Text.Length);
        for (int i = 0; i < text.Text.Length;)
        {
            Rune rune = Rune.GetRuneAt(text.Text, i);
            int end = i + rune.Utf16SequenceLength;
            string lower = rune.Value == 0x130 ? "i\u0307" : Rune.ToLowerInvariant(rune).ToString();
            output.Append(lower, text.SourceStart(i), text.SourceEnd(end - 1));
            i = end;
        }
        return output.Build();
    }

    private static AlignedText Spell(AlignedText text)
    {
        var output = new AlignedTextBuilder(text.Text.Length);
        ByteAlphabet.Spell(text, 0, text.Text.Length, output);
        return output.Build();
    }

    private static AlignedText Strip(AlignedText text, bool left, bool right)
    {
        int start = 0, end = text.Text.Length;
        while (left && start < end && char.IsWhiteSpace(text.Text[start]))
            start++;
        while (right && end > start && char.IsWhiteSpace(text.Text[end - 1]))
            end--;
        return text.Slice(start, end);
    }
}
