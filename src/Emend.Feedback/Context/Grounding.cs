namespace Emend.Feedback.Context;

/// <summary>How far an answer rests on the text that was injected, by its words alone: no model judges, so the number is the same each time.</summary>
/// <param name="Share">Content words of the answer that stand in the injected text, 0 to 1; null where the answer has none.</param>
/// <param name="Numbers">Numbers of the answer that do not stand there: the plainest sign of something made up.</param>
/// <param name="UngroundedSentences">Sentences of which less than half of the content words stand there.</param>
public sealed record GroundingReport(double? Share, IReadOnlyList<string> Numbers, IReadOnlyList<string> UngroundedSentences);

public static class Grounding
{
    private const int ShortestWord = 4;
    private const double Enough = 0.5;

    public static GroundingReport Of(string answer, string injected)
    {
        HashSet<string> known = [.. Words(injected)];
        string[] content = [.. Words(answer).Where(IsContent)];
        double? share = content.Length == 0 ? null : (double)content.Count(known.Contains) / content.Length;
        return new GroundingReport(share,
            [.. Words(answer).Where(word => char.IsDigit(word[0]) && !known.Contains(word)).Distinct()],
            [.. Sentences(answer).Where(sentence => Words(sentence).Where(IsContent).ToArray() is { Length: > 0 } words && (double)words.Count(known.Contains) / words.Length < Enough)]);
    }

    // Short words are grammar in most languages; numbers always count.
    private static bool IsContent(string word) => word.Length >= ShortestWord || char.IsDigit(word[0]);

    private static IEnumerable<string> Words(string text)
    {
        int start = -1;
        for (int i = 0; i <= text.Length; i++)
        {
            bool part = i < text.Length && (char.IsLetterOrDigit(text[i]) || start >= 0 && text[i] is '.' or ',' && i + 1 < text.Length && char.IsDigit(text[i - 1]) && char.IsDigit(text[i + 1]));
            if (part && start < 0)
                start = i;
            if (part || start < 0)
                continue;
            yield return text[start..i].ToLowerInvariant();
            start = -1;
        }
    }

    private static IEnumerable<string> Sentences(string text)
    {
        int start = 0;
        for (int i = 0; i < text.Length; i++)
        {
            bool end = text[i] is '\n' or '。' || text[i] is '.' or '!' or '?' && (i + 1 == text.Length || char.IsWhiteSpace(text[i + 1]));
            if (!end)
                continue;
            if (text[start..(i + 1)].Trim() is { Length: > 0 } sentence)
                yield return sentence;
            start = i + 1;
        }
        if (text[start..].Trim() is { Length: > 0 } rest)
            yield return rest;
    }
}
