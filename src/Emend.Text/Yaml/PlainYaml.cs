using System.Text;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Emend.Text;

/// <summary>A piece of a YAML file before anybody has said what it means. Lines count from 1.</summary>
public abstract record YamlValue(int Line);

/// <summary>One value. Quoted says that it stood in quotes or in a block, so that it can be nothing but a text.</summary>
public sealed record YamlScalar(int Line, string Value, bool Quoted) : YamlValue(Line)
{
    public bool IsNull => !Quoted && Value is "" or "~" or "null" or "Null" or "NULL";
}

/// <summary>Values one after the other.</summary>
public sealed record YamlList(int Line, IReadOnlyList<YamlValue> Items) : YamlValue(Line);

/// <summary>Entries in the order of the file; Line of an entry is the line of its key.</summary>
public sealed record YamlMapping(int Line, IReadOnlyList<(string Key, int Line, YamlValue Value)> Entries) : YamlValue(Line);

/// <summary>
/// YAML without what our files have no use for: anchors, aliases and tags are refused, and a file is one mapping. JSON passes, being YAML.
/// </summary>
public sealed class PlainYaml
{
    private const int DeepestLevel = 32;

    private readonly IParser _parser;
    private readonly string _what;
    private readonly Action<int, string, string> _problem;

    private PlainYaml(string text, string what, Action<int, string, string> problem) => (_parser, _what, _problem) = (new Parser(new StringReader(text)), what, problem);

    /// <summary>The text of a file, without a byte order mark.</summary>
    /// <exception cref="InvalidInputException">It is not there, too large, or not UTF-8.</exception>
    public static string ReadFile(string path, string what, long largest)
    {
        InvalidInputException.ThrowIfNoFile(path, $"a {what} (YAML)");
        if (new FileInfo(path).Length > largest)
            throw new InvalidInputException($"{path}: {new FileInfo(path).Length} bytes; a {what} has at most {largest}");
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(File.ReadAllBytes(path)).TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException)
        {
            throw new InvalidInputException($"{path}: this is not text in UTF-8; a {what} (YAML) is expected");
        }
    }

    /// <summary>The mapping of the file, or null where it is not even YAML; problems are reported as (line, path, what is wrong).</summary>
    /// <param name="what">What the file is, as messages call it: "recipe".</param>
    public static YamlMapping? Parse(string text, string what, Action<int, string, string> problem)
    {
        try
        {
            return new PlainYaml(text, what, problem).Document();
        }
        catch (YamlException exception)
        {
            problem((int)exception.Start.Line, "", $"this is not YAML: {exception.Message.ReplaceLineEndings(" ")}");
            return null;
        }
    }

    private YamlMapping? Document()
    {
        _parser.Consume<StreamStart>();
        if (!_parser.TryConsume<DocumentStart>(out _))
        {
            _problem(1, "", $"the file is empty; a {_what} is a mapping of keys to values, such as \"about: what this {_what} is for\"");
            return null;
        }
        YamlValue root = Node("", 0);
        _parser.Consume<DocumentEnd>();
        if (_parser.TryConsume<DocumentStart>(out var second))
            _problem((int)second.Start.Line, "", $"a second document starts here; a {_what} is one");
        if (root is YamlMapping mapping)
            return mapping;
        _problem(root.Line, "", $"{Describe(root)} stands where a {_what} needs a mapping of keys to values, such as \"about: what this {_what} is for\"");
        return null;
    }

    private YamlValue Node(string path, int level)
    {
        ParsingEvent start = _parser.Current ?? throw new YamlException("the file ends in the middle of a value");
        int line = (int)start.Start.Line;
        if (level > DeepestLevel)
            throw new YamlException(start.Start, start.End, $"values are nested more than {DeepestLevel} deep");
        if (start is AnchorAlias alias)
        {
            _parser.MoveNext();
            _problem(line, path, $"*{alias.Value} is an alias; a {_what} has none: write the value out");
            return new YamlScalar(line, "", Quoted: false);
        }
        if (start is NodeEvent node)
        {
            if (!node.Anchor.IsEmpty)
                _problem(line, path, $"&{node.Anchor.Value} is an anchor; a {_what} has none: write the value out where it is needed");
            if (!node.Tag.IsEmpty)
                _problem(line, path, $"\"{node.Tag.Value}\" is a tag; a {_what} has none: the key says what type its value has");
        }
        if (_parser.TryConsume<Scalar>(out var scalar))
            return new YamlScalar(line, scalar.Value, scalar.Style != ScalarStyle.Plain);
        return start is SequenceStart ? List(path, level, line) : Mapping(path, level, line);
    }

    private YamlList List(string path, int level, int line)
    {
        _parser.Consume<SequenceStart>();
        var items = new List<YamlValue>();
        while (!_parser.TryConsume<SequenceEnd>(out _))
            items.Add(Node($"{path}[{items.Count}]", level + 1));
        return new YamlList(line, items);
    }

    private YamlMapping Mapping(string path, int level, int line)
    {
        _parser.Consume<MappingStart>();
        var entries = new List<(string Key, int Line, YamlValue Value)>();
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            YamlValue key = Node(path, level + 1);
            string name = key is YamlScalar scalar ? scalar.Value : "";
            string place = path.Length == 0 ? name : $"{path}.{name}";
            YamlValue value = Node(place, level + 1);
            int first = entries.FindIndex(entry => entry.Key == name);
            if (key is not YamlScalar)
                _problem(key.Line, path, $"{Describe(key)} stands where a key is expected");
            else if (first >= 0)
                _problem(key.Line, place, $"this key stands a second time, after line {entries[first].Line}; one of the two is expected");
            else
                entries.Add((name, key.Line, value));
        }
        return new YamlMapping(line, entries);
    }

    /// <summary>What a person would call the value that stands there.</summary>
    public static string Describe(YamlValue node) => node switch
    {
        YamlMapping => "a mapping",
        YamlList list => $"a list of {list.Items.Count}",
        YamlScalar { IsNull: true } => "nothing",
        YamlScalar { Quoted: true } scalar => $"the text \"{Shortened(scalar.Value)}\"",
        YamlScalar scalar => Shortened(scalar.Value),
        _ => "something else",
    };

    private static string Shortened(string value) => value.Length <= 60 ? value : value[..60] + "…";
}
