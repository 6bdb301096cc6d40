using System.Globalization;
using System.Text;

namespace Emend.Feedback.Context.Pdf;

/// <summary>Characters by the names that fonts give their glyphs: those of Latin, of punctuation, and Greek letters; uniXXXX, uXXXXXX; f_i and a.alt by their parts.</summary>
internal static class PdfGlyphNames
{
    private static readonly Dictionary<string, string> Named = Pairs("""
        exclam ! quotedbl " numbersign # dollar $ percent % ampersand & quotesingle ' parenleft ( parenright ) asterisk * plus + comma , hyphen - period . slash /
        zero 0 one 1 two 2 three 3 four 4 five 5 six 6 seven 7 eight 8 nine 9 colon : semicolon ; less < equal = greater > question ? at @ bracketleft [ backslash \
        bracketright ] asciicircum ^ underscore _ grave ` braceleft { bar | braceright } asciitilde ~ quoteleft ‘ quoteright ’ quotedblleft “ quotedblright ”
        quotesinglbase ‚ quotedblbase „ guillemotleft « guillemotright » guilsinglleft ‹ guilsinglright › endash – emdash — bullet • ellipsis … dagger † daggerdbl ‡
        perthousand ‰ fi fi fl fl ff ff ffi ffi ffl ffl germandbls ß ae æ AE Æ oe œ OE Œ oslash ø Oslash Ø lslash ł Lslash Ł dotlessi ı dotlessj ȷ eth ð Eth Ð thorn þ
        Thorn Þ dcroat đ Dcroat Đ exclamdown ¡ questiondown ¿ cent ¢ sterling £ yen ¥ currency ¤ Euro € florin ƒ section § paragraph ¶ copyright © registered ®
        trademark ™ degree ° ordfeminine ª ordmasculine º periodcentered · middot · brokenbar ¦ plusminus ± multiply × divide ÷ minus − mu µ onehalf ½ onequarter ¼
        threequarters ¾ onesuperior ¹ twosuperior ² threesuperior ³ logicalnot ¬ macron ¯ acute ´ circumflex ˆ tilde ˜ dieresis ¨ cedilla ¸ ring ˚ caron ˇ breve ˘
        dotaccent ˙ hungarumlaut ˝ ogonek ˛ fraction ⁄ alpha α beta β gamma γ delta δ epsilon ε zeta ζ eta η theta θ iota ι kappa κ lambda λ nu ν xi ξ omicron ο pi π
        rho ρ sigma σ tau τ upsilon υ phi φ chi χ psi ψ omega ω Gamma Γ Delta Δ Theta Θ Lambda Λ Xi Ξ Pi Π Sigma Σ Upsilon Υ Phi Φ Psi Ψ Omega Ω infinity ∞ lessequal ≤
        greaterequal ≥ notequal ≠ approxequal ≈ equivalence ≡ similar ∼ proportional ∝ summation ∑ product ∏ radical √ integral ∫ partialdiff ∂ element ∈ universal ∀
        existential ∃ arrowright → arrowleft ← arrowup ↑ arrowdown ↓ lozenge ◊
        """);

    // By the accent's name, each letter and behind it the letter with the accent (Unicode's canonical compositions).
    private static readonly Dictionary<string, string> Accented = Pairs("""
        grave aàeèiìnǹoòuùAÀEÈIÌNǸOÒUÙ acute aácćeégǵiílĺnńoórŕsśuúyýzźAÁCĆEÉGǴIÍLĹNŃOÓRŔSŚUÚYÝZŹ
        circumflex aâcĉeêgĝhĥiîjĵoôsŝuûwŵyŷAÂCĈEÊGĜHĤIÎJĴOÔSŜUÛWŴYŶ tilde aãiĩnñoõuũAÃIĨNÑOÕUŨ macron aāeēiīoōuūyȳAĀEĒIĪOŌUŪYȲ
        breve aăeĕgğiĭoŏuŭAĂEĔGĞIĬOŎUŬ dotaccent aȧcċeėgġoȯzżAȦCĊEĖGĠIİOȮZŻ dieresis aäeëiïoöuüyÿAÄEËIÏOÖUÜYŸ ring aåuůAÅUŮ hungarumlaut oőuűOŐUŰ
        caron aǎcčdďeěgǧhȟiǐjǰkǩlľnňoǒrřsštťuǔzžAǍCČDĎEĚGǦHȞIǏKǨLĽNŇOǑRŘSŠTŤUǓZŽ cedilla cçeȩgģkķlļnņrŗsştţCÇEȨGĢKĶLĻNŅRŖSŞTŢ
        commaaccent cçeȩgģkķlļnņrŗsştţCÇEȨGĢKĶLĻNŅRŖSŞTŢ ogonek aąeęiįoǫuųAĄEĘIĮOǪUŲ
        """);

    /// <summary>Null where the name says no character that is known here.</summary>
    public static string? TextOf(string name)
    {
        int dot = name.IndexOf('.');
        if (dot > 0)
            name = name[..dot];
        if (name.Length is 0 or > 64)
            return null;
        if (name is "space" or "nbspace" or "nonbreakingspace")
            return " ";
        if (name is "sfthyphen" or "softhyphen")
            return "\u00AD";
        if (Named.TryGetValue(name, out string? text))
            return text;
        if (name.Length == 1 && char.IsAsciiLetter(name[0]))
            return name;
        if (name.Contains('_'))
            return name.Split('_').Select(TextOf).ToArray() is { } parts && parts.All(part => part is not null) ? string.Concat(parts) : null;
        if (name.StartsWith("uni", StringComparison.Ordinal) && (name.Length - 3) % 4 == 0 && name.Length > 3)
            return Units(name[3..]);
        if (name[0] == 'u' && name.Length is >= 5 and <= 7 && int.TryParse(name.AsSpan(1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int point))
            return Rune.IsValid(point) ? new Rune(point).ToString() : null;
        if (!Accented.TryGetValue(name[1..], out string? letters))
            return null;
        int letter = letters.IndexOf(name[0], StringComparison.Ordinal);
        return letter >= 0 && letter % 2 == 0 ? letters[letter + 1].ToString() : null;
    }

    private static string? Units(string digits)
    {
        var made = new StringBuilder();
        foreach (char[] unit in digits.Chunk(4))
        {
            if (!ushort.TryParse(unit, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort value) || char.IsSurrogate((char)value))
                return null;
            made.Append((char)value);
        }
        return made.ToString();
    }

    private static Dictionary<string, string> Pairs(string text) =>
        text.Split([' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries).Chunk(2).ToDictionary(pair => pair[0], pair => pair[1]);
}
