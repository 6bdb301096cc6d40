// Format: docs/formats/edits.md, "Rankings".
using System.Collections.Immutable;
using System.Text.Json;
using Emend.Text;

namespace Emend.Feedback;

/// <summary>Reads files of K-wise judgements, one JSON object per line.</summary>
public static class Rankings
{
    private static readonly string[] Kinds = ["ranks", "ranking_best_first", "pairs"];

    /// <summary>
    /// All rows of a file, or none. A row has `prompt`, `responses` (two or more strings), optionally `origin` and `annotator`, and one
    /// of: `ranks` (one number per response, 1 is best, ties allowed), `ranking_best_first` (indices), `pairs` ({a, b, preferred or null}).
    /// </summary>
    /// <exception cref="InvalidInputException">The file, or any of its rows, is not as said: every problem with its line and field.</exception>
    public static IReadOnlyList<RankedResponses> Read(string path)
    {
        var problems = new Problems(path);
        var rows = new List<RankedResponses>();
        foreach (JsonRow json in JsonRows.Read(path, problems))
        {
            if (Row(new RowReader(json, problems)) is RankedResponses row)
                rows.Add(row);
        }
        problems.ThrowIfAny();
        return rows;
    }

    private static RankedResponses? Row(RowReader reader)
    {
        string id = reader.OptionalText("id") ?? reader.DefaultId;
        string group = reader.OptionalText("group") ?? id;
        string? prompt = reader.Text("prompt");
        ImmutableArray<string>? texts = Texts(reader, "responses");
        ImmutableArray<string>? origins = reader.Has("origin") ? Texts(reader, "origin") : null;
        string? annotator = reader.OptionalText("annotator");
        if (texts is not { Length: >= 2 } responses)
        {
            if (texts is not null)
                reader.Problem("responses", $"has {texts.Value.Length} texts; two or more are expected");
            return null;
        }
        if (origins is { } named && named.Length != responses.Length)
            reader.Problem("origin", $"has {named.Length} names for {responses.Length} responses; one each is expected");
        ImmutableArray<Comparison>? comparisons = Comparisons(reader, responses.Length);
        if (prompt is null || comparisons is null)
            return null;
        return new RankedResponses(id, group, new Prompt(prompt), [.. responses.Select((text, i) => new Response(text, origins?.ElementAtOrDefault(i)))], comparisons.Value)
        {
            Annotator = annotator,
            NewlinesNormalized = reader.NewlinesNormalized,
            Line = reader.Line,
        };
    }

    private static ImmutableArray<string>? Texts(RowReader reader, string field)
    {
        if (reader.Required(field, "a list of strings") is not JsonElement list)
            return null;
        string?[] texts = [.. reader.Elements(field, list).Select(element => reader.Text(element.Path, element.Value))];
        return texts.Contains(null) || list.ValueKind != JsonValueKind.Array ? null : [.. texts!];
    }

    private static ImmutableArray<Comparison>? Comparisons(RowReader reader, int count)
    {
        string[] present = [.. Kinds.Where(reader.Has)];
        if (present.Length != 1)
        {
            reader.Problem(present.Length == 0 ? Kinds[0] : present[1], present.Length == 0
                ? $"is missing; one of {string.Join(", ", Kinds)} is expected"
                : $"stands beside {present[0]}; only one of {string.Join(", ", Kinds)} is expected");
            return null;
        }
        JsonElement value = reader.Required(present[0], "a list")!.Value;
        return present[0] switch
        {
            "ranks" => Ranks(reader, value, count) is int[] ranks ? RankedResponses.FromRanks(ranks) : null,
            "ranking_best_first" => Order(reader, value, count) is int[] ranks ? RankedResponses.FromRanks(ranks) : null,
            _ => Pairs(reader, value, count),
        };
    }

    private static int[]? Ranks(RowReader reader, JsonElement list, int count) => Numbers(reader, "ranks", list, count, 1, count);

    private static int[]? Order(RowReader reader, JsonElement list, int count)
    {
        if (Numbers(reader, "ranking_best_first", list, count, 0, count - 1) is not int[] order)
            return null;
        if (order.Distinct().Count() != count)
        {
            reader.Problem("ranking_best_first", $"{RowReader.Shown(list)} names a response twice; each index from 0 to {count - 1} once is expected");
            return null;
        }
        return [.. Enumerable.Range(0, count).Select(i => 1 + Array.IndexOf(order, i))];
    }

    private static int[]? Numbers(RowReader reader, string field, JsonElement list, int count, int lowest, int highest)
    {
        int?[] numbers = [.. reader.Elements(field, list).Select(element => Number(reader, element.Path, element.Value, lowest, highest))];
        if (numbers.Contains(null) || list.ValueKind != JsonValueKind.Array)
            return null;
        if (numbers.Length == count)
            return [.. numbers.Select(number => number!.Value)];
        reader.Problem(field, $"has {numbers.Length} numbers for {count} responses; one each is expected");
        return null;
    }

    private static int? Number(RowReader reader, string path, JsonElement value, int lowest, int highest)
    {
        int? number = reader.Integer(path, value);
        if (number is null || (number >= lowest && number <= highest))
            return number;
        reader.Problem(path, $"{number} is not between {lowest} and {highest}");
        return null;
    }

    private static ImmutableArray<Comparison>? Pairs(RowReader reader, JsonElement list, int count)
    {
        var comparisons = ImmutableArray.CreateBuilder<Comparison>();
        bool whole = list.ValueKind == JsonValueKind.Array;
        foreach ((string path, JsonElement value) in reader.Elements("pairs", list))
        {
            int? a = Index("a"), b = Index("b");
            JsonElement? preferred = reader.Member(path, value, "preferred", "an index or null");
            whole &= a is not null && b is not null && preferred is not null;
            if (a is null || b is null || preferred is not { ValueKind: not JsonValueKind.Null } winner)
                continue;
            int? better = reader.Integer($"{path}.preferred", winner);
            whole &= better is not null;
            if (better is not null && better != a && better != b)
                reader.Problem($"{path}.preferred", $"{better} is neither a ({a}) nor b ({b})");
            else if (better is not null)
                comparisons.Add(new Comparison(better.Value, better == a ? b.Value : a.Value));

            int? Index(string field) => reader.Member(path, value, field, "an index") is JsonElement index
                ? Number(reader, $"{path}.{field}", index, 0, count - 1) : null;
        }
        return whole ? comparisons.ToImmutable() : null;
    }
}
