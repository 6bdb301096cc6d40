using Emend.Text;

namespace Emend.Feedback.Context;

/// <summary>A piece of a document: the headings that it stands under, outermost first, and its text.</summary>
/// <param name="Position">0, 1, 2, … in the document.</param>
/// <param name="Tokens">Tokens of the text, by the counter that it was split with.</param>
public sealed record DocumentChunk(int Position, string Heading, string Text, int Tokens);

/// <summary>How many tokens a text has: of a model's tokenizer, or a guess on the safe side where none is at hand.</summary>
public sealed class TokenCounter
{
    private readonly Tokenizer? _tokenizer;

    private TokenCounter(Tokenizer? tokenizer) => _tokenizer = tokenizer;

    /// <summary>One token for every three bytes of UTF-8: more than byte-level tokenizers take for prose.</summary>
    public static TokenCounter Guess { get; } = new(null);

    public static TokenCounter Of(Tokenizer tokenizer) => new(tokenizer);

    /// <summary>"tokenizer SHA" or "bytes/3": what a budget was counted with.</summary>
    public string Name => _tokenizer is null ? "bytes/3" : $"tokenizer {_tokenizer.Sha256}";

    public int Count(string text) => _tokenizer is null ? (System.Text.Encoding.UTF8.GetByteCount(text) + 2) / 3 : _tokenizer.Encode(text).Length;
}

/// <summary>Cuts a document where its author did: at headings, then at paragraphs, then at lines, sentences and words, as far as needed.</summary>
public static class DocumentSplitter
{
    public const int DefaultMostTokens = 400;

    /// <summary>Pieces of at most the given number of tokens, in order; no piece crosses a heading. Apart from white space between pieces nothing is lost.</summary>
    public static IReadOnlyList<DocumentChunk> Split(string text, TokenCounter counter, int mostTokens = DefaultMostTokens)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(mostTokens, 16);
        var chunks = new List<DocumentChunk>();
        foreach ((string heading, string body) in Sections(text))
        {
            string open = "";
            foreach (string part in Parts(body, counter, mostTokens))
            {
                string joined = open == "" ? part : $"{open}\n\n{part}";
                if (open != "" && counter.Count(joined) > mostTokens)
                {
                    Add(open);
                    open = part;
                }
                else
                {
                    open = joined;
                }
            }
            if (open != "")
                Add(open);

            void Add(string piece) => chunks.Add(new DocumentChunk(chunks.Count, heading, piece, counter.Count(piece)));
        }
        return chunks;
    }

    private static IEnumerable<(string Heading, string Body)> Sections(string text)
    {
        var path = new List<(int Level, string Title)>();
        var body = new List<string>();
        bool fenced = false;
        foreach (string line in text.Split('\n'))
        {
            if (line.StartsWith("```", StringComparison.Ordinal) || line.StartsWith("~~~", StringComparison.Ordinal))
                fenced = !fenced;
            int level = fenced ? 0 : line.TakeWhile(unit => unit == '#').Count();
            if (level is 0 or > 6 || line.Length == level || line[level] != ' ')
            {
                body.Add(line);
                continue;
            }
            if (body.Any(each => !string.IsNullOrWhiteSpace(each)))
                yield return (Joined(path), string.Join('\n', body));
            body.Clear();
            path.RemoveAll(heading => heading.Level >= level);
            path.Add((level, line[level..].Trim().TrimEnd('#').TrimEnd()));
        }
        if (body.Any(each => !string.IsNullOrWhiteSpace(each)))
            yield return (Joined(path), string.Join('\n', body));
    }

    private static string Joined(List<(int Level, string Title)> path) => string.Join(" > ", path.Select(heading => heading.Title));

    // Paragraphs; what is too long at lines, then behind sentences, then between words, then anywhere.
    private static IEnumerable<string> Parts(string body, TokenCounter counter, int most) =>
        body.Split("\n\n").Select(part => part.Trim('\n')).Where(part => !string.IsNullOrWhiteSpace(part)).SelectMany(part => Fitting(part, counter, most, 0));

    private static IEnumerable<string> Fitting(string part, TokenCounter counter, int most, int depth)
    {
        if (counter.Count(part) <= most || part.Length < 2)
            return [part];
        int cut = Cut(part, depth);
        if (cut <= 0 || cut >= part.Length)
            return depth < 3 ? Fitting(part, counter, most, depth + 1) : [part];
        return Fitting(part[..cut].TrimEnd(), counter, most, depth).Concat(Fitting(part[cut..].TrimStart(), counter, most, depth)).Where(each => each != "");
    }

    // The cut nearest to the middle, so that pieces are of a size.
    private static int Cut(string part, int depth)
    {
        int middle = part.Length / 2, best = -1;
        for (int i = 1; i < part.Length; i++)
        {
            bool fits = depth switch
            {
                0 => part[i - 1] == '\n',
                1 => part[i] == ' ' && part[i - 1] is '.' or '!' or '?' or '。',
                2 => char.IsWhiteSpace(part[i]),
                _ => !char.IsLowSurrogate(part[i]),
            };
            if (fits && (best < 0 || Math.Abs(i - middle) < Math.Abs(best - middle)))
                best = i;
        }
        return best;
    }
}
