// Unicode normalization forms C, D, KC and KD (Unicode Standard Annex 15), with the Unicode 9.0 tables that the
// Hugging Face tokenizers library uses. Written out because string.Normalize changes nothing when globalization is invariant.
using System.Globalization;
using System.Text;

namespace Emend.Text.Tokenization;

internal enum UnicodeForm
{
    Nfc,
    Nfd,
    Nfkc,
    Nfkd,
}

internal static class UnicodeNormalization
{
    private const int HangulBase = 0xAC00, LeadBase = 0x1100, VowelBase = 0x1161, TailBase = 0x11A7;
    private const int LeadCount = 19, VowelCount = 21, TailCount = 28, HangulCount = LeadCount * VowelCount * TailCount;

    private static readonly Lazy<Tables> s_tables = new(Tables.Read);

    public static string Normalize(string text, UnicodeForm form) => Normalize(AlignedText.OfSource(text, 0, text.Length), form).Text;

    /// <summary>
    /// The text in the given form. Characters that normalize together (a starter and what combines with it) share the
    /// source range of the whole run when the run changed; otherwise each keeps its own.
    /// </summary>
    public static AlignedText Normalize(AlignedText input, UnicodeForm form)
    {
        string text = input.Text;
        if (text.AsSpan().IndexOfAnyExceptInRange('\0', '\u007F') < 0)
            return input;
        var tables = s_tables.Value;
        var output = new AlignedTextBuilder(text.Length);
        var decomposed = new List<int>();
        var units = new StringBuilder();
        bool changed = false;
        int start = 0;
        while (start < text.Length)
        {
            int end = EndOfRun(text, start, form, tables, decomposed);
            Reorder(decomposed, tables);
            if (form is UnicodeForm.Nfc or UnicodeForm.Nfkc)
                Compose(decomposed, tables);
            units.Clear();
            foreach (int codePoint in decomposed)
                units.Append(char.ConvertFromUtf32(codePoint));
            if (units.Equals(text.AsSpan(start, end - start)))
            {
                output.Append(input, start, end);
            }
            else
            {
                changed = true;
                output.Append(units.ToString(), input.SourceStart(start), input.SourceEnd(end - 1));
            }
            start = end;
        }
        return changed ? output.Build() : input;
    }

    /// <summary>Fills <paramref name="decomposed"/> with one run: up to the next character that cannot interact with what stands before it.</summary>
    private static int EndOfRun(string text, int start, UnicodeForm form, Tables tables, List<int> decomposed)
    {
        decomposed.Clear();
        int position = start;
        while (position < text.Length)
        {
            Rune rune = Rune.GetRuneAt(text, position);
            int before = decomposed.Count;
            Decompose(rune.Value, form is UnicodeForm.Nfkc or UnicodeForm.Nfkd, tables, decomposed);
            if (position > start && tables.ClassOf(decomposed[before]) == 0 && !tables.CombinesWithPrevious(decomposed[before]))
            {
                decomposed.RemoveRange(before, decomposed.Count - before);
                break;
            }
            position += rune.Utf16SequenceLength;
        }
        return position;
    }

    private static void Decompose(int codePoint, bool compatibility, Tables tables, List<int> output)
    {
        int hangul = codePoint - HangulBase;
        if (hangul is >= 0 and < HangulCount)
        {
            output.Add(LeadBase + hangul / (VowelCount * TailCount));
            output.Add(VowelBase + hangul % (VowelCount * TailCount) / TailCount);
            if (hangul % TailCount != 0)
                output.Add(TailBase + hangul % TailCount);
        }
        else if (codePoint >= 0xA0 && (tables.Canonical.TryGetValue(codePoint, out int[]? parts)
            || (compatibility && tables.Compatibility.TryGetValue(codePoint, out parts))))
        {
            foreach (int part in parts)
                Decompose(part, compatibility, tables, output);
        }
        else
        {
            output.Add(codePoint);
        }
    }

