namespace Emend.Tensors;

/// <summary>Element types, numbered as libtorch's ScalarType.</summary>
public enum DType
{
    UInt8 = 0,
    Int32 = 3,
    Int64 = 4,
    Float16 = 5,
    Float32 = 6,
    Float64 = 7,
    Bool = 11,
    BFloat16 = 15,
}

/// <summary>Where a tensor's memory is, coded as libtorch's (type &lt;&lt; 8 | index).</summary>
public readonly record struct Device(int Code)
{
    public static readonly Device Cpu = new(0);

    /// <summary>The CUDA device with this index, counted from 0.</summary>
    public static Device Cuda(int index = 0) => new(1 << 8 | index);

    public bool IsCpu => Code >> 8 == 0;

    public override string ToString() => IsCpu ? "cpu" : $"cuda:{Code & 0xff}";
}

internal static class DTypes
{
    public static DType Of<T>() where T : unmanaged => default(T) switch
    {
        float => DType.Float32,
        double => DType.Float64,
        long => DType.Int64,
        int => DType.Int32,
        byte => DType.UInt8,
        bool => DType.Bool,
        Half => DType.Float16,
        BFloat16 => DType.BFloat16,
        _ => throw new TensorException($"{typeof(T).Name} is no element type of a tensor"),
    };
}
