using System.Collections.Immutable;
using System.Text.Json;

namespace Emend.Tensors;

/// <summary>A tensor of a folder, with the shard that holds it.</summary>
public sealed record SafetensorsWeight(SafetensorsFile File, SafetensorsEntry Entry)
{
    /// <summary>The tensor's bytes, row-major and little-endian, valid until the folder is disposed.</summary>
    public ReadOnlySpan<byte> Bytes => File.Bytes(Entry);
}

/// <summary>
/// The weights of a Hugging Face model folder: model.safetensors, or the shards that model.safetensors.index.json names.
/// A shard is a file name inside the folder and nothing else; index and shards have to agree on every tensor.
/// </summary>
public sealed class SafetensorsFolder : IDisposable
{
    /// <summary>Name of the weights of an unsharded model.</summary>
    public const string SingleName = "model.safetensors";

    /// <summary>Name of the index of a sharded model.</summary>
    public const string IndexName = "model.safetensors.index.json";

    private const long MaxIndexLength = 100_000_000;
    private readonly ImmutableArray<SafetensorsFile> files;

    private SafetensorsFolder(string path, ImmutableArray<SafetensorsFile> files)
    {
        Path = path;
        this.files = files;
        Weights = files.SelectMany(file => file.Entries.Select(entry => new SafetensorsWeight(file, entry)))
            .ToImmutableSortedDictionary(weight => weight.Entry.Name, weight => weight, StringComparer.Ordinal);
    }

    /// <summary>The folder that was opened.</summary>
    public string Path { get; }

    /// <summary>All tensors of all shards, by name (ordinal order).</summary>
    public ImmutableSortedDictionary<string, SafetensorsWeight> Weights { get; }

    /// <summary>Opens and checks every file. Throws <see cref="SafetensorsException"/> that names every problem of the index.</summary>
    public static SafetensorsFolder Open(string folder)
    {
        if (!Directory.Exists(folder))
            throw new SafetensorsException($"{folder}: there is no such folder");
        string single = System.IO.Path.Combine(folder, SingleName);
        if (File.Exists(single))
            return new SafetensorsFolder(folder, [SafetensorsFile.Open(single)]);
        string index = System.IO.Path.Combine(folder, IndexName);
        if (!File.Exists(index))
            throw new SafetensorsException($"{folder}: has neither {SingleName} nor {IndexName}");
        SortedDictionary<string, string> shardOf = ReadIndex(index);
        return OpenShards(folder, index, shardOf);
    }

    /// <summary>Closes every shard.</summary>
    public void Dispose()
    {
        foreach (SafetensorsFile file in files)
            file.Dispose();
    }

    private static SafetensorsFolder OpenShards(string folder, string index, SortedDictionary<string, string> shardOf)
    {
        var problems = new List<string>();
        var shards = new SortedDictionary<string, SafetensorsFile>(StringComparer.Ordinal);
        try
        {
            foreach (string shard in shardOf.Values.Distinct().Order(StringComparer.Ordinal))
            {
                if (ShardProblem(folder, shard) is { } problem)
                    problems.Add(problem);
                else
                    shards.Add(shard, SafetensorsFile.Open(System.IO.Path.Combine(folder, shard)));
            }
            foreach ((string name, string shard) in shardOf)
            {
                if (shards.TryGetValue(shard, out SafetensorsFile? file) && file.Find(name) is null)
                    problems.Add($"weight_map says that {name} is in {shard}, which does not hold it");
            }
            foreach ((string shard, SafetensorsFile file) in shards)
            {
                foreach (SafetensorsEntry entry in file.Entries)
                {
                    if (!shardOf.TryGetValue(entry.Name, out string? said))
                        problems.Add($"{shard} holds {entry.Name}, which weight_map does not name");
                    else if (said != shard)
                        problems.Add($"{shard} holds {entry.Name}, which weight_map places in {said}");
                }
            }
            if (problems.Count > 0)
                throw SafetensorsException.ForProblems(index, problems);
            return new SafetensorsFolder(folder, [.. shards.Values]);
        }
        catch
        {
            foreach (SafetensorsFile file in shards.Values)
                file.Dispose();
            throw;
        }
    }

    private static string? ShardProblem(string folder, string shard)
    {
        bool plain = shard.EndsWith(".safetensors", StringComparison.Ordinal) && shard.Length <= 255
            && shard[0] != '.' && shard.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_');
        if (!plain)
            return $"weight_map names the shard \"{shard}\"; a shard is the plain name of a .safetensors file in the same folder";
        if (!File.Exists(System.IO.Path.Combine(folder, shard)))
            return $"the shard {shard} is missing";
        return null;
    }

    private static SortedDictionary<string, string> ReadIndex(string index)
    {
        long length = new FileInfo(index).Length;
        if (length > MaxIndexLength)
            throw new SafetensorsException($"{index}: has {length} bytes; an index has at most {MaxIndexLength}");
        var shardOf = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var problems = new List<string>();
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(index), new JsonDocumentOptions { MaxDepth = 16 });
            if (document.RootElement.ValueKind != JsonValueKind.Object
                || !document.RootElement.TryGetProperty("weight_map", out JsonElement map) || map.ValueKind != JsonValueKind.Object)
                throw new SafetensorsException($"{index}: has no weight_map, an object from tensor names to file names");
            foreach (JsonProperty weight in map.EnumerateObject())
            {
                if (weight.Value.ValueKind != JsonValueKind.String || weight.Value.GetString() is not { Length: > 0 } shard)
                    problems.Add($"weight_map.{weight.Name}: {weight.Value.GetRawText()} is not a file name");
                else if (!shardOf.TryAdd(weight.Name, shard))
                    problems.Add($"weight_map.{weight.Name} occurs twice");
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new SafetensorsException($"{index}: is not valid JSON: {e.Message}");
        }
        if (problems.Count > 0)
            throw SafetensorsException.ForProblems(index, problems);
        return shardOf;
    }
}
