using System.Text.Json;

namespace Emend.Text;

/// <summary>What System.Text.Json says of a text, as it concerns a person: without names of types.</summary>
public static class JsonFaults
{
    private static readonly (string Type, string Meant)[] Meant =
    [
        ("Double", "a number"), ("Int32", "a whole number"), ("Int64", "a whole number"), ("Boolean", "true or false"), ("String", "a text"),
    ];

    /// <summary>The key that an object holds twice; null where that is not what is wrong.</summary>
    public static string? RepeatedKey(JsonException problem) =>
        problem.Message.StartsWith("Duplicate propert", StringComparison.Ordinal) ? Quoted(problem.Message) ?? "" : null;

    /// <summary>"is not a number", say, where a value does not fit; "is no field of it"; "is missing". The place is the exception's own path.</summary>
    public static string Sentence(JsonException problem)
    {
        string message = problem.Message;
        if (RepeatedKey(problem) is { } key)
            return $"\"{key}\" stands in it twice";
        if (message.Contains("could not be mapped", StringComparison.Ordinal))
            return $"\"{Quoted(message)}\" is no field of it";
        if (message.Contains("missing required", StringComparison.Ordinal))
            return $"{Listed(message)} is missing";
        if (message.Contains("doesn't allow null", StringComparison.Ordinal) || message.Contains("doesn't allow setting null", StringComparison.Ordinal))
            return "null stands where a value is expected";
        const string converted = "could not be converted to ";
        int at = message.IndexOf(converted, StringComparison.Ordinal);
        if (at >= 0)
            return $"is not {MeantBy(message[(at + converted.Length)..])}";
        int tail = message.IndexOf(" Path:", StringComparison.Ordinal);
        if (tail < 0)
            tail = message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return (tail < 0 ? message : message[..tail]).TrimEnd('.');
    }

    // "System.Nullable`1[System.Double]. Path: $.temperature | LineNumber: 0 | …"
    private static string MeantBy(string type)
    {
        int end = type.IndexOf(". ", StringComparison.Ordinal);
        type = end < 0 ? type : type[..end];
        bool isList = type.Contains("List`", StringComparison.Ordinal) || type.EndsWith("[]", StringComparison.Ordinal);
        return isList ? "a list" : Meant.FirstOrDefault(one => type.Contains($"System.{one.Type}", StringComparison.Ordinal)).Meant ?? "an object with the fields that are expected";
    }

    private static string? Quoted(string message) => message.Split('\'') is [_, var name, _, ..] ? name : null;

    // "… missing required properties including: 'template', 'x'."
    private static string Listed(string message) => string.Join(", ", message[message.IndexOf("including:", StringComparison.Ordinal)..].Split('\'').Where((_, i) => i % 2 == 1).Select(name => $"\"{name}\""));
}
