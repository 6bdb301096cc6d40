namespace Emend.Feedback.Context.Pdf;

using Entries = Dictionary<string, object>;

/// <summary>A matrix [a b 0; c d 0; e f 1] of ISO 32000-1, 8.3.3: points are rows.</summary>
internal readonly record struct PdfMatrix(double A, double B, double C, double D, double E, double F)
{
    public static readonly PdfMatrix Identity = new(1, 0, 0, 1, 0, 0);

    /// <summary>First the one, then the other.</summary>
    public static PdfMatrix operator *(PdfMatrix one, PdfMatrix other) => new(
        one.A * other.A + one.B * other.C, one.A * other.B + one.B * other.D,
        one.C * other.A + one.D * other.C, one.C * other.B + one.D * other.D,
        one.E * other.A + one.F * other.C + other.E, one.E * other.B + one.F * other.D + other.F);
}

/// <summary>Reads the content of a page (9.4, and 8.10 for the forms that it draws): what it shows goes into lines.</summary>
internal sealed class PdfContent(PdfFile file, PdfLines lines, Dictionary<Entries, PdfFont> fonts)
{
    // U+FB00 to U+FB06.
    private static readonly string[] Joined = ["ff", "fi", "fl", "ffi", "ffl", "st", "st"];

    private const int MostOperands = 4096, DeepestForm = 16, DeepestState = 512;

    /// <summary>What q keeps and Q gives back.</summary>
    private readonly record struct State(PdfMatrix Page, PdfFont? Font, double Size, double CharacterSpace, double WordSpace, double Scale, double Leading, double Rise);

    /// <summary>A marked part that says what its glyphs mean as text (ActualText, 14.9.4).</summary>
    private sealed class Marked(string? text)
    {
        public readonly string? Text = text;
        public bool IsTold;
    }

    private readonly Stack<State> _kept = new();
    private readonly Stack<Marked> _marked = new();
    private Marked? _outermost;                                             // of those with a text
    private readonly List<object> _operands = [];
    private readonly PdfFont _plain = new(file, null);
    private State _state = new(PdfMatrix.Identity, null, 1, 0, 0, 1, 0, 0);
    private PdfMatrix _text = PdfMatrix.Identity, _line = PdfMatrix.Identity;

    public void Read(Entries page)
    {
        object? contents = file.Resolve(page.GetValueOrDefault("Contents"));
        IEnumerable<PdfStream> parts = contents is List<object> list ? list.Select(file.Resolve).OfType<PdfStream>() : contents is PdfStream one ? [one] : [];
        // One content, cut anywhere between two words.
        Read(string.Join('\n', parts.Select(file.Unpacked)), file.Get<Entries>(page, "Resources") ?? [], 0);
    }

    private void Read(string content, Entries resources, int depth)
    {
        var lexer = new PdfLexer(content);
        for (object? value = lexer.Next(); value is not null; value = lexer.Next())
        {
            if (value is not PdfWord { Value: var name })
            {
                if (_operands.Count == MostOperands)
                    throw new PdfProblemException($"one of its pages has more than {MostOperands} values without an operator, which is not read");
                _operands.Add(value);
                continue;
            }
            if (name == "BI")
                SkipImage(lexer, content);
            else if (name == "Do" && _operands is [.., PdfName form])
                Form(form.Value, resources, depth);
            else
                Do(name, resources);
            _operands.Clear();
        }
    }

    // An image within the content: its bytes stand between ID and a lonely EI.
    private static void SkipImage(PdfLexer lexer, string content)
    {
        int at = content.IndexOf("ID", lexer.At, StringComparison.Ordinal);
        do
            at = at < 0 ? -1 : content.IndexOf("EI", at + 2, StringComparison.Ordinal);
        while (at >= 0 && !(PdfLexer.IsSpace(content[at - 1]) && (at + 2 == content.Length || PdfLexer.IsSpace(content[at + 2]))));
        lexer.At = at < 0 ? content.Length : at + 2;
    }

