using System.Globalization;
using System.Text;

namespace Emend.Evaluation;

/// <summary>What a sample of responses looks like from outside, so that a reward that was hacked shows: too long, too alike, repeating itself.</summary>
/// <param name="Texts">Number of responses. Counts of distinct words grow with it: compare samples of one size.</param>
/// <param name="MeanWords">Words per response.</param>
/// <param name="DistinctWords">Different words in the whole sample.</param>
/// <param name="Distinct1">Different words over words of the sample (distinct-1 of Li et al. 2016).</param>
/// <param name="Distinct2">Different word pairs over word pairs, pairs within one response (distinct-2).</param>
/// <param name="DuplicateSentences">Share of sentences that already stood earlier in the same response.</param>
/// <param name="TextsWithDuplicates">Share of responses with at least one such sentence.</param>
/// <param name="RepeatedFourGrams">Share of word 4-grams that already occurred earlier in the same response (rep-4 of Welleck et al. 2020).</param>
public sealed record TextDiagnostics(int Texts, double MeanWords, int DistinctWords, double Distinct1, double Distinct2,
    double DuplicateSentences, double TextsWithDuplicates, double RepeatedFourGrams)
{
    private const int RepeatLength = 4;

    /// <summary>Diagnostics of a sample; all zero for an empty one.</summary>
    public static TextDiagnostics Of(IEnumerable<string> responses)
    {
        int texts = 0, words = 0, pairs = 0, sentences = 0, duplicates = 0, withDuplicates = 0, grams = 0, repeats = 0;
        var distinctWords = new HashSet<string>(StringComparer.Ordinal);
        var distinctPairs = new HashSet<(string, string)>();
        foreach (string response in responses)
        {
            texts++;
            List<string> own = Words(response);
            words += own.Count;
            distinctWords.UnionWith(own);
            for (int i = 1; i < own.Count; i++, pairs++)
                distinctPairs.Add((own[i - 1], own[i]));

            List<string> ownSentences = Sentences(response);
            int ownDuplicates = ownSentences.Count - ownSentences.Distinct(StringComparer.Ordinal).Count();
            sentences += ownSentences.Count;
            duplicates += ownDuplicates;
            withDuplicates += ownDuplicates > 0 ? 1 : 0;

            var seen = new HashSet<string>(StringComparer.Ordinal);
            for (int i = RepeatLength; i <= own.Count; i++, grams++)
                repeats += seen.Add(string.Join(' ', own.GetRange(i - RepeatLength, RepeatLength))) ? 0 : 1;
        }
        return new TextDiagnostics(texts, Share(words, texts), distinctWords.Count, Share(distinctWords.Count, words), Share(distinctPairs.Count, pairs),
            Share(duplicates, sentences), Share(withDuplicates, texts), Share(repeats, grams));
    }

    /// <summary>The words of a text, lower case: runs of letters, marks and digits; an apostrophe or hyphen between two of them belongs to the word.</summary>
    public static List<string> Words(string text)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        Rune joiner = default;
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (IsWordPart(rune))
            {
                if (joiner != default)
                    word.Append(joiner.ToString());
                joiner = default;
                word.Append(Rune.ToLowerInvariant(rune).ToString());
            }
            else if (rune.Value is '\'' or '’' or '-' && word.Length > 0 && joiner == default)
            {
                joiner = rune;
            }
            else
            {
                Flush();
            }
        }
        Flush();
        return words;

        void Flush()
        {
            if (word.Length > 0)
                words.Add(word.ToString());
            word.Clear();
            joiner = default;
        }
    }

    // Sentences as their words, so that spacing and capitals do not hide a repetition. A full stop ends one only before white space: 2.5 does not.
    private static List<string> Sentences(string text)
    {
        var sentences = new List<string>();
        int start = 0;
        for (int i = 0; i <= text.Length; i++)
        {
            bool ends = i == text.Length || text[i] is '\n' or '!' or '?' or '。' or '！' or '？'
                || (text[i] == '.' && (i + 1 == text.Length || char.IsWhiteSpace(text[i + 1])));
            if (!ends)
                continue;
            string sentence = string.Join(' ', Words(text[start..i]));
            if (sentence.Length > 0)
                sentences.Add(sentence);
            start = i + 1;
        }
        return sentences;
    }

    private static bool IsWordPart(Rune rune) => Rune.IsLetterOrDigit(rune)
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;

    private static double Share(int part, int whole) => whole == 0 ? 0 : (double)part / whole;
}
