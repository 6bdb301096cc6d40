using System.Text.Json;

namespace Emend.Store;

/// <summary>Which responses of two versions answer the same.</summary>
public static class ResponsePairing
{
    /// <summary>Responses to the same values of the variables, the first of one side with the first of the other, and so on; in the order of A's.</summary>
    public static List<(T A, T B)> Of<T>(IEnumerable<T> ofA, IEnumerable<T> ofB, Func<T, IReadOnlyDictionary<string, string>> values)
    {
        string Key(T response) => JsonSerializer.Serialize(values(response).OrderBy(value => value.Key, StringComparer.Ordinal).Select(value => new[] { value.Key, value.Value }));
        Dictionary<string, Queue<T>> left = ofB.GroupBy(Key).ToDictionary(group => group.Key, group => new Queue<T>(group));
        var pairs = new List<(T, T)>();
        foreach (T response in ofA)
        {
            if (left.TryGetValue(Key(response), out Queue<T>? others) && others.TryDequeue(out T? other))
                pairs.Add((response, other));
        }
        return pairs;
    }
}
