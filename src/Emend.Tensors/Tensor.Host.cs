using System.Runtime.InteropServices;

namespace Emend.Tensors;

// Between .NET memory and tensors, and what concerns gradients.
public sealed unsafe partial class Tensor
{
    private static readonly Operator s_full = new("aten::full"), s_arange = new("aten::arange"), s_empty = new("aten::empty", "memory_format");
    private static readonly Operator s_backward = new("aten::_backward");
    private static readonly Operator s_detach = new("aten::detach"), s_contiguous = new("aten::contiguous"), s_clone = new("aten::clone");
    private static readonly Operator s_toType = new("aten::to", "dtype"), s_toDevice = new("aten::to", "device"), s_copyInto = new("aten::copy_");

    /// <summary>Copies values, row-major, into a tensor of the shape given; without a shape a vector.</summary>
    public static Tensor From<T>(ReadOnlySpan<T> values, ReadOnlySpan<long> shape, Device device = default) where T : unmanaged
    {
        long elements = 1;
        foreach (long size in shape)
            elements *= size;
        if (elements != values.Length)
            throw new TensorException($"{values.Length} values do not fill the shape ({string.Join(", ", shape.ToArray())})");
        fixed (T* data = values)
        fixed (long* sizes = shape)
        {
            nint handle = Native.emend_from_host(data, (int)DTypes.Of<T>(), sizes, shape.Length, device.Code);
            return handle != 0 ? new Tensor(handle) : throw new TensorException($"from host: {Native.Error()}");
        }
    }

    public static Tensor From<T>(T[] values, params ReadOnlySpan<long> shape) where T : unmanaged =>
        From(values.AsSpan(), shape.IsEmpty ? [values.Length] : shape);

    public static Tensor From<T>(ReadOnlySpan<T> values) where T : unmanaged => From(values, [values.Length]);

    /// <summary>Copies raw bytes of the element type given (as safetensors holds them).</summary>
    public static Tensor FromBytes(ReadOnlySpan<byte> bytes, DType type, ReadOnlySpan<long> shape, Device device = default)
    {
        fixed (byte* data = bytes)
        fixed (long* sizes = shape)
        {
            nint handle = Native.emend_from_host(data, (int)type, sizes, shape.Length, device.Code);
            return handle != 0 ? new Tensor(handle) : throw new TensorException($"from bytes: {Native.Error()}");
        }
    }

    public static Tensor From(float[,] values)
    {
        var flat = MemoryMarshal.CreateReadOnlySpan(ref values[0, 0], values.Length);
        return From(flat, [values.GetLength(0), values.GetLength(1)]);
    }

    public static Tensor Scalar(float value, Device device = default) => From([value], [], device);

    public static Tensor Full(ReadOnlySpan<long> shape, double value, DType type = DType.Float32, Device device = default)
    {
        fixed (long* sizes = shape)
            return s_full.Call(Argument.Ints(sizes, shape.Length), value, type, Argument.None, device);
    }

    public static Tensor Zeros(ReadOnlySpan<long> shape, DType type = DType.Float32, Device device = default) => Full(shape, 0, type, device);

    public static Tensor Ones(ReadOnlySpan<long> shape, DType type = DType.Float32, Device device = default) => Full(shape, 1, type, device);

    /// <summary>Memory that holds whatever was there: only for what is overwritten whole.</summary>
    public static Tensor Empty(ReadOnlySpan<long> shape, DType type = DType.Float32, Device device = default)
    {
        fixed (long* sizes = shape)
            return s_empty.Call(Argument.Ints(sizes, shape.Length), type, Argument.None, device);
    }

    /// <summary>0, 1, …, count − 1 as int64.</summary>
    public static Tensor Arange(long count, Device device = default) => s_arange.Call(count, DType.Int64, Argument.None, device);

