namespace Emend.Text;

/// <summary>Lines as bytes: a StreamReader would replace what is not UTF-8 without a word, and cannot say on which line it was.</summary>
public static class ByteLines
{
    private const int PieceBytes = 1 << 16;

    /// <summary>The lines without their ends, as they come: a file may be larger than the largest array. What stands behind the last line end is none that is whole; where nothing does, it is left out.</summary>
    public static IEnumerable<(byte[] Line, bool IsWhole)> Read(Stream stream)
    {
        var line = new MemoryStream();
        byte[] piece = new byte[PieceBytes];
        for (int count; (count = stream.Read(piece)) > 0;)
        {
            int start = 0;
            for (int end; (end = Array.IndexOf(piece, (byte)'\n', start, count - start)) >= 0; start = end + 1)
            {
                line.Write(piece, start, end - start);
                yield return (line.ToArray(), true);
                line.SetLength(0);
            }
            line.Write(piece, start, count - start);
        }
        if (line.Length > 0)
            yield return (line.ToArray(), false);
    }
}
