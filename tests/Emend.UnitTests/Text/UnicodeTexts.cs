using System.Text;

namespace Emend.UnitTests.Text;

/// <summary>Random texts that are hard on offsets: emoji, combining marks, joiners, right to left, NUL, CR LF, lone surrogates, blanks.</summary>
internal static class UnicodeTexts
{
    private static readonly string[] Pieces =
    [
        "a", "b", "word", "the", " ", " ", "  ", "\n", "\r\n", "\t", "\0", "é", "e\u0301", "\u0301", "ß", "中", "文", "😀", "😁", "👩\u200d👩\u200d👧",
        "🇪🇪", "\u05d0\u05d1", "\u0627\u0644", "\u200f", "\ufeff", "\u00a0", "\ud83d", "\ude00", "𝄞", "ﬁ", "\u1100\u1161", "가", ",", ".", "'s",
    ];

    public static string Text(Random random, int mostPieces)
    {
        var text = new StringBuilder();
        for (int i = random.Next(mostPieces + 1); i > 0; i--)
            text.Append(Piece(random));
        return text.ToString();
    }

    /// <summary>The text with up to `most` pieces inserted, removed or replaced, anywhere: also inside surrogate pairs.</summary>
    public static string Edited(string text, Random random, int most)
    {
        var edited = new StringBuilder(text);
        for (int i = random.Next(most + 1); i > 0; i--)
        {
            int start = random.Next(edited.Length + 1);
            edited.Remove(start, random.Next(Math.Min(4, edited.Length - start) + 1));
            if (random.Next(2) == 0)
                edited.Insert(start, Piece(random));
        }
        return edited.ToString();
    }

    private static string Piece(Random random) => Pieces[random.Next(Pieces.Length)];
}
