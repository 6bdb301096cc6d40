using System.IO.Compression;

namespace Emend.Feedback.Context.Pdf;

/// <summary>What streams are packed with (ISO 32000-1, 7.4): Flate, and the two that write bytes as ASCII.</summary>
internal static class PdfFilters
{
    /// <summary>The bytes without their filters, one to a character.</summary>
    /// <exception cref="PdfProblemException">Another filter, damaged bytes, or more than <paramref name="most"/> of them.</exception>
    public static string Unpack(ReadOnlyMemory<byte> packed, IReadOnlyList<string> filters, long most)
    {
        // A filter of a filter a hundred times over is no page.
        if (filters.Count > 4)
            throw new PdfProblemException($"its text is packed {filters.Count} times over, which is not read");
        foreach (string filter in filters)
        {
            packed = filter switch
            {
                "FlateDecode" or "Fl" => Inflated(packed, most),
                "ASCII85Decode" or "A85" => Ascii85(packed.Span),
                "ASCIIHexDecode" or "AHx" => Hex(packed.Span),
                _ => throw new PdfProblemException($"its text is packed with {filter}, which this reader does not read; give its text"),
            };
        }
        return System.Text.Encoding.Latin1.GetString(packed.Span);
    }

    private static byte[] Inflated(ReadOnlyMemory<byte> packed, long most)
    {
        using var target = new MemoryStream();
        try
        {
            using var source = new ZLibStream(new MemoryStream(packed.ToArray()), CompressionMode.Decompress);
            byte[] buffer = new byte[1 << 16];
            for (int count = source.Read(buffer); count > 0 && target.Length <= most; count = source.Read(buffer))
                target.Write(buffer, 0, count);
        }
        catch (InvalidDataException)
        {
            throw new PdfProblemException("its text is packed with FlateDecode and damaged; give its text");
        }
        return target.ToArray();
    }

    // Five digits of base 85 are four bytes, z four zeros, "~>" the end.
    private static byte[] Ascii85(ReadOnlySpan<byte> digits)
    {
        var made = new List<byte>(digits.Length);
        long value = 0;
        int count = 0;
        foreach (byte digit in digits)
        {
            if (digit == '~')
                break;
            if (digit == 'z' && count == 0)
                made.AddRange([0, 0, 0, 0]);
            if (digit is < (byte)'!' or > (byte)'u')
                continue;
            value = value * 85 + digit - '!';
            if (++count == 5)
            {
                made.AddRange([(byte)(value >> 24), (byte)(value >> 16), (byte)(value >> 8), (byte)value]);
                (value, count) = (0, 0);
            }
        }
        for (int missing = count; missing is > 0 and < 5; missing++)
            value = value * 85 + 84;
        for (int i = 0; i < count - 1; i++)
            made.Add((byte)(value >> (24 - 8 * i)));
        return [.. made];
    }

    private static byte[] Hex(ReadOnlySpan<byte> digits) =>
        System.Text.Encoding.Latin1.GetBytes(new PdfLexer($"<{System.Text.Encoding.Latin1.GetString(digits)}>").Next() is PdfString text ? text.Bytes : "");
}
