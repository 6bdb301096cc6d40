namespace Emend.Feedback.Context.Pdf;

using Entries = Dictionary<string, object>;

/// <summary>A stream: its dictionary and where its bytes stand in the file.</summary>
internal sealed record PdfStream(Entries Entries, int Begin, int End);

/// <summary>
/// The objects of a file by number. The file is scanned for them, its tables of places (7.5.4, 7.5.8) are not read: of several with one number the last holds, as in a file
/// that was changed by appending. Objects of object streams (7.5.7) are read too. What is unpacked and kept is counted against one limit each.
/// </summary>
internal sealed class PdfFile
{
    private const int MostKept = 4_000_000, LeastUnpacked = 1024;
    private const long MostUnpacked = 64L << 20;

    private readonly byte[] _bytes;
    private readonly string _file;
    private readonly Dictionary<int, Place> _places = [];
    private readonly Dictionary<int, object?> _read = [];
    private readonly List<int> _pages = [];
    private object? _root;
    private long _kept, _unpacked;

    /// <summary>Where an object stands: in the file or in an unpacked object stream.</summary>
    /// <param name="Order">Offset in the file of it, or of the stream that it is in.</param>
    /// <param name="Begin">First byte of its stream, -1 without one.</param>
    private readonly record struct Place(string Source, int At, int Order, int Begin = -1, int End = -1);

    /// <exception cref="PdfProblemException">It is encrypted, or too large in something.</exception>
    public PdfFile(byte[] bytes)
    {
        _bytes = bytes;
        _file = System.Text.Encoding.Latin1.GetString(bytes);
        var packed = new List<int>();
        Scan(packed);
        for (int at = _file.IndexOf("trailer", StringComparison.Ordinal); at >= 0; at = _file.IndexOf("trailer", at, StringComparison.Ordinal))
        {
            var lexer = new PdfLexer(_file, at + "trailer".Length);
            Trailer(lexer.Next() as Entries);
            at = lexer.At;
        }
        foreach (int number in packed)
            Unfold(number);
    }

    /// <summary>Dictionaries of the pages in their order, each with what it inherits (7.7.3.4).</summary>
    public List<Entries> Pages()
    {
        var pages = new List<Entries>();
        var seen = new HashSet<object>(ReferenceEqualityComparer.Instance);
        var waiting = new Stack<(object? Node, object? Resources)>();
        waiting.Push((Resolve(_root) is Entries root && Resolve(root.GetValueOrDefault("Pages")) is { } tree ? tree : null, null));
        while (waiting.TryPop(out (object? Node, object? Resources) one))
        {
            if (one.Node is not Entries node || !seen.Add(node))
                continue;
            object? resources = node.GetValueOrDefault("Resources") ?? one.Resources;
            if (Resolve(node.GetValueOrDefault("Kids")) is List<object> kids)
            {
                foreach (object kid in Enumerable.Reverse(kids))
                    waiting.Push((Resolve(kid), resources));
            }
            else
            {
                pages.Add(resources is null ? node : new Entries(node) { ["Resources"] = resources });
            }
        }
        // Without a tree of them, all that there are.
        return pages.Count > 0 ? pages : [.. _pages.Distinct().Select(number => Resolve(new PdfReference(number))).OfType<Entries>()];
    }

    /// <summary>The value itself where it is a reference; null where nothing is there.</summary>
    public object? Resolve(object? value)
    {
        for (int hops = 0; value is PdfReference reference && hops < 16; hops++)
        {
            if (!_read.TryGetValue(reference.Number, out object? found))
                _read[reference.Number] = found = _places.TryGetValue(reference.Number, out Place place) ? Read(place) : null;
            value = found;
        }
        return value is PdfReference ? null : value;
    }

    public T? Get<T>(Entries entries, string key) where T : class => Resolve(entries.GetValueOrDefault(key)) as T;

    public string? Name(Entries entries, string key) => Resolve(entries.GetValueOrDefault(key)) is PdfName name ? name.Value : null;

    public double? Number(Entries entries, string key) => Resolve(entries.GetValueOrDefault(key)) is double number ? number : null;

    /// <summary>Counts values that stay in memory.</summary>
    public void Keep(long values)
    {
        _kept += values;
        if (_kept > MostKept)
            throw new PdfProblemException($"its pages and fonts hold more than {MostKept} values, which is not read");
    }

    /// <summary>The bytes of a stream, unpacked, as Latin 1.</summary>
    public string Unpacked(PdfStream stream)
    {
        string content = PdfFilters.Unpack(_bytes.AsMemory(stream.Begin, End(stream) - stream.Begin), Filters(stream.Entries), MostUnpacked - _unpacked);
        // Even nothing costs something: forms in forms could ask for it without end.
        _unpacked += Math.Max(content.Length, LeastUnpacked);
        return _unpacked <= MostUnpacked ? content : throw new PdfProblemException($"unpacks to more than {MostUnpacked} bytes, which is not read");
    }

