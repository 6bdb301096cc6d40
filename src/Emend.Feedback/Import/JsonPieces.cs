using System.Buffers;
using Emend.Text;

namespace Emend.Feedback;

/// <summary>The bytes of one row, where it begins (line from 1, column in bytes from 0), or what is wrong between rows.</summary>
internal readonly record struct JsonPiece(int Line, int Column, ReadOnlyMemory<byte> Text, string? Problem = null);

/// <summary>Cuts a file into its rows, byte by byte: lines, or the elements of the one array that it is. What a row holds is checked elsewhere.</summary>
internal static class JsonPieces
{
    private const int BufferSize = 64 << 10;

    /// <exception cref="InvalidInputException">The file is empty or UTF-16, or a row is longer than the limit.</exception>
    public static IEnumerable<JsonPiece> Cut(Stream file, string path, int longest)
    {
        byte[] buffer = new byte[BufferSize];
        int filled = file.ReadAtLeast(buffer, 3, throwOnEndOfStream: false);
        if (filled >= 2 && (buffer[0], buffer[1]) is (0xFF, 0xFE) or (0xFE, 0xFF))
            throw new InvalidInputException($"{path}: is UTF-16 text; UTF-8 is expected.");
        int from = filled >= 3 && (buffer[0], buffer[1], buffer[2]) is (0xEF, 0xBB, 0xBF) ? 3 : 0;
        ICutter? cutter = null;
        int line = 1;
        while (filled > 0)
        {
            for (int i = from; i < filled; i++)
            {
                byte unit = buffer[i];
                if (cutter is null && IsSpace(unit))
                {
                    line += unit == '\n' ? 1 : 0;
                    continue;
                }
                cutter ??= unit == '[' ? new ArrayCutter(line) : new LineCutter(line);
                if (cutter.Take(unit) is JsonPiece piece)
                    yield return piece;
                if (cutter.Length > longest)
                    throw new InvalidInputException($"{path}: the row of line {cutter.Line} is longer than {longest >> 20} MB; a row is one item.");
            }
            from = 0;
            filled = file.Read(buffer, 0, buffer.Length);
        }
        if (cutter is null)
            throw new InvalidInputException($"{path}: is empty; one JSON object per line is expected.");
        if (cutter.End() is JsonPiece last)
            yield return last;
    }

    internal static bool IsSpace(byte unit) => unit is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n';

    private interface ICutter
    {
        int Length { get; }
        int Line { get; }

        /// <summary>The next byte; a piece where it ends one.</summary>
        JsonPiece? Take(byte unit);

        /// <summary>What is left at the end of the file.</summary>
        JsonPiece? End();
    }

    private sealed class LineCutter(int line) : ICutter
    {
        private readonly ArrayBufferWriter<byte> _text = new();

        public int Length => _text.WrittenCount;
        public int Line { get; private set; } = line;

        public JsonPiece? Take(byte unit)
        {
            if (unit != '\n')
            {
                _text.GetSpan(1)[0] = unit;
                _text.Advance(1);
                return null;
            }
            JsonPiece? piece = End();
            Line++;
            return piece;
        }

        public JsonPiece? End()
        {
            ReadOnlySpan<byte> text = _text.WrittenSpan.Trim(" \t\r"u8);
            JsonPiece? piece = text.IsEmpty ? null : new JsonPiece(Line, 0, text.ToArray());
            _text.ResetWrittenCount();
            return piece;
        }
    }

    // Strings and depth are followed, so that a bracket or a comma inside an element does not end it.
    private sealed class ArrayCutter(int line) : ICutter
    {
        private readonly ArrayBufferWriter<byte> _text = new();
        private int _line = line, _column = -1, _startLine, _startColumn, _depth;
        private bool _isOpen, _isClosed, _inString, _escaped, _needsComma, _needsElement, _isBroken;

        public int Length => _text.WrittenCount;
        public int Line => _startLine;

        public JsonPiece? Take(byte unit)
        {
            _column++;
            int line = _line, column = _column;
            if (unit == '\n')
                (_line, _column) = (_line + 1, -1);
            if (!_isOpen)
            {
                _isOpen = true;
                return null;
            }
            return _text.WrittenCount > 0 ? Inside(unit, line, column) : Between(unit, line, column);
        }

        public JsonPiece? End()
        {
            if (_text.WrittenCount > 0)
                return Piece();
            return _isClosed || _isBroken ? null : new JsonPiece(_line, 0, default, "is not valid JSON: the array does not end; ] is expected");
        }

        private JsonPiece? Between(byte unit, int line, int column)
        {
            if (IsSpace(unit) || _isBroken)
                return null;
            if (_isClosed || (unit == ',' && !_needsComma) || (unit == ']' && _needsElement) || (_needsComma && unit is not ((byte)',' or (byte)']')))
            {
                _isBroken = true;
                return new JsonPiece(line, 0, default, $"is not valid JSON at byte {column + 1} of the line: '{(char)unit}' stands where {(_isClosed ? "the file ends" : _needsComma ? "a comma or ] is expected" : "a row is expected")}");
            }
            if (unit == ',')
                (_needsComma, _needsElement) = (false, true);
            else if (unit == ']')
                _isClosed = true;
            else
            {
                (_startLine, _startColumn, _depth, _needsElement) = (line, column, 0, false);
                return Inside(unit, line, column);
            }
            return null;
        }

        private JsonPiece? Inside(byte unit, int line, int column)
        {
            if (!_inString && _depth == 0 && _text.WrittenCount > 0 && (IsSpace(unit) || unit is (byte)',' or (byte)']'))
            {
                JsonPiece number = Piece();                 // a number or a word ends where something else begins
                return Between(unit, line, column) ?? number;
            }
            _text.GetSpan(1)[0] = unit;
            _text.Advance(1);
            if (_inString)
            {
                _inString = _escaped || unit != '"';
                _escaped = !_escaped && unit == '\\';
                return !_inString && _depth == 0 ? Piece() : null;
            }
            if (unit == '"')
                _inString = true;
            else if (unit is (byte)'{' or (byte)'[')
                _depth++;
            else if (unit is (byte)'}' or (byte)']' && --_depth <= 0)
                return Piece();
            return null;
        }

        private JsonPiece Piece()
        {
            var piece = new JsonPiece(_startLine, _startColumn, _text.WrittenSpan.ToArray());
            _text.ResetWrittenCount();
            (_inString, _escaped, _needsComma) = (false, false, true);
            return piece;
        }
    }
}
