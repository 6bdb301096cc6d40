using System.Globalization;
using System.Text;

namespace Emend.Evaluation;

/// <summary>Text for HTML and SVG. Responses come from models and strangers: nothing in them may become markup, or change what stands around them.</summary>
internal static class Html
{
    /// <summary>Text for an element or a quoted attribute: markup escaped; direction overrides, control and lone surrogate characters shown by their number.</summary>
    public static string Text(string? text)
    {
        var escaped = new StringBuilder();
        foreach (Rune rune in (text ?? "").EnumerateRunes()) // a lone surrogate comes as U+FFFD
        {
            _ = rune.Value switch
            {
                '&' => escaped.Append("&amp;"),
                '<' => escaped.Append("&lt;"),
                '>' => escaped.Append("&gt;"),
                '"' => escaped.Append("&quot;"),
                '\'' => escaped.Append("&#39;"),
                '\n' or '\t' => escaped.Append((char)rune.Value),
                _ when ChangesItsSurroundings(rune) => escaped.Append(CultureInfo.InvariantCulture, $"⟨U+{rune.Value:X4}⟩"),
                _ => escaped.Append(rune.ToString()),
            };
        }
        return escaped.ToString();
    }

    /// <summary>A number with a fixed number of places and a real minus sign, or a dash for none.</summary>
    public static string Number(double? value, int places) => value is double number && double.IsFinite(number)
        ? number.ToString("F" + places, CultureInfo.InvariantCulture).Replace('-', '−')
        : "–";

    /// <summary>A number that always shows its sign.</summary>
    public static string Signed(double? value, int places = 1) => value is double number && double.IsFinite(number)
        ? (number < 0 ? "−" : "+") + Number(Math.Abs(number), places)
        : "–";

    /// <summary>A coordinate of an SVG.</summary>
    public static string At(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    // Bidirectional embeddings, overrides and isolates, line and paragraph separators, and every control character.
    private static bool ChangesItsSurroundings(Rune rune) => rune.Value is (>= 0x202A and <= 0x202E) or (>= 0x2066 and <= 0x2069)
        or 0x200E or 0x200F or 0x061C or 0x2028 or 0x2029 || Rune.IsControl(rune);
}
