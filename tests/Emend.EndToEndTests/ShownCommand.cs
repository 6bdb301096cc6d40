using System.Text;

namespace Emend.EndToEndTests;

/// <summary>A command line that a page shows in a fence marked <c>sh</c>, or <c>sh long</c> where running it takes too long or needs files that the checkout has not.</summary>
internal sealed record ShownCommand(string Page, int Line, string Text, bool IsLong)
{
    private const string Launcher = "./emend";

    /// <summary>Every line with ./emend in a sh fence of README, CONTRIBUTING and docs; lines continued with a backslash are joined.</summary>
    public static IReadOnlyList<ShownCommand> All() =>
        [.. Repository.Files("docs", ".md").Concat(["README.md", "CONTRIBUTING.md"]).SelectMany(Of)];

    /// <summary>The arguments after ./emend, up to a pipe or a redirection, with quotes taken off as a shell would.</summary>
    public string[] Arguments()
    {
        var arguments = new List<string>();
        var word = new StringBuilder();
        char quote = '\0';
        bool inWord = false;
        foreach (char letter in Text[(Text.IndexOf(Launcher, StringComparison.Ordinal) + Launcher.Length)..])
        {
            if (quote == '\0' && letter is '|' or '<' or '>' or '#')
                break;
            if (quote == '\0' && letter is '\'' or '"')
                (quote, inWord) = (letter, true);
            else if (letter == quote)
                quote = '\0';
            else if (quote != '\0' || letter != ' ')
                (_, inWord) = (word.Append(letter), true);
            else
                EndWord();
        }
        EndWord();
        return [.. arguments];

        void EndWord()
        {
            if (inWord)
                arguments.Add(word.ToString());
            word.Clear();
            inWord = false;
        }
    }

    public override string ToString() => $"{Page}:{Line}: {Text}";

    private static IEnumerable<ShownCommand> Of(string page)
    {
        string fence = "";
        string joined = "";
        string[] lines = Repository.Lines(page);
        for (int i = 0; i < lines.Length; i++)
        {
            if (lines[i].StartsWith("```", StringComparison.Ordinal))
            {
                fence = fence == "" ? lines[i][3..].Trim() + " " : "";
                continue;
            }
            if (!fence.StartsWith("sh ", StringComparison.Ordinal))
                continue;
            joined += lines[i];
            if (joined.EndsWith('\\'))
            {
                joined = joined[..^1];
                continue;
            }
            if (joined.Contains(Launcher, StringComparison.Ordinal))
                yield return new ShownCommand(page, i + 1, joined.Trim(), fence.Contains(" long ", StringComparison.Ordinal));
            joined = "";
        }
    }
}
