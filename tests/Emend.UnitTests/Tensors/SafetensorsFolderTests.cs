using Emend.Tensors;
using Xunit;

namespace Emend.UnitTests.Tensors;

public sealed class SafetensorsFolderTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void ShardsAreReadAsOne()
    {
        Shards();
        Index("""{"metadata":{"total_size":2},"weight_map":{"a":"model-1.safetensors","b":"model-2.safetensors"}}""");

        using SafetensorsFolder weights = SafetensorsFolder.Open(folder.Path);

        Assert.Equal(["a", "b"], weights.Weights.Keys);
        Assert.Equal([1], weights.Weights["a"].Bytes.ToArray());
        Assert.Equal([2], weights.Weights["b"].Bytes.ToArray());
    }

    [Theory]
    [InlineData("""{"weight_map":{"a":"../model-1.safetensors"}}""", "plain name")]
    [InlineData("""{"weight_map":{"a":"..\\model-1.safetensors"}}""", "plain name")]
    [InlineData("""{"weight_map":{"a":"/etc/model-1.safetensors"}}""", "plain name")]
    [InlineData("""{"weight_map":{"a":"sub/model-1.safetensors"}}""", "plain name")]
    [InlineData("""{"weight_map":{"a":"c:model-1.safetensors"}}""", "plain name")]
    [InlineData("""{"weight_map":{"a":"model-1.safetensors\u0000"}}""", "plain name")]
    [InlineData("""{"weight_map":{"a":".safetensors"}}""", "plain name")]
    [InlineData("""{"weight_map":{"a":"model-1.bin"}}""", "plain name")]
    [InlineData("""{"weight_map":{"a":"model-3.safetensors"}}""", "model-3.safetensors is missing")]
    [InlineData("""{"weight_map":{"a":"model-2.safetensors"}}""", "does not hold it")]
    [InlineData("""{"weight_map":{"a":"model-1.safetensors","c":"model-1.safetensors"}}""", "says that c is in")]
    [InlineData("""{"weight_map":{"a":"model-1.safetensors","a":"model-1.safetensors"}}""", "occurs twice")]
    [InlineData("""{"weight_map":{"a":1}}""", "is not a file name")]
    [InlineData("""{"weight_map":{"a":""}}""", "is not a file name")]
    [InlineData("""{"weight_map":[]}""", "no weight_map")]
    [InlineData("""[]""", "no weight_map")]
    [InlineData("""{"weight_map":""", "not valid JSON")]
    public void AWrongIndexIsRefusedByName(string index, string expected)
    {
        Shards();
        Index(index);

        var error = Assert.Throws<SafetensorsException>(() => SafetensorsFolder.Open(folder.Path));

        Assert.Contains(SafetensorsFolder.IndexName, error.Message);
        Assert.Contains(expected, error.Message);
    }

    [Fact]
    public void ATensorThatTheIndexDoesNotNameIsRefused()
    {
        Shards();
        Write("model-1.safetensors", ("a", 1), ("extra", 3));
        Index("""{"weight_map":{"a":"model-1.safetensors","b":"model-2.safetensors"}}""");

        var error = Assert.Throws<SafetensorsException>(() => SafetensorsFolder.Open(folder.Path));

        Assert.Contains("model-1.safetensors holds extra", error.Message);
    }

    [Fact]
    public void ATensorInTwoShardsIsRefused()
    {
        Shards();
        Write("model-1.safetensors", ("a", 1), ("b", 3));
        Index("""{"weight_map":{"a":"model-1.safetensors","b":"model-2.safetensors"}}""");

        var error = Assert.Throws<SafetensorsException>(() => SafetensorsFolder.Open(folder.Path));

        Assert.Contains("model-1.safetensors holds b, which weight_map places in model-2.safetensors", error.Message);
    }

    [Fact]
    public void AFolderWithoutWeightsIsRefused()
    {
        var error = Assert.Throws<SafetensorsException>(() => SafetensorsFolder.Open(folder.Path));
        Assert.Contains("neither model.safetensors nor", error.Message);
        Assert.Throws<SafetensorsException>(() => SafetensorsFolder.Open(folder.File("absent")));
    }

    private void Shards()
    {
        Write("model-1.safetensors", ("a", 1));
        Write("model-2.safetensors", ("b", 2));
    }

    private void Write(string name, params (string Name, byte Value)[] tensors) =>
        SafetensorsWriter.Write(folder.File(name), tensors.Select(tensor => SafetensorsItem.FromBytes(tensor.Name, StoredType.U8, [1], new[] { tensor.Value })));

    private void Index(string json) => File.WriteAllText(folder.File(SafetensorsFolder.IndexName), json);
}
