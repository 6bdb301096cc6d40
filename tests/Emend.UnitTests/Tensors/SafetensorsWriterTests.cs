using Emend.Tensors;
using Xunit;

namespace Emend.UnitTests.Tensors;

public sealed class SafetensorsWriterTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void TheOrderOfTheItemsDoesNotMatter()
    {
        SafetensorsItem[] items =
        [
            Item("b", StoredType.U8, [3], [1, 2, 3]),
            Item("a", StoredType.U8, [1], [4]),
            Item("c", StoredType.F32, [1, 1], [1, 2, 3, 4]),
        ];
        SafetensorsWriter.Write(folder.File("x"), items);
        SafetensorsWriter.Write(folder.File("y"), items.Reverse());

        byte[] bytes = File.ReadAllBytes(folder.File("x"));
        Assert.Equal(bytes, File.ReadAllBytes(folder.File("y")));
        Assert.Equal([1, 2, 3, 4, 4, 1, 2, 3], bytes[^8..]);            // the wide type first, then by name
        Assert.Equal(0, BitConverter.ToInt64(bytes) % 8);
    }

    [Theory]
    [InlineData("models/stories260K/hf")]
    [InlineData("models/tinystories-656k")]
    [InlineData("models/tinystories-656k-f32")]
    public void APublishedFileIsWrittenBackByteForByte(string model)
    {
        string path = Path.Combine(SharedData.Path(model.Split('/')), "model.safetensors");
        string copy = folder.File("model.safetensors");
        using (SafetensorsFile file = SafetensorsFile.Open(path))
        {
            SafetensorsWriter.Write(copy, file.Entries.Select(entry => Item(entry.Name, entry.Type, [.. entry.Shape], file.Bytes(entry).ToArray())), file.Metadata);
        }

        byte[] expected = File.ReadAllBytes(path), actual = File.ReadAllBytes(copy);
        Assert.True(expected.AsSpan().SequenceEqual(actual));
    }

    [Fact]
    public void AFailureLeavesTheOldFileAndNothingElse()
    {
        string path = folder.File("model.safetensors");
        SafetensorsWriter.Write(path, [Item("a", StoredType.U8, [1], [9])]);
        byte[] old = File.ReadAllBytes(path);

        SafetensorsItem[] bad = [Item("a", StoredType.U8, [2], [1])];

        var error = Assert.Throws<SafetensorsException>(() => SafetensorsWriter.Write(path, bad));
        Assert.Contains("a wrote 1 bytes; its type and shape take 2", error.Message);
        Assert.Equal(old, File.ReadAllBytes(path));
        Assert.Single(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void ANameGivenTwiceOrReservedIsRefused()
    {
        SafetensorsItem item = Item("a", StoredType.U8, [1], [1]), reserved = Item("__metadata__", StoredType.U8, [1], [1]);

        Assert.Throws<SafetensorsException>(() => SafetensorsWriter.Write(folder.File("x"), [item, item]));
        Assert.Throws<SafetensorsException>(() => SafetensorsWriter.Write(folder.File("x"), [reserved]));
    }

    private static SafetensorsItem Item(string name, StoredType type, long[] shape, byte[] bytes) =>
        SafetensorsItem.FromBytes(name, type, [.. shape], bytes);
}
