using System.Runtime.InteropServices;

namespace Emend.Tensors;

/// <summary>One argument or result of an operator: 16 bytes, the mirror of emend_value in native/emend_native.h.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal unsafe struct Argument
{
    public enum Kind { None, Tensor, Int, Double, Bool, IntList, DoubleList, TensorList, OptionalTensorList, String, Device, Default }

    [FieldOffset(0)] public Kind Tag;
    [FieldOffset(4)] public int Length;
    [FieldOffset(8)] public long Integer;
    [FieldOffset(8)] public double Real;
    [FieldOffset(8)] public nint Pointer;

    public static readonly Argument None = default;

    /// <summary>Takes the schema's own default.</summary>
    public static readonly Argument Default = new() { Tag = Kind.Default };

    /// <summary>A list in memory that stays where it is during the call.</summary>
    public static Argument Ints(long* first, int length) => new() { Tag = Kind.IntList, Length = length, Pointer = (nint)first };

    public static Argument Tensors(nint* first, int length) => new() { Tag = Kind.TensorList, Length = length, Pointer = (nint)first };

    /// <summary>Tensors or null, for aten::index.</summary>
    public static Argument OptionalTensors(nint* first, int length) =>
        new() { Tag = Kind.OptionalTensorList, Length = length, Pointer = (nint)first };

    public static Argument Text(byte* first, int length) => new() { Tag = Kind.String, Length = length, Pointer = (nint)first };

    public static implicit operator Argument(Tensor? tensor) => tensor is null ? None : new() { Tag = Kind.Tensor, Pointer = tensor.Handle };
    public static implicit operator Argument(long value) => new() { Tag = Kind.Int, Integer = value };
    public static implicit operator Argument(int value) => new() { Tag = Kind.Int, Integer = value };
    public static implicit operator Argument(double value) => new() { Tag = Kind.Double, Real = value };
    public static implicit operator Argument(bool value) => new() { Tag = Kind.Bool, Integer = value ? 1 : 0 };
    public static implicit operator Argument(DType type) => new() { Tag = Kind.Int, Integer = (long)type };
    public static implicit operator Argument(Device device) => new() { Tag = Kind.Device, Integer = device.Code };
}
