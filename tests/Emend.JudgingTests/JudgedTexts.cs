using System.Text.RegularExpressions;

namespace Emend.JudgingTests;

/// <summary>What a scripted judge sees: the texts between the marks, and what stands outside of them.</summary>
internal sealed partial record JudgedTexts(string Prompt, string A, string B, string Outside)
{
    public static JudgedTexts Of(string[] messages)
    {
        string mark = MarkInSystem().Match(messages[0]).Groups[1].Value;
        string Between(string name)
        {
            string begin = $"[{mark} {name} begins]\n", end = $"\n[{mark} {name} ends]";
            int start = messages[1].IndexOf(begin, StringComparison.Ordinal) + begin.Length;
            return messages[1][start..messages[1].IndexOf(end, start, StringComparison.Ordinal)];
        }
        (string prompt, string a, string b) = (Between("prompt"), Between("response A"), Between("response B"));
        int last = messages[1].LastIndexOf($"[{mark} response B ends]", StringComparison.Ordinal);
        return new JudgedTexts(prompt, a, b, messages[0] + messages[1][last..]);
    }

    [GeneratedRegex("the mark ([0-9a-f]{16})")]
    private static partial Regex MarkInSystem();
}
