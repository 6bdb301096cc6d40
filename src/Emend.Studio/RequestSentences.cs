using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;

namespace Emend.Studio;

/// <summary>What the framework says of a request that it cannot read, as one sentence for its sender: without the names of our types and parameters.</summary>
internal static partial class RequestSentences
{
    private const int LongestShown = 200;
    private const string NoBody = "The body is missing, or is null; a JSON object is expected.";

    /// <summary>A body that is no JSON, or JSON of another shape.</summary>
    public static string Of(JsonException exception) => $"The body is not as expected at {exception.Path ?? "$"}: {Reason(exception)}";

    /// <summary>A part of the address, a header, or the body that is missing or of the wrong kind.</summary>
    public static string Of(BadHttpRequestException exception) => exception.Message switch
    {
        var message when Unbound().Match(message) is { Success: true } found => $"{found.Groups["name"]}: \"{found.Groups["value"]}\" cannot be read as what is expected there.",
        var message when message.StartsWith("Implicit body inferred", StringComparison.Ordinal) || message.EndsWith("was not provided from body.", StringComparison.Ordinal) => NoBody,
        var message when Missing().Match(message) is { Success: true } found => $"{found.Groups["name"]}: is missing in the {found.Groups["where"]}.",
        var message when message.StartsWith("Failed to read parameter", StringComparison.Ordinal) => "The body could not be read to its end as JSON.",
        var message => message,
    };

    /// <summary>A value in the address that could not be bound; which one, nobody says.</summary>
    public static string OfAddress(HttpRequest request)
    {
        string values = string.Join(", ", request.Query.Select(value => $"{value.Key}={value.Value}"));
        return values == "" ? "The request cannot be read." : $"A value in the address cannot be read as what is expected there: {(values.Length <= LongestShown ? values : $"{values[..LongestShown]}…")}.";
    }

    private static string Reason(JsonException exception)
    {
        string message = exception.Message;
        // The reader's own word stands behind that of the serializer.
        string reader = exception.InnerException?.Message ?? message;
        if (reader.Contains("UTF-16", StringComparison.Ordinal) || reader.Contains("UTF-8", StringComparison.Ordinal) || reader.Contains("surrogate", StringComparison.OrdinalIgnoreCase))
            return "half of a surrogate pair, or bytes that are not UTF-8; whole Unicode characters are expected.";
        if (message.Contains("uplicate", StringComparison.Ordinal))
            return $"a field{Named(message)} is there twice.";
        if (message.Contains("missing required properties", StringComparison.Ordinal))
            return $"what is needed is missing:{message[(message.IndexOf("including:", StringComparison.Ordinal) + "including:".Length)..].Split(" Path:")[0]}";
        if (message.Contains("could not be mapped to any", StringComparison.Ordinal))
            return $"a field{Named(message)} is not known there.";
        if (message.Contains("null", StringComparison.Ordinal) && message.Contains("parameter", StringComparison.Ordinal) || message.Contains("doesn't allow", StringComparison.Ordinal))
            return "null, where a value is expected.";
        if (message.Contains("could not be converted", StringComparison.Ordinal))
            return "a value of another type, a word that is none of those expected, or a number outside of its range.";
        // What is wrong with the JSON itself the reader says well.
        return message.Contains("Emend.", StringComparison.Ordinal) || message.Contains("System.", StringComparison.Ordinal) ? "a field is missing, unknown, or of the wrong type." : message.Split(" Path:")[0];
    }

    private static string Named(string message) => Quoted().Match(message) is { Success: true } found ? $" \"{found.Groups["name"]}\"" : "";

    [GeneratedRegex("""^Failed to bind parameter "(?:[^"]* )?(?<name>\w+)" from "(?<value>.*)"\.$""", RegexOptions.Singleline)]
    private static partial Regex Unbound();

    [GeneratedRegex("""^Required parameter "(?:[^"]* )?(?<name>[\w-]+)" was not provided from (?<where>[\w ]+)\.$""")]
    private static partial Regex Missing();

    [GeneratedRegex("'(?<name>[^']{1,100})'")]
    private static partial Regex Quoted();
}
