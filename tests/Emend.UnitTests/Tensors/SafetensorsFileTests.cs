using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Emend.Tensors;
using Xunit;

namespace Emend.UnitTests.Tensors;

public sealed class SafetensorsFileTests : IDisposable
{
    /// <summary>What reading the header of a hostile file of a few hundred bytes may allocate, whatever the file claims.</summary>
    private const long AllocationAllowed = 512 * 1024;

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void ATensorIsReadBackByName()
    {
        string path = File("""{"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]},"a":{"dtype":"I16","shape":[1,2],"data_offsets":[0,4]}}""",
            [1, 0, 2, 0, .. MemoryMarshal.AsBytes<float>([1.5f, -2f])]);

        using SafetensorsFile file = SafetensorsFile.Open(path);

        Assert.Equal(["a", "b"], file.Entries.Select(entry => entry.Name));
        Assert.Equal([1, 2], MemoryMarshal.Cast<byte, short>(file.Bytes(file.Find("a")!)).ToArray());
        Assert.Equal([1.5f, -2f], MemoryMarshal.Cast<byte, float>(file.Bytes(file.Find("b")!)).ToArray());
        Assert.Equal([1, 2], file.Find("a")!.Shape);
        Assert.Null(file.Find("c"));
    }

    [Fact]
    public void AScalarAndAnEmptyTensorAreAllowed()
    {
        string path = File("""{"e":{"dtype":"F32","shape":[0,9],"data_offsets":[0,0]},"s":{"dtype":"U8","shape":[],"data_offsets":[0,1]}}""", [7]);

        using SafetensorsFile file = SafetensorsFile.Open(path);

        Assert.Equal(0, file.Bytes(file.Find("e")!).Length);
        Assert.Equal([7], file.Bytes(file.Find("s")!).ToArray());
    }

    [Fact]
    public void MetadataAndPaddingAfterTheHeaderAreRead()
    {
        string path = File("""{"__metadata__":{"format":"pt","k":"ü"}}""" + "     ", []);

        using SafetensorsFile file = SafetensorsFile.Open(path);

        Assert.Equal("pt", file.Metadata["format"]);
        Assert.Equal("ü", file.Metadata["k"]);
        Assert.Empty(file.Entries);
    }

