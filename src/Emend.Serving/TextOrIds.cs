using System.Text.Json;

namespace Emend.Serving;

/// <summary>A text as it is, or as token ids; one of them is null.</summary>
internal sealed record TextOrIds(string? Text, int[]? Ids)
{
    /// <summary>A string, a list of strings, a list of token ids, or a list of such lists.</summary>
    public static IReadOnlyList<TextOrIds> ReadSeveral(RequestFields fields, string field, int most)
    {
        JsonElement? given = fields.Find(field);
        if (given is { ValueKind: JsonValueKind.String } text)
            return [new TextOrIds(fields.TextOf(text, field), null)];
        var several = new List<TextOrIds>();
        if (given is not { ValueKind: JsonValueKind.Array } list || list.GetArrayLength() == 0)
        {
            fields.Problem(field, "must be a string, a list of strings, a list of token ids, or a list of such lists");
            return several;
        }
        if (list[0].ValueKind == JsonValueKind.Number)
            return [new TextOrIds(null, ReadIds(fields, list, field))];
        if (list.GetArrayLength() > most)
            fields.Problem(field, $"has {list.GetArrayLength()} texts; at most {most} are taken at once");
        int index = 0;
        foreach (JsonElement item in list.EnumerateArray().Take(most))
        {
            string place = $"{field}[{index++}]";
            several.Add(item.ValueKind == JsonValueKind.Array ? new TextOrIds(null, ReadIds(fields, item, place)) : new TextOrIds(fields.TextOf(item, place), null));
        }
        return several;
    }

    private static int[] ReadIds(RequestFields fields, JsonElement list, string field)
    {
        int[] ids = new int[list.GetArrayLength()];
        int index = 0;
        foreach (JsonElement item in list.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Number || !item.TryGetInt32(out ids[index]))
            {
                fields.Problem($"{field}[{index}]", $"is {RequestFields.Shown(item)}, not a token id");
                break;
            }
            index++;
        }
        return ids;
    }
}