    private void Form(string name, Entries resources, int depth)
    {
        if (file.Get<Entries>(resources, "XObject") is not { } objects || file.Get<PdfStream>(objects, name) is not { } form || file.Name(form.Entries, "Subtype") != "Form")
            return;
        if (depth == DeepestForm)
            throw new PdfProblemException($"its pages draw forms within forms, more than {DeepestForm} deep, which is not read");
        (State state, PdfMatrix text, PdfMatrix line, int kept, int marked) = (_state, _text, _line, _kept.Count, _marked.Count);
        double[] own = [.. (file.Get<List<object>>(form.Entries, "Matrix") ?? []).Select(file.Resolve).OfType<double>()];
        if (own.Length == 6)
            _state = _state with { Page = new PdfMatrix(own[0], own[1], own[2], own[3], own[4], own[5]) * _state.Page };
        _operands.Clear();
        Read(file.Unpacked(form), file.Get<Entries>(form.Entries, "Resources") ?? resources, depth + 1);
        while (_kept.Count > kept)
            _kept.Pop();
        while (_marked.Count > marked)
            Unmark();
        (_state, _text, _line) = (state, text, line);
    }

    private void Do(string name, Entries resources)
    {
        switch (name)
        {
            case "q" when _kept.Count < DeepestState:
                _kept.Push(_state);
                break;
            case "q":
                throw new PdfProblemException($"one of its pages keeps more than {DeepestState} states, which is not read");
            case "Q" when _kept.Count > 0:
                _state = _kept.Pop();
                break;
            case "cm":
                _state = _state with { Page = Matrix() * _state.Page };
                break;
            case "BDC" or "BMC":
                if (_marked.Count == DeepestState)
                    throw new PdfProblemException($"one of its pages marks parts within parts, more than {DeepestState} deep, which is not read");
                _marked.Push(new Marked(ActualText(name == "BDC" ? _operands.LastOrDefault() : null, resources)));
                _outermost ??= _marked.Peek().Text is null ? null : _marked.Peek();
                break;
            case "EMC" when _marked.Count > 0:
                Unmark();
                break;
            case "Tf" when _operands is [.., PdfName font, double size]:
                _state = _state with { Font = Font(font.Value, resources), Size = size };
                break;
            case "Tc":
                _state = _state with { CharacterSpace = Number(1) };
                break;
            case "Tw":
                _state = _state with { WordSpace = Number(1) };
                break;
            case "Tz":
                _state = _state with { Scale = Number(1) / 100 };
                break;
            case "TL":
                _state = _state with { Leading = Number(1) };
                break;
            case "Ts":
                _state = _state with { Rise = Number(1) };
                break;
            default:
                Text(name);
                break;
        }
    }

    private void Text(string name)
    {
        switch (name)
        {
            case "BT":
                _text = _line = PdfMatrix.Identity;
                break;
            case "Tm":
                _text = _line = Matrix();
                break;
            case "Td":
                Move(Number(2), Number(1));
                break;
            case "TD":
                _state = _state with { Leading = -Number(1) };
                Move(Number(2), Number(1));
                break;
            case "T*":
                Move(0, -_state.Leading);
                break;
            case "Tj":
                Show(_operands.LastOrDefault());
                break;
            case "TJ" when _operands is [.., List<object> parts]:
                foreach (object part in parts)
                    Show(part);
                break;
            case "'":
                Move(0, -_state.Leading);
                Show(_operands.LastOrDefault());
                break;
            case "\"":
                _state = _state with { WordSpace = Number(3), CharacterSpace = Number(2) };
                Move(0, -_state.Leading);
                Show(_operands.LastOrDefault());
                break;
        }
    }

    private void Move(double x, double y) => _text = _line = new PdfMatrix(1, 0, 0, 1, x, y) * _line;

