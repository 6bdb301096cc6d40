// A record: `id`, `fields`, `metadata`, `suggestions`, `responses`, `vectors`. Flattened, fields and metadata stand at the top and questions are
// keys like "corrected.responses", "corrected.responses.status". The nested form does not say which responses were submitted; flattened does.
using System.Text.Json;

namespace Emend.Feedback;

internal static class ArgillaRecord
{
    private const string Submitted = "submitted";

    public static FeedbackItem? Row(RowReader reader, ForeignMapping mapping)
    {
        string id = ForeignItems.Id(reader, "id");
        JsonElement? fields = reader.Optional("fields"), metadata = reader.Optional("metadata"), responses = reader.Optional("responses"), suggestions = reader.Optional("suggestions");
        reader.Optional("vectors");         // numbers of a search index: nothing to keep
        if (fields is JsonElement nested && !reader.Is(nested, JsonValueKind.Object, "fields", "an object"))
            return null;
        string? edited = mapping.Edited is string question ? fields is null ? Flattened(reader, question) : Nested(reader, responses, question) : null;
        (string, JsonElement)? Field(string name) =>
            fields is JsonElement all && all.TryGetProperty(name, out JsonElement inside) ? ($"fields.{name}", inside)
            : metadata is { ValueKind: JsonValueKind.Object } meta && meta.TryGetProperty(name, out JsonElement said) ? ($"metadata.{name}", said)
            : fields is null && reader.Optional(name) is JsonElement top ? (name, top) : null;
        IEnumerable<KeyValuePair<string, JsonElement>> own = fields is JsonElement each ? each.EnumerateObject().Select(field => KeyValuePair.Create(field.Name, field.Value)) : [];
        IEnumerable<KeyValuePair<string, JsonElement>> meta = metadata is { ValueKind: JsonValueKind.Object } said ? said.EnumerateObject().Select(field => KeyValuePair.Create(field.Name, field.Value)) : [];
        return ForeignItems.Item(reader, id, mapping, Field, edited,
            () => [KeyValuePair.Create("argilla", ForeignItems.Kept(("responses", responses), ("suggestions", suggestions))), .. own, .. meta, .. reader.Rest().Fields]);
    }

    // The first answer stands for all; who gave it is kept beside.
    private static string? Nested(RowReader reader, JsonElement? responses, string question)
    {
        if (responses is not JsonElement given || !reader.Is(given, JsonValueKind.Object, "responses", "an object") || !given.TryGetProperty(question, out JsonElement answers))
            return null;
        foreach ((string path, JsonElement answer) in reader.Elements($"responses.{question}", answers))
        {
            if (answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty("status", out JsonElement status) && status.ValueKind == JsonValueKind.String && status.GetString() != Submitted)
                continue;
            return reader.Member(path, answer, "value", "a string") is JsonElement value ? reader.Text($"{path}.value", value) : null;
        }
        return null;
    }

    private static string? Flattened(RowReader reader, string question)
    {
        if (reader.Optional($"{question}.responses") is not JsonElement answers)
            return null;
        JsonElement[] statuses = reader.Optional($"{question}.responses.status") is { ValueKind: JsonValueKind.Array } list ? [.. list.EnumerateArray()] : [];
        int at = 0;
        foreach ((string path, JsonElement value) in reader.Elements($"{question}.responses", answers))
        {
            if (at >= statuses.Length || statuses[at].ValueKind != JsonValueKind.String || statuses[at].GetString() == Submitted)
                return reader.Text(path, value);
            at++;
        }
        return null;
    }
}
