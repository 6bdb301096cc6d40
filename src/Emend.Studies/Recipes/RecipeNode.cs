using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Emend.Studies.Recipes;

/// <summary>A piece of a recipe file before it is bound to a type. Lines count from 1.</summary>
internal abstract record RecipeNode(int Line);

/// <summary>One value. Quoted says that it stood in quotes or in a block, so that it can be nothing but a text.</summary>
internal sealed record RecipeScalar(int Line, string Value, bool Quoted) : RecipeNode(Line)
{
    public bool IsNull => !Quoted && Value is "" or "~" or "null" or "Null" or "NULL";
}

internal sealed record RecipeList(int Line, IReadOnlyList<RecipeNode> Items) : RecipeNode(Line);

/// <summary>Entries in the order of the file; Line of an entry is the line of its key.</summary>
internal sealed record RecipeMapping(int Line, IReadOnlyList<(string Key, int Line, RecipeNode Value)> Entries) : RecipeNode(Line);

/// <summary>
/// YAML without what a recipe has no use for: anchors, aliases and tags are refused, and a file is one mapping. JSON passes, being YAML.
/// </summary>
internal sealed class RecipeParser
{
    private const int DeepestLevel = 32;

    private readonly IParser _parser;
    private readonly Action<int, string, string> _problem;

    private RecipeParser(string text, Action<int, string, string> problem) => (_parser, _problem) = (new Parser(new StringReader(text)), problem);

    /// <summary>The mapping of the file, or null where it is not even YAML; problems are reported as (line, path, what is wrong).</summary>
    public static RecipeMapping? Parse(string text, Action<int, string, string> problem)
    {
        try
        {
            return new RecipeParser(text, problem).Document();
        }
        catch (YamlException exception)
        {
            problem((int)exception.Start.Line, "", $"this is not YAML: {exception.Message.ReplaceLineEndings(" ")}");
            return null;
        }
    }

    private RecipeMapping? Document()
    {
        _parser.Consume<StreamStart>();
        if (!_parser.TryConsume<DocumentStart>(out _))
        {
            _problem(1, "", "the file is empty; a recipe is a mapping of keys to values, such as \"about: what this run shows\"");
            return null;
        }
        RecipeNode root = Node("", 0);
        _parser.Consume<DocumentEnd>();
        if (_parser.TryConsume<DocumentStart>(out var second))
            _problem((int)second.Start.Line, "", "a second document starts here; a recipe is one");
        if (root is RecipeMapping mapping)
            return mapping;
        _problem(root.Line, "", $"{Describe(root)} stands where a recipe needs a mapping of keys to values, such as \"about: what this run shows\"");
        return null;
    }

    private RecipeNode Node(string path, int level)
    {
        ParsingEvent start = _parser.Current ?? throw new YamlException("the file ends in the middle of a value");
        int line = (int)start.Start.Line;
        if (level > DeepestLevel)
            throw new YamlException(start.Start, start.End, $"values are nested more than {DeepestLevel} deep");
        if (start is AnchorAlias alias)
        {
            _parser.MoveNext();
            _problem(line, path, $"*{alias.Value} is an alias; recipes have none: write the value out");
            return new RecipeScalar(line, "", Quoted: false);
        }
        if (start is NodeEvent node)
        {
            if (!node.Anchor.IsEmpty)
                _problem(line, path, $"&{node.Anchor.Value} is an anchor; recipes have none: write the value out where it is needed");
            if (!node.Tag.IsEmpty)
                _problem(line, path, $"\"{node.Tag.Value}\" is a tag; recipes have none: the key says what type its value has");
        }
        if (_parser.TryConsume<Scalar>(out var scalar))
            return new RecipeScalar(line, scalar.Value, scalar.Style != ScalarStyle.Plain);
        return start is SequenceStart ? List(path, level, line) : Mapping(path, level, line);
    }

    private RecipeList List(string path, int level, int line)
    {
        _parser.Consume<SequenceStart>();
        var items = new List<RecipeNode>();
        while (!_parser.TryConsume<SequenceEnd>(out _))
            items.Add(Node($"{path}[{items.Count}]", level + 1));
        return new RecipeList(line, items);
    }

    private RecipeMapping Mapping(string path, int level, int line)
    {
        _parser.Consume<MappingStart>();
        var entries = new List<(string Key, int Line, RecipeNode Value)>();
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            RecipeNode key = Node(path, level + 1);
            string name = key is RecipeScalar scalar ? scalar.Value : "";
            string place = path.Length == 0 ? name : $"{path}.{name}";
            RecipeNode value = Node(place, level + 1);
            int first = entries.FindIndex(entry => entry.Key == name);
            if (key is not RecipeScalar)
                _problem(key.Line, path, $"{Describe(key)} stands where a key is expected");
            else if (first >= 0)
                _problem(key.Line, place, $"this key stands a second time, after line {entries[first].Line}; one of the two is expected");
            else
                entries.Add((name, key.Line, value));
        }
        return new RecipeMapping(line, entries);
    }

    /// <summary>What a person would call the value that stands there.</summary>
    public static string Describe(RecipeNode node) => node switch
    {
        RecipeMapping => "a mapping",
        RecipeList list => $"a list of {list.Items.Count}",
        RecipeScalar { IsNull: true } => "nothing",
        RecipeScalar { Quoted: true } scalar => $"the text \"{Shortened(scalar.Value)}\"",
        RecipeScalar scalar => Shortened(scalar.Value),
        _ => "something else",
    };

    private static string Shortened(string value) => value.Length <= 60 ? value : value[..60] + "…";
}
