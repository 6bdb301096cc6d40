using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Emend.Text;

/// <summary>A piece of YAML as the JSON that it says.</summary>
public static class YamlJson
{
    private static readonly JsonSerializerOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static JsonElement Element(YamlValue value) => JsonSerializer.SerializeToElement(Node(value));

    /// <summary>One line of JSON, the same for the same value.</summary>
    public static string Text(YamlValue value) => Node(value)?.ToJsonString(s_options) ?? "null";

    private static JsonNode? Node(YamlValue value) => value switch
    {
        YamlMapping mapping => new JsonObject(mapping.Entries.Select(entry => KeyValuePair.Create(entry.Key, Node(entry.Value)))),
        YamlList list => new JsonArray([.. list.Items.Select(Node)]),
        YamlScalar { IsNull: true } => null,
        YamlScalar { Quoted: true } scalar => scalar.Value,
        YamlScalar { Value: "true" } => true,
        YamlScalar { Value: "false" } => false,
        YamlScalar scalar when long.TryParse(scalar.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole) => whole,
        YamlScalar scalar when double.TryParse(scalar.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number) => number,
        YamlScalar scalar => scalar.Value,
        _ => null,
    };
}
