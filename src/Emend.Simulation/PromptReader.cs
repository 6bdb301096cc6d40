using System.Collections.Immutable;

namespace Emend.Simulation;

/// <summary>
/// Reads a customer's message of the world back into the facts that it asks for, whoever sends it. Nothing is guessed: an opener, questions and a closer of
/// the phrase book, word for word, or it is no prompt of the world.
/// </summary>
internal static class PromptReader
{
    private const string Before = "Customer: ", After = "\nAssistant:\n";

    /// <summary>The facts asked for in the order of the message; null where the text is no prompt of the world.</summary>
    public static ImmutableArray<Fact>? Read(string text)
    {
        if (!text.StartsWith(Before, StringComparison.Ordinal) || !text.EndsWith(After, StringComparison.Ordinal) || text.Length < Before.Length + After.Length)
            return null;
        string message = text[Before.Length..^After.Length];
        string opener = PhraseBook.Openers.Where(phrase => message.StartsWith(phrase, StringComparison.Ordinal)).MaxBy(phrase => phrase.Length)!;
        string closer = PhraseBook.Closers.Where(phrase => message.EndsWith(phrase, StringComparison.Ordinal)).MaxBy(phrase => phrase.Length)!;
        if (opener.Length + closer.Length >= message.Length)
            return null;
        ImmutableArray<Fact>.Builder facts = ImmutableArray.CreateBuilder<Fact>();
        foreach (string question in Questions(message[opener.Length..^closer.Length]))
        {
            if (FactsOf(question) is not { } asked)
                return null;
            facts.AddRange(asked);
        }
        return facts.Count > 0 && facts.Distinct().Count() == facts.Count ? facts.ToImmutable() : null;
    }

    // Every question ends with a full stop or a question mark, and none has one inside.
    private static IEnumerable<string> Questions(string questions)
    {
        for (int start = 0; start < questions.Length;)
        {
            int end = questions.AsSpan(start).IndexOfAny('.', '?') + start + 1;
            end = end == start ? questions.Length : end;
            yield return questions[start..end];
            start = end < questions.Length && questions[end] == ' ' ? end + 1 : end;
        }
    }

    private static ImmutableArray<Fact>? FactsOf(string question)
    {
        if (question.Split([' ', '.', '?'], StringSplitOptions.RemoveEmptyEntries).FirstOrDefault(KnowledgeBase.IsProduct) is not string product)
            return null;
        string skeleton = string.Join(' ', question.Split(' ').Select(word => word.TrimEnd('.', '?') == product ? "{p}" + word[product.Length..] : word));
        return PhraseBook.AskedBy(skeleton) is { } attributes ? [.. attributes.Select(attribute => new Fact(product, attribute))] : null;
    }
}
