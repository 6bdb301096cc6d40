// Format: docs/formats/judging.md, "Pairs". A file is one kind throughout; its first row says which.
using System.Text.Json;
using Emend.Text;

namespace Emend.Feedback;

/// <summary>Two responses to one prompt, not yet judged, or judged by a person.</summary>
/// <param name="Human">What a person said: "a", "b" or "tie"; null where nobody did, or only a program.</param>
public sealed record ResponsePair(string Id, string Prompt, string A, string B, string? Human = null)
{
    /// <summary>The line of the file it came from, for later messages; 0 where it came from no file.</summary>
    public int Line { get; init; }

    /// <summary>Which model or version gave each response, and what the prompt tries them in; null where the row does not say.</summary>
    public string? ModelA { get; init; }
    public string? ModelB { get; init; }
    public string? Aspect { get; init; }
}

/// <summary>
/// Reads pairs to be judged: `prompt`, `a`, `b`; or edit rows (response against edited), or AlpacaFarm's or trainers' preferences, whose verdict counts as
/// a person's, unless the row says that an AI or a simulated annotator gave it (`source`).
/// </summary>
public static class ResponsePairs
{
    private static readonly string[] Verdicts = ["a", "b", "tie"];

    /// <summary>All rows of a file, or none. A row without id is named after its line.</summary>
    /// <exception cref="InvalidInputException">The file, or any of its rows, is not as docs/formats/judging.md says: every problem with its line and field.</exception>
    public static IReadOnlyList<ResponsePair> Read(string path)
    {
        Func<RowReader, ResponsePair?>? kind = null;
        return [.. NamedRows.Stream(path, reader =>
        {
            kind ??= KindOf(reader);
            if (kind(reader) is not { } pair)
                return null;
            string? source = reader.Optional("source") is { ValueKind: JsonValueKind.String } word ? word.GetString() : null;
            return pair with { Human = FeedbackSources.IsPerson(source) ? pair.Human : null, Line = reader.Line };
        }, pair => pair.Id)];
    }

    private static Func<RowReader, ResponsePair?> KindOf(RowReader first) =>
        first.Has("edited") ? Edit
        : first.Has("output_1") ? reader => Preferred(AlpacaFarmPair.Row(reader))
        : first.Has("chosen") ? reader => Preferred(PromptChosenRejected.Row(reader))
        : Pair;

    private static ResponsePair? Pair(RowReader reader)
    {
        string id = reader.OptionalText("id") ?? reader.DefaultId;
        string? prompt = reader.Text("prompt"), a = reader.Text("a"), b = reader.Text("b"), human = reader.OptionalText("human");
        if (human is not null && !Verdicts.Contains(human))
            reader.Problem("human", $"\"{human}\" is not a verdict (a, b, tie)");
        string? modelA = reader.OptionalText("model_a"), modelB = reader.OptionalText("model_b"), aspect = reader.OptionalText("aspect");
        if (modelA is null != modelB is null)
            reader.Problem(modelA is null ? "model_a" : "model_b", "is missing, where the other response has its model; both are named, or neither");
        return prompt is null || a is null || b is null ? null : new ResponsePair(id, prompt, a, b, human) { ModelA = modelA, ModelB = modelB, Aspect = aspect };
    }

    private static ResponsePair? Edit(RowReader reader)
    {
        string id = reader.OptionalText("id") ?? reader.DefaultId;
        string? prompt = reader.Text("prompt"), response = reader.Text("response"), edited = reader.Text("edited");
        return prompt is null || response is null || edited is null ? null : new ResponsePair(id, prompt, response, edited, response == edited ? "tie" : "b");
    }

    /// <summary>The chosen response stands second in every other row, so that a judge that takes no notice of a text agrees by chance alone.</summary>
    private static ResponsePair? Preferred(Preference? preference) => preference is null ? null
        : preference.Id.Sum(letter => letter) % 2 == 0
            ? new ResponsePair(preference.Id, preference.Prompt.Text, preference.Chosen.Text, preference.Rejected.Text, "a")
            : new ResponsePair(preference.Id, preference.Prompt.Text, preference.Rejected.Text, preference.Chosen.Text, "b");
}
