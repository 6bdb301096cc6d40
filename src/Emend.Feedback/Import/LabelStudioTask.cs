// A task: `id`, `data`, `annotations` (each with `result`, `was_cancelled`, `completed_by`), `drafts`, `predictions`. Names of controls come
// from the project's own labelling page. Who annotated is a number or an object with an address; only the number is kept.
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Emend.Feedback;

internal static class LabelStudioTask
{
    public static FeedbackItem? Row(RowReader reader, ForeignMapping mapping)
    {
        string id = ForeignItems.Id(reader, "id");
        if (reader.Required("data", "an object") is not JsonElement data || !reader.Is(data, JsonValueKind.Object, "data", "an object"))
            return null;
        JsonElement? annotations = reader.Optional("annotations"), predictions = reader.Optional("predictions");
        foreach (string field in (string[])["drafts", "project", "created_at", "updated_at", "meta", "file_upload", "updated_by", "inner_id", "total_annotations", "cancelled_annotations", "total_predictions"])
            reader.Optional(field);
        string? edited = mapping.Edited is string control && annotations is JsonElement list ? Edited(reader, list, control) : null;
        (string, JsonElement)? Field(string name) => data.TryGetProperty(name, out JsonElement value) ? ($"data.{name}", value) : null;
        return ForeignItems.Item(reader, id, mapping, Field, edited,
            () => [KeyValuePair.Create("labelStudio", ForeignItems.Kept(("annotations", annotations is JsonElement given ? WithoutAddresses(given) : null), ("predictions", predictions))),
                .. data.EnumerateObject().Select(field => KeyValuePair.Create(field.Name, field.Value)), .. reader.Rest().Fields]);
    }

    /// <summary>The text of the control in the first annotation that was not skipped.</summary>
    private static string? Edited(RowReader reader, JsonElement annotations, string control)
    {
        foreach ((string path, JsonElement annotation) in reader.Elements("annotations", annotations))
        {
            if (annotation.ValueKind == JsonValueKind.Object && annotation.TryGetProperty("was_cancelled", out JsonElement skipped) && skipped.ValueKind == JsonValueKind.True)
                continue;
            if (reader.Member(path, annotation, "result", "an array") is not JsonElement result)
                return null;
            foreach ((string at, JsonElement part) in reader.Elements($"{path}.result", result))
            {
                if (part.ValueKind != JsonValueKind.Object || !part.TryGetProperty("from_name", out JsonElement name) || name.ValueKind != JsonValueKind.String || name.GetString() != control)
                    continue;
                if (reader.Member(at, part, "value", "an object") is not JsonElement value || reader.Member($"{at}.value", value, "text", "a list with one text") is not JsonElement text)
                    return null;
                (string Path, JsonElement Value)[] texts = text.ValueKind == JsonValueKind.String ? [($"{at}.value.text", text)] : [.. reader.Elements($"{at}.value.text", text)];
                if (texts.Length == 1)
                    return reader.Text(texts[0].Path, texts[0].Value);
                reader.Problem($"{at}.value.text", $"has {texts.Length} texts; one edited text is expected");
                return null;
            }
        }
        return null;
    }

    private static JsonElement WithoutAddresses(JsonElement annotations)
    {
        JsonNode node = JsonNode.Parse(annotations.GetRawText())!;
        foreach (JsonObject annotation in (node as JsonArray ?? []).OfType<JsonObject>())
        {
            if (annotation["completed_by"] is JsonObject person)
                annotation["completed_by"] = person["id"]?.DeepClone();
        }
        return JsonSerializer.SerializeToElement(node);
    }
}
