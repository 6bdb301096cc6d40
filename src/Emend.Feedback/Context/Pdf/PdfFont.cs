namespace Emend.Feedback.Context.Pdf;

using Entries = Dictionary<string, object>;

/// <summary>One code of a string that is shown.</summary>
/// <param name="Text">Its characters; U+FFFD where the font does not say.</param>
/// <param name="Width">How far the next one stands, in thousandths of the font's size.</param>
internal readonly record struct PdfGlyph(string Text, double Width, bool IsSpace);

/// <summary>What the codes of a font are as characters, and how wide.</summary>
internal sealed class PdfFont
{
    private const double UsualWidth = 500;

    private readonly PdfCharacterMap _map;
    private readonly PdfCharacterMap? _codes;
    private readonly string?[]? _texts;
    private readonly Dictionary<uint, double> _widths = [];
    private readonly double _otherWidth;
    private readonly bool _isUtf16;

    /// <summary>As the file names it.</summary>
    public string Name { get; }

    /// <summary>Whether it is written from top to bottom.</summary>
    public bool IsVertical { get; }

    /// <summary>Characters shown so far, and those of them that the font does not say.</summary>
    public (long Shown, long Unknown) Counts { get; private set; }

    /// <summary>A font that a page uses; without one (null) bytes are taken as standard Latin.</summary>
    public PdfFont(PdfFile file, Entries? font)
    {
        font ??= [];
        Name = file.Name(font, "BaseFont") ?? file.Name(font, "Name") ?? "without a name";
        object? named = file.Resolve(font.GetValueOrDefault("ToUnicode"));
        _map = PdfCharacterMap.Read(file, named is PdfStream stream ? file.Unpacked(stream) : "");
        _isUtf16 = named is PdfName { Value: "Identity-H" or "Identity-V" };
        if (file.Name(font, "Subtype") != "Type0")
        {
            _texts = PdfEncodings.Of(file, font);
            _otherWidth = file.Get<Entries>(font, "FontDescriptor") is { } descriptor && file.Number(descriptor, "MissingWidth") is > 0 and double missing ? missing : UsualWidth;
            ReadWidths(file, font);
            return;
        }
        object? encoding = file.Resolve(font.GetValueOrDefault("Encoding"));
        string name = encoding is PdfName { Value: var value } ? value : encoding is PdfStream map ? file.Name(map.Entries, "CMapName") ?? "" : "";
        IsVertical = name.EndsWith("-V", StringComparison.Ordinal);
        // Names of the CMaps whose codes are characters: UniGB-UCS2-H, UniJIS-UTF16-V, …
        _isUtf16 |= name.StartsWith("Uni", StringComparison.Ordinal) && (name.Contains("-UCS2-", StringComparison.Ordinal) || name.Contains("-UTF16-", StringComparison.Ordinal));
        PdfCharacterMap codes = encoding is PdfStream embedded ? PdfCharacterMap.Read(file, file.Unpacked(embedded)) : _map;
        _codes = codes.HasCodes && !name.StartsWith("Identity-", StringComparison.Ordinal) && !_isUtf16 ? codes : null;
        Entries descendant = file.Get<List<object>>(font, "DescendantFonts") is [{ } first, ..] && file.Resolve(first) is Entries found ? found : [];
        _otherWidth = file.Number(descendant, "DW") ?? 1000;
        ReadWidthsOfGlyphs(file, file.Get<List<object>>(descendant, "W") ?? []);
    }

    /// <exception cref="PdfProblemException">It numbers glyphs and does not say which characters they are.</exception>
    public IEnumerable<PdfGlyph> Glyphs(string bytes)
    {
        if (_texts is null && _map.IsEmpty && !_isUtf16 && bytes.Length > 0)
            throw new PdfProblemException($"its font {Name} numbers glyphs and does not say which characters they are (it has no ToUnicode); give its text");
        for (int at = 0; at < bytes.Length;)
        {
            int count = _texts is not null ? 1 : Math.Min(_codes?.BytesAt(bytes, at) ?? 2, bytes.Length - at);
            uint code = 0;
            foreach (char unit in bytes.AsSpan(at, count))
                code = code << 8 | unit;
            at += count;
            string? text = _map.TextOf(code) ?? (_isUtf16 ? ((char)code).ToString() : _texts?[code]);
            Counts = (Counts.Shown + 1, Counts.Unknown + (text is null ? 1 : 0));
            yield return new PdfGlyph(text ?? "\uFFFD", _widths.TryGetValue(code, out double width) ? width : _otherWidth, count == 1 && code == ' ');
        }
    }

    private void ReadWidths(PdfFile file, Entries font)
    {
        double first = file.Number(font, "FirstChar") ?? 0;
        // Glyphs of Type 3 have a size of their own.
        double scale = file.Name(font, "Subtype") == "Type3" && file.Get<List<object>>(font, "FontMatrix") is [double size, ..] ? size * 1000 : 1;
        foreach ((int i, object width) in (file.Get<List<object>>(font, "Widths") ?? []).Take(256).Index())
        {
            if (file.Resolve(width) is double number && first + i is >= 0 and < 256)
                _widths[(uint)(first + i)] = number * scale;
        }
    }

    // 9.7.4.3: "first [w w …]" and "first last w". For codes of other CMaps than Identity they are near enough: widths only say where a space is.
    private void ReadWidthsOfGlyphs(PdfFile file, List<object> given)
    {
        for (int i = 0; i + 1 < given.Count;)
        {
            if (file.Resolve(given[i]) is not double first || first is < 0 or > ushort.MaxValue)
                return;
            object? second = file.Resolve(given[i + 1]);
            if (second is List<object> widths)
            {
                file.Keep(widths.Count);
                foreach ((int k, object width) in widths.Index())
                {
                    if (file.Resolve(width) is double number)
                        _widths[(uint)first + (uint)k] = number;
                }
                i += 2;
            }
            else if (second is double and <= ushort.MaxValue and double last && i + 2 < given.Count && file.Resolve(given[i + 2]) is double number)
            {
                file.Keep((long)Math.Max(last - first + 1, 1));
                for (double code = first; code <= last; code++)
                    _widths[(uint)code] = number;
                i += 3;
            }
            else
            {
                return;
            }
        }
    }
}