    public static TheoryData<string, string> HostileHeaders => new()
    {
        { """[1]""", "start with '{'" },
        { """ {}""", "start with '{'" },
        { """{"a":""", "not valid JSON" },
        { """{} x""", "not valid JSON" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],}}""", "not valid JSON" },
        { """{"a":3}""", "a is a number" },
        { """{"a":{"dtype":"F32","shape":[1]}}""", "lacks" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}""", "lacks" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}}""", "data_offsets has to be at most 2" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}""", "data_offsets has to be" },
        { """{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", "shape has to be" },
        { """{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}""", "shape has to be" },
        { """{"a":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}}""", "shape has to be" },
        { """{"a":{"dtype":"F32","shape":[99999999999999999999],"data_offsets":[0,4]}}""", "shape has to be" },
        { """{"a":{"dtype":"F32","shape":{"n":1},"data_offsets":[0,4]}}""", "shape is an object" },
        { """{"a":{"dtype":"F33","shape":[1],"data_offsets":[0,4]}}""", "\"F33\" is not a type" },
        { """{"a":{"dtype":7,"shape":[1],"data_offsets":[0,4]}}""", "a.dtype is unknown" },
        { """{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "given twice" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"code":"x"}}""", "a.code is unknown" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}""", "the start 4 is after the end 0" },
        { """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", "takes 8 bytes" },
        { """{"a":{"dtype":"F32","shape":[1152921504606846976,1152921504606846976],"data_offsets":[0,4]}}""", "more elements than can be counted" },
        { """{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}""", "more elements than can be counted" },
        { """{"a":{"dtype":"F32","shape":[1000],"data_offsets":[0,4000]}}""", "past the end of the data" },
        { """{"a":{"dtype":"F32","shape":[1],"data_offsets":[9223372036854775800,9223372036854775804]}}""", "past the end of the data" },
        { """{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},"b":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}""", "overlap" },
        { """{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"b":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""", "overlap" },
        { """{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}""", "hole" },
        { """{"a":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}""", "hole" },
        { """{"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]}}""", "end at byte 3 of the data, but it has 4" },
        { """{}""", "end at byte 0 of the data, but it has 4" },
        { """{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"a":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}""", "occurs twice" },
        { """{"__metadata__":[],"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "__metadata__ is a list" },
        { """{"__metadata__":{"n":1},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "__metadata__.n is a number" },
        { """{"__metadata__":{"n":"1","n":"2"},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "n occurs twice" },
    };

    [Theory]
    [MemberData(nameof(HostileHeaders))]
    public void AHostileHeaderIsRefusedByName(string header, string expected) =>
        AssertRefused(File(header, [1, 2, 3, 4]), expected);

    [Theory]
    [InlineData(1UL << 60)]
    [InlineData(ulong.MaxValue)]
    [InlineData(1UL << 63)]
    [InlineData(100_000_001UL)]
    public void AnAbsurdHeaderLengthIsRefused(ulong length)
    {
        string path = File("{}", [1, 2, 3, 4]);
        byte[] bytes = System.IO.File.ReadAllBytes(path);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, length);
        System.IO.File.WriteAllBytes(path, bytes);

        AssertRefused(path, $"claims {length} bytes");
    }

    [Fact]
    public void APointerOfGitLfsIsCalledWhatItIs()
    {
        string path = folder.File("pointer.safetensors");
        System.IO.File.WriteAllText(path, "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n");

        AssertRefused(path, "is a pointer of Git LFS");
    }

    [Fact]
    public void AFileCutAnywhereIsRefused()
    {
        string whole = File("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", [1, 2, 3, 4, 5, 6, 7, 8]);
        byte[] bytes = System.IO.File.ReadAllBytes(whole);
        string cut = folder.File("cut.safetensors");

        for (int length = 0; length < bytes.Length; length++)
        {
            System.IO.File.WriteAllBytes(cut, bytes[..length]);
            AssertRefused(cut, "");
        }
    }

    [Fact]
    public void BytesAfterTheLastTensorAreRefused() =>
        AssertRefused(File("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""", [1, 2, 3, 4, 5]), "end at byte 4 of the data, but it has 5");

    [Fact]
    public void DeepNestingIsRefused() =>
        AssertRefused(File("{\"a\":" + new string('[', 100_000) + new string(']', 100_000) + "}", []), "not valid JSON");

    [Fact]
    public void AHeaderThatIsNotUtf8IsRefused()
    {
        byte[] header = [.. "{\""u8, 0xff, 0xfe, .. "\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}"u8];
        AssertRefused(File(header, []), "not valid JSON");
    }

    [Fact]
    public void AShapeWithTooManyDimensionsIsRefused() =>
        AssertRefused(File("{\"a\":{\"dtype\":\"U8\",\"shape\":[1" + string.Concat(Enumerable.Repeat(",1", 10_000)) + "],\"data_offsets\":[0,1]}}", [1]), "at most 32");

    [Fact]
    public void EveryProblemIsNamedAtOnce()
    {
        var error = Assert.Throws<SafetensorsException>(() => SafetensorsFile.Open(
            File("""{"a":{"dtype":"F33","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", [1, 2, 3, 4])));

        Assert.Contains("2 problems", error.Message);
        Assert.Contains("F33", error.Message);
        Assert.Contains("takes 8 bytes", error.Message);
    }

    [Fact]
    public void AMissingFileAndAFolderAreRefused()
    {
        AssertRefused(folder.File("absent.safetensors"), "no such file");
        AssertRefused(folder.Path, "this is a folder");
    }

    [Fact]
    public void AnEntryOfAnotherFileCannotBeRead()
    {
        using SafetensorsFile one = SafetensorsFile.Open(File("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""", [1, 2, 3, 4]));
        var foreign = new SafetensorsEntry("a", StoredType.U8, [4000], 0, 4000);

        Assert.Throws<SafetensorsException>(() => one.Bytes(foreign).Length);
    }

    [Fact]
    public void ADisposedFileCannotBeRead()
    {
        SafetensorsFile file = SafetensorsFile.Open(File("""{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}""", [1, 2, 3, 4]));
        file.Dispose();

        Assert.Throws<ObjectDisposedException>(() => file.Bytes(file.Entries[0]).Length);
    }

    private string File(string header, byte[] data) => File(Encoding.UTF8.GetBytes(header), data);

    private string File(byte[] header, byte[] data)
    {
        string path = folder.File("model.safetensors");
        byte[] prefix = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, (ulong)header.Length);
        System.IO.File.WriteAllBytes(path, [.. prefix, .. header, .. data]);
        return path;
    }

    private static void AssertRefused(string path, string expected)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        var error = Assert.Throws<SafetensorsException>(() => SafetensorsFile.Open(path));
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.StartsWith(path, error.Message);
        Assert.Contains(expected, error.Message);
        Assert.True(allocated < AllocationAllowed, $"{allocated} bytes were allocated");
    }
}