    /// <summary>Draws from N(0, deviation²) with a .NET generator, so that the values are the same on every device.</summary>
    public static Tensor RandomNormal(ReadOnlySpan<long> shape, double deviation, Random random, Device device = default)
    {
        long elements = 1;
        foreach (long size in shape)
            elements *= size;
        var values = new float[elements];
        for (int i = 0; i < values.Length; i += 2)
        {
            // Box and Muller's transform: two uniform draws make two normal ones.
            double radius = deviation * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())), angle = 2 * Math.PI * random.NextDouble();
            values[i] = (float)(radius * Math.Cos(angle));
            if (i + 1 < values.Length)
                values[i + 1] = (float)(radius * Math.Sin(angle));
        }
        return From(values.AsSpan(), shape, device);
    }

    /// <summary>All elements, row-major. Converts nothing: T must be the tensor's own type.</summary>
    public T[] ToArray<T>() where T : unmanaged
    {
        if (DTypes.Of<T>() != DType)
            throw new TensorException($"the elements of {this} are not {typeof(T).Name}");
        var values = new T[ElementCount];
        fixed (T* data = values)
        {
            if (Native.emend_to_host(Handle, data, (long)values.Length * sizeof(T)) != 0)
                throw new TensorException($"to host: {Native.Error()}");
        }
        return values;
    }

    /// <summary>The only element, as a double.</summary>
    public double Item()
    {
        if (ElementCount != 1)
            throw new TensorException($"{this} has {ElementCount} elements, not one");
        using Tensor real = DType == DType.Float64 ? Detach() : Detach().To(DType.Float64);
        return real.ToArray<double>()[0];
    }

    /// <summary>The memory of a contiguous CPU tensor, without a copy. Valid while the tensor lives.</summary>
    public Span<T> Span<T>() where T : unmanaged
    {
        if (DTypes.Of<T>() != DType || !Device.IsCpu || !IsContiguous)
            throw new TensorException($"{this} on {Device} is not contiguous {typeof(T).Name} memory of the CPU");
        return new Span<T>(Native.emend_data(Handle), checked((int)ElementCount));
    }

    /// <summary>Address of the first element of a contiguous CPU tensor, for kernels that run on several threads.</summary>
    internal void* Pointer => IsContiguous && Device.IsCpu
        ? Native.emend_data(Handle)
        : throw new TensorException($"{this} on {Device} is not contiguous memory of the CPU");

    /// <summary>A leaf that gradients accumulate on. Returns itself.</summary>
    public Tensor RequireGradient(bool required = true)
    {
        if (Native.emend_require_gradient(Handle, required ? 1 : 0) != 0)
            throw new TensorException($"require gradient of {this}: {Native.Error()}");
        return this;
    }

    public bool RequiresGradient => Native.emend_requires_gradient(Handle) == 1;

    /// <summary>The gradient accumulated by <see cref="Backward()"/>; null before it or after <see cref="ClearGradient"/>.</summary>
    public Tensor? Gradient
    {
        get
        {
            nint handle = Native.emend_gradient(Handle);
            return handle == 0 ? null : new Tensor(handle);
        }
    }

    public void ClearGradient() => Native.emend_set_gradient(Handle, 0);

    /// <summary>Accumulates the gradients of this scalar on every leaf it was computed from.</summary>
    public void Backward()
    {
        s_backward.Run(this, Argument.Tensors(null, 0));
    }

    /// <summary>The same with the gradient that this tensor has itself received.</summary>
    public void Backward(Tensor gradient) => s_backward.Run(this, Argument.Tensors(null, 0), gradient);

    /// <summary>The same values, cut from the graph; shares memory.</summary>
    public Tensor Detach() => s_detach.Call(this);

    public Tensor Contiguous() => s_contiguous.Call(this);

    /// <summary>A copy with memory of its own; part of the graph.</summary>
    public Tensor Clone() => s_clone.Call(this);

    /// <summary>The same values in another element type; itself (a second handle) where it already has it.</summary>
    public Tensor To(DType type) => s_toType.Call(this, type);

    public Tensor To(Device device) => s_toDevice.Call(this, device, DType);

    /// <summary>Overwrites this tensor's values, broadcasting and converting as needed. Not recorded where gradients are off.</summary>
    public Tensor CopyFrom(Tensor source)
    {
        s_copyInto.Run(this, source);
        return this;
    }
}
