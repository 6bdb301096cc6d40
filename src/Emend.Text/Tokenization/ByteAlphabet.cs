// GPT-2's reversible alphabet (Radford et al. 2019): each of the 256 bytes gets one printable character,
// so that byte-level tokens can be written as text. Printable Latin-1 stands for itself, the rest starts at U+0100.
using System.Text;

namespace Emend.Text.Tokenization;

internal static class ByteAlphabet
{
    private static readonly char[] s_charOfByte = new char[256];
    private static readonly short[] s_byteOfChar = new short[0x200];

    static ByteAlphabet()
    {
        Array.Fill(s_byteOfChar, (short)-1);
        char next = '\u0100';
        for (int value = 0; value < 256; value++)
        {
            bool printable = value is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or (>= 0xAE and <= 0xFF);
            s_charOfByte[value] = printable ? (char)value : next++;
            s_byteOfChar[s_charOfByte[value]] = (short)value;
        }
    }

    public static char CharOf(byte value) => s_charOfByte[value];

    /// <summary>The byte that a character of the alphabet stands for, or -1.</summary>
    public static int ByteOf(char letter) => letter < s_byteOfChar.Length ? s_byteOfChar[letter] : -1;

    /// <summary>The text's UTF-8 bytes written in the alphabet. The letters of one character share its source range.</summary>
    public static void Spell(AlignedText input, int start, int end, AlignedTextBuilder output)
    {
        string text = input.Text;
        Span<byte> bytes = stackalloc byte[4];
        for (int i = start; i < end; i++)
        {
            char unit = text[i];
            int sourceStart = input.SourceStart(i);
            if (unit < 0x80)
            {
                output.Append(s_charOfByte[unit], sourceStart, input.SourceEnd(i));
                continue;
            }
            Rune rune = Rune.GetRuneAt(text, i);
            i += rune.Utf16SequenceLength - 1;
            int count = rune.EncodeToUtf8(bytes);
            for (int k = 0; k < count; k++)
                output.Append(s_charOfByte[bytes[k]], sourceStart, input.SourceEnd(i));
        }
    }

    /// <summary>The bytes that tokens written in the alphabet stand for; a token with a letter outside it stands for its own UTF-8.</summary>
    public static byte[] BytesOf(IEnumerable<string> tokens)
    {
        var bytes = new List<byte>();
        foreach (string token in tokens)
        {
            if (token.Any(letter => ByteOf(letter) < 0))
                bytes.AddRange(System.Text.Encoding.UTF8.GetBytes(token));
            else
                bytes.AddRange(token.Select(letter => (byte)ByteOf(letter)));
        }
        return [.. bytes];
    }
}
