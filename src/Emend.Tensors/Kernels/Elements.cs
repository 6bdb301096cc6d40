using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Emend.Tensors;

/// <summary>How a kernel reads and writes 16 elements of a type as float32, and one.</summary>
internal unsafe interface IElements
{
    static abstract Vector512<float> Load(void* first, long index);
    static abstract void Store(void* first, long index, Vector512<float> values);
    static abstract float Get(void* first, long index);
    static abstract void Set(void* first, long index, float value);
}

internal readonly unsafe struct Float32Elements : IElements
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(void* first, long index) => Vector512.Load((float*)first + index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(void* first, long index, Vector512<float> values) => values.Store((float*)first + index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Get(void* first, long index) => ((float*)first)[index];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Set(void* first, long index, float value) => ((float*)first)[index] = value;
}

internal readonly unsafe struct BFloat16Elements : IElements
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(void* first, long index)
    {
        Vector256<ushort> bits = Vector256.Load((ushort*)first + index);
        Vector512<uint> wide = Avx512F.IsSupported ? Avx512F.ConvertToVector512UInt32(bits) : Vector512.Create(Vector256.WidenLower(bits), Vector256.WidenUpper(bits));
        return (wide << 16).AsSingle();
    }

    // Rounds to nearest, ties to even. NaN is not treated apart: a payload of small bits could become infinity, which is as bad.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(void* first, long index, Vector512<float> values)
    {
        Vector512<uint> bits = values.AsUInt32();
        bits = (bits + Vector512.Create(0x7fffu) + (bits >> 16 & Vector512.Create(1u))) >> 16;
        Vector256<ushort> narrow = Avx512F.IsSupported ? Avx512F.ConvertToVector256UInt16(bits) : Vector256.Narrow(bits.GetLower(), bits.GetUpper());
        narrow.Store((ushort*)first + index);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Get(void* first, long index) => (float)((BFloat16*)first)[index];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Set(void* first, long index, float value) => ((BFloat16*)first)[index] = (BFloat16)value;
}
