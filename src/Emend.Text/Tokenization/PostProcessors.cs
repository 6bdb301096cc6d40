using System.Text.Json;

namespace Emend.Text.Tokenization;

/// <summary>The special tokens that go around a text when they are asked for.</summary>
internal sealed record SpecialFrame(int[] Before, int[] After)
{
    public static readonly SpecialFrame None = new([], []);
}

/// <summary>The post-processors of a tokenizer.json, by their published names, for a single text (pairs are not used here).</summary>
internal static class PostProcessors
{
    public const string Supported = "TemplateProcessing, ByteLevel, BertProcessing, RobertaProcessing, Sequence";

    public static SpecialFrame Read(JsonPlace? place)
    {
        if (place is null)
            return SpecialFrame.None;
        string type = place.Text("type");
        switch (type)
        {
            case "ByteLevel": return SpecialFrame.None;
            case "TemplateProcessing": return ReadTemplate(place);
            case "BertProcessing" or "RobertaProcessing": return new SpecialFrame([IdOfPair(place, "cls")], [IdOfPair(place, "sep")]);
            case "Sequence":
                return place.Items("processors").Select(item => Read(item)).Aggregate(
                    SpecialFrame.None,
                    (inner, outer) => new SpecialFrame([.. outer.Before, .. inner.Before], [.. inner.After, .. outer.After]));
            default:
                throw place.Unsupported("post-processor", type, Supported);
        }
    }

    private static SpecialFrame ReadTemplate(JsonPlace place)
    {
        var before = new List<int>();
        var after = new List<int>();
        bool textSeen = false;
        foreach (JsonPlace piece in place.Items("single"))
        {
            if (piece.Has("Sequence"))
            {
                if (textSeen)
                    throw piece.Wrong("Sequence", "the text stands twice in the template for a single text.");
                textSeen = true;
                continue;
            }
            string name = piece.Object("SpecialToken").Text("id");
            JsonPlace known = place.Object("special_tokens");
            if (!known.Has(name))
                throw piece.Wrong("SpecialToken.id", $"\"{name}\" is not in special_tokens.");
            List<int> target = textSeen ? after : before;
            foreach (JsonElement id in known.Object(name).Elements("ids"))
                target.Add(id.TryGetInt32(out int number) ? number : throw known.Wrong(name, $"{JsonPlace.Kind(id)} is not an id."));
        }
        return textSeen ? new SpecialFrame([.. before], [.. after]) : throw place.Wrong("single", "the template has no place for the text.");
    }

    private static int IdOfPair(JsonPlace place, string name)
    {
        JsonElement[] pair = [.. place.Elements(name)];
        return pair.Length == 2 && pair[1].ValueKind == JsonValueKind.Number && pair[1].TryGetInt32(out int id)
            ? id
            : throw place.Wrong(name, "is not a pair of a token and its id.");
    }
}
