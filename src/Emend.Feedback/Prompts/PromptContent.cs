// Format: docs/formats/prompts.md.
using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Emend.Text;
using Utf8Encoding = System.Text.Encoding;

namespace Emend.Feedback.Prompts;

/// <summary>An answer that shows the model what is wanted. Both texts are taken as they are: braces in them name no variable.</summary>
public sealed record PromptExample(string Input, string Output);

/// <summary>How the model is asked; what is null is left to the model or its server.</summary>
public sealed record ModelSettings
{
    /// <summary>The name that the model is served under, or its folder.</summary>
    public string? Model { get; init; }

    public double? Temperature { get; init; }
    public double? TopP { get; init; }
    public int? MaxTokens { get; init; }
    public int? Seed { get; init; }

    /// <summary>Texts that end a response and do not belong to it.</summary>
    public IReadOnlyList<string> Stop { get; init; } = [];
}

/// <summary>
/// What one version of a prompt says: system message, template of the user's message with {{variables}}, examples before it, and settings of
/// the model. Two versions are the same where their hashes are.
/// </summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record PromptContent
{
    /// <summary>Longest text of a version, in UTF-16 code units.</summary>
    public const int LongestText = 200_000;

    private const int MostExamples = 100;
    private const int MostStops = 16;

    private static readonly JsonSerializerOptions Reading = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        MaxDepth = 16,
    };

    public string System { get; init; } = "";
    public required string Template { get; init; }
    public IReadOnlyList<PromptExample> Examples { get; init; } = [];
    public ModelSettings Settings { get; init; } = new();

    /// <summary>Names of the variables of system message and template, in the order in which they first come.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> Variables => [.. PromptTemplate.Parse(System).Variables.Concat(PromptTemplate.Parse(Template).Variables).Distinct()];

    /// <summary>Reads the JSON form; <paramref name="place"/> is what a refusal calls it.</summary>
    /// <exception cref="InvalidInputException">It is no JSON, has an unknown field, or breaks a rule: every problem is named.</exception>
    public static PromptContent Parse(string json, string place)
    {
        PromptContent content;
        try
        {
            content = (JsonSerializer.Deserialize<PromptContent>(json, Reading) ?? throw new InvalidInputException($"{place}: holds null; an object with a template is expected.")).Normalized();
        }
        catch (JsonException problem)
        {
            string where = problem.LineNumber is long line ? $"{place}:{line + 1}" : place;
            throw new InvalidInputException($"{where}: {(problem.Path is null or "$" ? "" : $"{problem.Path[2..]}: ")}{JsonFaults.Sentence(problem)}; an object with template, and optionally system, examples (input, output) and settings (model, temperature, topP, maxTokens, seed, stop) is expected.");
        }
        string[] problems = [.. content.Problems().Select(problem => $"{problem.Field}: {problem.Message}")];
        return problems.Length == 0 ? content : throw InvalidInputException.ForProblems(place, problems);
    }

    /// <summary>The one text that this content has: fields in a fixed order, what is not set left out, numbers in their shortest form, no white space.</summary>
    public string ToJson()
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            Write(json);
        return Utf8Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }

    /// <summary>SHA-256 of ToJson in UTF-8, hex.</summary>
    public string Hash() => Convert.ToHexStringLower(SHA256.HashData(Utf8Encoding.UTF8.GetBytes(ToJson())));

    /// <summary>The same with line ends as LF, so that the editor it was typed in does not change its hash.</summary>
    public PromptContent Normalized() => this with
    {
        System = Lines(System),
        Template = Lines(Template),
        Examples = [.. Examples.Select(example => new PromptExample(Lines(example.Input), Lines(example.Output)))],
    };

    /// <summary>Every rule broken.</summary>
    public IEnumerable<FieldProblem> Problems()
    {
        if (string.IsNullOrWhiteSpace(Template))
            yield return new("template", "is empty; the text of the user's message is expected");
        if (Examples.Count > MostExamples)
            yield return new("examples", $"has {Examples.Count} entries; at most {MostExamples} are expected");
        foreach (FieldProblem problem in Texts().SelectMany(text => TextProblems(text.Field, text.Text)))
            yield return problem;
        foreach (FieldProblem problem in PromptTemplate.Problems("system", System).Concat(PromptTemplate.Problems("template", Template)).Concat(SettingsProblems(Settings)))
            yield return problem;
    }

    private static IEnumerable<FieldProblem> SettingsProblems(ModelSettings settings)
    {
        if (settings.Model is not null && (settings.Model.Trim().Length is 0 or > 500 || settings.Model.Any(char.IsControl)))
            yield return new("settings.model", "1 to 500 characters without control characters are expected");
        if (settings.Temperature is not (null or (>= 0 and <= 10)))
            yield return new("settings.temperature", $"{settings.Temperature} is not between 0 and 10");
        if (settings.TopP is not (null or (> 0 and <= 1)))
            yield return new("settings.topP", $"{settings.TopP} is not above 0 and at most 1");
        if (settings.MaxTokens is not (null or (>= 1 and <= 1_000_000)))
            yield return new("settings.maxTokens", $"{settings.MaxTokens} is not between 1 and 1000000");
        if (settings.Stop.Count > MostStops || settings.Stop.Any(stop => stop is null || stop.Length is 0 or > 100))
            yield return new("settings.stop", $"at most {MostStops} texts of 1 to 100 characters are expected");
    }

    private static IEnumerable<FieldProblem> TextProblems(string field, string text)
    {
        if (text.Length > LongestText)
            yield return new(field, $"has {text.Length} characters; at most {LongestText} are expected");
        if (text.Contains('\0'))
            yield return new(field, "holds the character NUL, which is none");
        if (!IsWellFormed(text))
            yield return new(field, "holds half of a surrogate pair, which is no character");
    }

    private static bool IsWellFormed(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (char.IsHighSurrogate(text[i]) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
                i++;
            else if (char.IsSurrogate(text[i]))
                return false;
        }
        return true;
    }

    private IEnumerable<(string Field, string Text)> Texts() =>
        [("system", System), ("template", Template), .. Examples.SelectMany((example, i) => new[] { ($"examples[{i}].input", example.Input), ($"examples[{i}].output", example.Output) }),
            .. Settings.Stop.Select((stop, i) => ($"settings.stop[{i}]", stop ?? ""))];

    private void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        if (System != "")
            json.WriteString("system", System);
        json.WriteString("template", Template);
        if (Examples.Count > 0)
        {
            json.WriteStartArray("examples");
            foreach (PromptExample example in Examples)
            {
                json.WriteStartObject();
                json.WriteString("input", example.Input);
                json.WriteString("output", example.Output);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        WriteSettings(json);
        json.WriteEndObject();
    }

    private void WriteSettings(Utf8JsonWriter json)
    {
        json.WriteStartObject("settings");
        if (Settings.Model is not null)
            json.WriteString("model", Settings.Model);
        if (Settings.Temperature is double temperature)
            json.WriteNumber("temperature", temperature == 0 ? 0 : temperature);      // no "-0"
        if (Settings.TopP is double topP)
            json.WriteNumber("topP", topP);
        if (Settings.MaxTokens is int maxTokens)
            json.WriteNumber("maxTokens", maxTokens);
        if (Settings.Seed is int seed)
            json.WriteNumber("seed", seed);
        if (Settings.Stop.Count > 0)
        {
            json.WriteStartArray("stop");
            foreach (string stop in Settings.Stop)
                json.WriteStringValue(stop);
            json.WriteEndArray();
        }
        json.WriteEndObject();
    }

    private static string Lines(string text) => text.Replace("\r\n", "\n");
}