    private List<string> Filters(Entries entries)
    {
        List<object> parameters = Listed(entries.GetValueOrDefault("DecodeParms"));
        if (parameters.OfType<Entries>().Any(one => Number(one, "Predictor") > 1))
            throw new PdfProblemException("its text is packed with a predictor, which this reader does not read; give its text");
        return [.. Listed(entries.GetValueOrDefault("Filter")).OfType<PdfName>().Select(name => name.Value)];
    }

    private List<object> Listed(object? value) => Resolve(value) switch
    {
        null => [],
        List<object> list => [.. list.Select(Resolve).OfType<object>()],
        { } one => [one],
    };

    // Its length, where "endstream" stands behind that many bytes; otherwise up to the first "endstream".
    private int End(PdfStream stream) => Number(stream.Entries, "Length") is double length && length >= 0 && length <= _file.Length - stream.Begin
        && EndsAt(stream.Begin + (int)length) ? stream.Begin + (int)length : stream.End;

    private bool EndsAt(int at)
    {
        for (int skipped = 0; skipped < 4 && at < _file.Length && PdfLexer.IsSpace(_file[at]); skipped++)
            at++;
        return string.CompareOrdinal(_file, at, "endstream", 0, "endstream".Length) == 0;
    }

    private object? Read(Place place)
    {
        var lexer = new PdfLexer(place.Source, place.At);
        object? value = lexer.Next();
        Keep(lexer.Values);
        return place.Begin >= 0 && value is Entries entries ? new PdfStream(entries, place.Begin, place.End) : value;
    }

    private void Scan(List<int> packed)
    {
        for (int at = _file.IndexOf("obj", StringComparison.Ordinal); at >= 0; at = _file.IndexOf("obj", at, StringComparison.Ordinal))
        {
            if (!NumberBefore(at, out int number))
            {
                at += "obj".Length;
                continue;
            }
            int start = at + "obj".Length;
            var lexer = new PdfLexer(_file, start);
            object? value = lexer.Next();
            at = lexer.At;
            var place = new Place(_file, start, start);
            if (value is Entries entries)
            {
                string? type = entries.GetValueOrDefault("Type") is PdfName name ? name.Value : null;
                if (StreamAt(at) is int begin)
                {
                    int end = entries.GetValueOrDefault("Length") is double length && length >= 0 && length <= _file.Length - begin && EndsAt(begin + (int)length)
                        ? begin + (int)length : _file.IndexOf("endstream", begin, StringComparison.Ordinal);
                    at = end = end < 0 ? _file.Length : end;
                    place = place with { Begin = begin, End = end };
                }
                if (type == "ObjStm")
                    packed.Add(number);
                else if (type == "XRef")
                    Trailer(entries);
                else if (type == "Page")
                    _pages.Add(number);
            }
            _places[number] = place;
        }
    }

    /// <summary>The first byte of the stream whose keyword stands next; null where none does.</summary>
    private int? StreamAt(int at)
    {
        while (at < _file.Length && PdfLexer.IsSpace(_file[at]))
            at++;
        if (string.CompareOrdinal(_file, at, "stream", 0, "stream".Length) != 0)
            return null;
        at += "stream".Length;
        if (at < _file.Length && _file[at] == '\r')
            at++;
        return at < _file.Length && _file[at] == '\n' ? at + 1 : Math.Min(at, _file.Length);
    }

    // "12 0 " before "obj".
    private bool NumberBefore(int at, out int number)
    {
        number = 0;
        int next = at;
        return Digits(ref next, out _) && Digits(ref next, out number);

        bool Digits(ref int end, out int value)
        {
            value = 0;
            for (int spaces = 0; spaces < 8 && end > 0 && PdfLexer.IsSpace(_file[end - 1]); spaces++)
                end--;
            int last = end;
            while (end > 0 && last - end < 9 && char.IsAsciiDigit(_file[end - 1]))
                end--;
            return last > end && int.TryParse(_file.AsSpan(end, last - end), out value);
        }
    }

    private void Trailer(Entries? entries)
    {
        if (entries?.ContainsKey("Encrypt") == true)
            throw new PdfProblemException("is encrypted; save it without a password, or give its text");
        _root = entries?.GetValueOrDefault("Root") ?? _root;
    }

    /// <summary>Places of the objects in an object stream: N pairs of number and offset, then from First the objects.</summary>
    private void Unfold(int number)
    {
        int order = _places[number].Order;
        if (Resolve(new PdfReference(number)) is not PdfStream stream || Number(stream.Entries, "First") is not double first || Number(stream.Entries, "N") is not double count)
            return;
        string content = Unpacked(stream);
        var lexer = new PdfLexer(content);
        for (int i = 0; i < count && lexer.Next() is double inner && lexer.Next() is double offset; i++)
        {
            double at = first + offset;
            Keep(1);
            if (inner is >= 0 and <= int.MaxValue && at >= 0 && at < content.Length && !(_places.TryGetValue((int)inner, out Place known) && known.Order > order))
                _places[(int)inner] = new Place(content, (int)at, order);
        }
    }
}
