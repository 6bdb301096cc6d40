using System.Text.Json;

namespace Emend.Store;

/// <summary>Which responses of two sets answer the same.</summary>
public static class ResponsePairing
{
    /// <summary>Responses to the same values of the variables, the first of one side with the first of the other, and so on; in the order of A's.</summary>
    /// <param name="asked">What a response answers, see <see cref="Asked"/>.</param>
    public static List<(T A, T B)> Of<T>(IEnumerable<T> ofA, IEnumerable<T> ofB, Func<T, IReadOnlyDictionary<string, string>> asked)
    {
        string Key(T response) => JsonSerializer.Serialize(asked(response).OrderBy(value => value.Key, StringComparer.Ordinal).Select(value => new[] { value.Key, value.Value }));
        Dictionary<string, Queue<T>> left = ofB.GroupBy(Key).ToDictionary(group => group.Key, group => new Queue<T>(group));
        var pairs = new List<(T, T)>();
        foreach (T response in ofA)
        {
            if (left.TryGetValue(Key(response), out Queue<T>? others) && others.TryDequeue(out T? other))
                pairs.Add((response, other));
        }
        return pairs;
    }

    /// <summary>
    /// The values that were asked with, without the block that was injected, which its hash on record tells from the others: contexts are what may differ
    /// between two answers to one question.
    /// </summary>
    public static IReadOnlyDictionary<string, string> Asked(IReadOnlyDictionary<string, string> variables, string? contextHash) =>
        contextHash is null ? variables : variables.Where(value => StoreJson.Hash(value.Value) != contextHash).ToDictionary();
}
