using System.Runtime.CompilerServices;

namespace Emend.Tensors;

/// <summary>The upper half of a float32: 8 bits of exponent, 7 of fraction. For memory that libtorch reads and writes.</summary>
public readonly record struct BFloat16(ushort Bits)
{
    /// <summary>Rounds to the nearest, ties to even; NaN stays NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static explicit operator BFloat16(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsNaN(value)
            ? new BFloat16((ushort)(bits >> 16 | 0x40))
            : new BFloat16((ushort)(bits + 0x7fff + (bits >> 16 & 1) >> 16));
    }

    public static explicit operator float(BFloat16 value) => BitConverter.UInt32BitsToSingle((uint)value.Bits << 16);
}