    /// <summary>Canonical ordering: a stable sort of each stretch of non-starters by combining class.</summary>
    private static void Reorder(List<int> codePoints, Tables tables)
    {
        if (codePoints.Count < 2)
            return;
        int start = 0;
        while (start < codePoints.Count)
        {
            int end = start;
            while (end < codePoints.Count && tables.ClassOf(codePoints[end]) != 0)
                end++;
            if (end - start > 1)
            {
                int[] sorted = [.. codePoints.GetRange(start, end - start).OrderBy(tables.ClassOf)];
                for (int i = 0; i < sorted.Length; i++)
                    codePoints[start + i] = sorted[i];
            }
            start = end + 1;
        }
    }

    /// <summary>Canonical composition, in place: each character is joined to the last starter unless something of its class or higher stands between.</summary>
    private static void Compose(List<int> codePoints, Tables tables)
    {
        int starter = -1, kept = 0, lastClass = 0;
        for (int i = 0; i < codePoints.Count; i++)
        {
            int codePoint = codePoints[i];
            int itsClass = tables.ClassOf(codePoint);
            bool adjacent = starter == kept - 1;
            if (starter >= 0 && (adjacent || (lastClass != 0 && lastClass < itsClass))
                && Composite(codePoints[starter], codePoint, tables) is int composite)
            {
                codePoints[starter] = composite;
                continue;
            }
            if (itsClass == 0)
                starter = kept;
            lastClass = itsClass;
            codePoints[kept++] = codePoint;
        }
        codePoints.RemoveRange(kept, codePoints.Count - kept);
    }

    private static int? Composite(int first, int second, Tables tables)
    {
        int lead = first - LeadBase, vowel = second - VowelBase, tail = second - TailBase;
        if (lead is >= 0 and < LeadCount && vowel is >= 0 and < VowelCount)
            return HangulBase + (lead * VowelCount + vowel) * TailCount;
        int syllable = first - HangulBase;
        if (syllable is >= 0 and < HangulCount && syllable % TailCount == 0 && tail is > 0 and < TailCount)
            return first + tail;
        return tables.Composites.TryGetValue((first, second), out int composite) ? composite : null;
    }

    private sealed record Tables(
        Dictionary<int, int[]> Canonical,
        Dictionary<int, int[]> Compatibility,
        Dictionary<(int First, int Second), int> Composites,
        Dictionary<int, byte> Classes,
        HashSet<int> Seconds)
    {
        public int ClassOf(int codePoint) => codePoint < 0x300 ? 0 : Classes.GetValueOrDefault(codePoint);

        public bool CombinesWithPrevious(int codePoint) => codePoint >= 0x300
            && (Seconds.Contains(codePoint) || codePoint is >= VowelBase and < VowelBase + VowelCount or > TailBase and < TailBase + TailCount);

        public static Tables Read()
        {
            var tables = new Tables([], [], [], [], []);
            var excluded = new HashSet<int>();
            using Stream stream = typeof(UnicodeNormalization).Assembly.GetManifestResourceStream("UnicodeDecompositions.txt")!;
            using var reader = new StreamReader(stream);
            string section = "";
            while (reader.ReadLine() is string line)
            {
                if (line.StartsWith('#'))
                    continue;
                if (line is "canonical" or "compatibility" or "combining" or "excluded")
                {
                    section = line;
                    continue;
                }
                string[] fields = line.Split(' ');
                int codePoint = Hex(fields[0]);
                switch (section)
                {
                    case "canonical": tables.Canonical[codePoint] = [.. fields.Skip(1).Select(Hex)]; break;
                    case "compatibility": tables.Compatibility[codePoint] = [.. fields.Skip(1).Select(Hex)]; break;
                    case "excluded": excluded.Add(codePoint); break;
                    default:
                        for (int c = codePoint; c <= Hex(fields[1]); c++)
                            tables.Classes[c] = byte.Parse(fields[2], CultureInfo.InvariantCulture);
                        break;
                }
            }
            tables.AddComposites(excluded);
            return tables;
        }

        private static int Hex(string field) => int.Parse(field, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

        /// <summary>Primary composites: every canonical pair that is not excluded by name, by class or by being a singleton.</summary>
        private void AddComposites(HashSet<int> excluded)
        {
            foreach ((int codePoint, int[] parts) in Canonical)
            {
                if (parts.Length != 2 || excluded.Contains(codePoint) || ClassOf(codePoint) != 0 || ClassOf(parts[0]) != 0)
                    continue;
                Composites[(parts[0], parts[1])] = codePoint;
                Seconds.Add(parts[1]);
            }
        }
    }
}
