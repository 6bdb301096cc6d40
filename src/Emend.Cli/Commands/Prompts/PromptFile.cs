using System.Globalization;
using System.Text.Json.Nodes;
using Emend.Feedback.Prompts;
using Emend.Text;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Emend.Cli.Commands.Prompts;

/// <summary>A version of a prompt in a file: JSON, or YAML without anchors, aliases and tags.</summary>
internal static class PromptFile
{
    private const long LargestBytes = 4 << 20;
    private const int DeepestLevel = 16;

    /// <exception cref="InvalidInputException">The file is not there, too large, or no version of a prompt.</exception>
    public static PromptContent Read(string file)
    {
        if (!File.Exists(file))
            throw new InvalidInputException($"{file}: there is no such file; a prompt as JSON or YAML is expected.");
        if (new FileInfo(file).Length > LargestBytes)
            throw new InvalidInputException($"{file}: has {new FileInfo(file).Length} bytes; at most {LargestBytes} are expected.");
        string text = File.ReadAllText(file);
        return PromptContent.Parse(Path.GetExtension(file) is ".yaml" or ".yml" ? FromYaml(file, text) : text, file);
    }

    private static string FromYaml(string file, string text)
    {
        try
        {
            var stream = new YamlStream();
            stream.Load(new StringReader(text));
            if (stream.Documents.Count != 1)
                throw new InvalidInputException($"{file}: holds {stream.Documents.Count} documents; one is expected.");
            return Node(file, stream.Documents[0].RootNode, 0)?.ToJsonString() ?? "null";
        }
        catch (YamlException problem)
        {
            throw new InvalidInputException($"{file}:{problem.Start.Line}: this is not YAML: {problem.Message.ReplaceLineEndings(" ")}");
        }
    }

    private static JsonNode? Node(string file, YamlNode node, int level)
    {
        if (level > DeepestLevel)
            throw new InvalidInputException($"{file}:{node.Start.Line}: values are nested more than {DeepestLevel} deep.");
        if (!node.Anchor.IsEmpty || !node.Tag.IsEmpty)
            throw new InvalidInputException($"{file}:{node.Start.Line}: anchors, aliases and tags are not read; write the value out.");
        return node switch
        {
            YamlMappingNode mapping => Object(file, mapping, level),
            YamlSequenceNode list => new JsonArray([.. list.Children.Select(child => Node(file, child, level + 1))]),
            YamlScalarNode scalar => Scalar(scalar),
            _ => throw new InvalidInputException($"{file}:{node.Start.Line}: a mapping, a list or a value is expected."),
        };
    }

    private static JsonObject Object(string file, YamlMappingNode mapping, int level)
    {
        var made = new JsonObject();
        foreach ((YamlNode key, YamlNode value) in mapping.Children)
            made.Add(((YamlScalarNode)key).Value ?? "", Node(file, value, level + 1));
        return made;
    }

    private static JsonValue? Scalar(YamlScalarNode scalar)
    {
        string value = scalar.Value ?? "";
        if (scalar.Style != ScalarStyle.Plain)
            return JsonValue.Create(value);
        return value switch
        {
            "" or "~" or "null" => null,
            "true" => JsonValue.Create(true),
            "false" => JsonValue.Create(false),
            _ when long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole) => JsonValue.Create(whole),
            _ when double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number) => JsonValue.Create(number),
            _ => JsonValue.Create(value),
        };
    }
}