    /// <summary>A string, or a number of TJ: how far to go back, in thousandths of the font's size.</summary>
    private void Show(object? part)
    {
        PdfFont font = _state.Font ?? _plain;
        if (part is double back)
            Go(-back / 1000 * _state.Size);
        if (part is not PdfString shown || shown.Bytes.Length == 0)
            return;
        PdfMatrix placed = new PdfMatrix(1, 0, 0, 1, 0, _state.Rise) * _text * _state.Page;
        var text = new System.Text.StringBuilder();
        double length = 0;
        foreach (PdfGlyph glyph in font.Glyphs(shown.Bytes))
        {
            text.Append(glyph.Text);
            length += (font.IsVertical ? 1 : glyph.Width / 1000) * _state.Size + _state.CharacterSpace + (glyph.IsSpace ? _state.WordSpace : 0);
        }
        (double x, double y) = font.IsVertical ? (-placed.C, -placed.D) : (placed.A, placed.B);
        double along = Math.Sqrt(x * x + y * y), size = Math.Abs(_state.Size) * Math.Sqrt(placed.C * placed.C + placed.D * placed.D);
        if (along > 0 && double.IsFinite(along))
            lines.Add(Told(text.ToString()), (placed.E, placed.F), (x / along, y / along), Math.Abs(length * (font.IsVertical ? 1 : _state.Scale)) * along, size);
        Go(length);
    }

    // Tc, Tw and widths go downwards where the font is vertical.
    private void Go(double length) =>
        _text = ((_state.Font ?? _plain).IsVertical ? new PdfMatrix(1, 0, 0, 1, 0, -length) : new PdfMatrix(1, 0, 0, 1, length * _state.Scale, 0)) * _text;

    /// <summary>The text that stands for the glyphs, once, where their part says one; otherwise themselves.</summary>
    private string Told(string text)
    {
        if (_outermost is null)
            return Letters(text);
        string told = _outermost.IsTold ? "" : _outermost.Text!;
        _outermost.IsTold = true;
        return told;
    }

    private void Unmark()
    {
        if (_marked.Pop() == _outermost)
            _outermost = null;
    }

    /// <summary>Ligatures of Latin as the letters that they join.</summary>
    private static string Letters(string text) => text.AsSpan().ContainsAnyInRange('\uFB00', '\uFB06')
        ? string.Concat(text.Select(unit => unit is >= '\uFB00' and <= '\uFB06' ? Joined[unit - '\uFB00'] : unit.ToString()))
        : text;

    private string? ActualText(object? properties, Entries resources)
    {
        if (properties is PdfName name)
            properties = file.Get<Entries>(resources, "Properties") is { } named ? file.Resolve(named.GetValueOrDefault(name.Value)) : null;
        if (properties is not Entries entries || file.Resolve(entries.GetValueOrDefault("ActualText")) is not PdfString text)
            return null;
        byte[] bytes = System.Text.Encoding.Latin1.GetBytes(text.Bytes);
        return bytes switch
        {
            [0xFE, 0xFF, ..] => System.Text.Encoding.BigEndianUnicode.GetString(bytes.AsSpan(2)),
            [0xEF, 0xBB, 0xBF, ..] => System.Text.Encoding.UTF8.GetString(bytes.AsSpan(3)),
            _ => text.Bytes,
        };
    }

    private PdfFont? Font(string name, Entries resources)
    {
        if (file.Get<Entries>(resources, "Font") is not { } named || file.Get<Entries>(named, name) is not { } entries)
            return null;
        if (!fonts.TryGetValue(entries, out PdfFont? font))
            fonts[entries] = font = new PdfFont(file, entries);
        return font;
    }

    private PdfMatrix Matrix() => new(Number(6), Number(5), Number(4), Number(3), Number(2), Number(1));

    /// <summary>The operand that stands so many from the end; 0 where there is none.</summary>
    private double Number(int fromEnd) => _operands.Count >= fromEnd && _operands[^fromEnd] is double number ? number : 0;
}
