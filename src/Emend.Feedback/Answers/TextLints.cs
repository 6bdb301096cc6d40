using System.Text.RegularExpressions;

namespace Emend.Feedback;

/// <summary>What is suspicious about a text that a person wrote, whatever it says.</summary>
internal static class TextLints
{
    // Not backtracking: time is linear in the text whatever the text is.
    private static readonly Regex Links = new(@"https?://|www\.", RegexOptions.IgnoreCase | RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
    private static readonly Regex Personal = new(@"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+\.[A-Za-z]{2,}|\+?[0-9][0-9 ()/-]{7,}[0-9]", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    /// <summary>Links, mail addresses and telephone numbers that the edited text has and the original has not.</summary>
    public static IEnumerable<AnswerWarning> Added(string original, string edited)
    {
        if (Links.Count(edited) > Links.Count(original))
            yield return new AnswerWarning("link-added", "a link was added");
        if (Personal.Matches(edited).Any(match => !original.Contains(match.Value, StringComparison.Ordinal)))
            yield return new AnswerWarning("personal-data", "what looks like a mail address or a telephone number was added");
    }

    public static bool SameButForWhiteSpace(string original, string edited) =>
        original.Where(unit => !char.IsWhiteSpace(unit)).SequenceEqual(edited.Where(unit => !char.IsWhiteSpace(unit)));
}
