namespace Emend.Tensors;

/// <summary>
/// A handle on a libtorch tensor. It belongs to the innermost <see cref="TensorScope"/> of the thread that made it, or,
/// where there is none, to whoever holds it and must dispose it. There is no finalizer: what nobody disposes leaks, and
/// <see cref="LiveCount"/> shows it.
/// </summary>
public sealed unsafe partial class Tensor : IDisposable
{
    private static long s_live;
    private nint _handle;

    private Tensor(nint handle)
    {
        _handle = handle;
        Interlocked.Increment(ref s_live);
        Scope = TensorScope.Current;
        Scope?.Add(this);
    }

    /// <summary>Tensors of this process that have not been disposed; tests assert that it returns to where it was.</summary>
    public static long LiveCount => Interlocked.Read(ref s_live);

    internal TensorScope? Scope { get; set; }

    internal nint Handle => _handle != 0 ? _handle : throw new TensorException("the tensor has been disposed");

    /// <summary>Sizes, outermost first; empty for a scalar.</summary>
    public long[] Shape
    {
        get
        {
            Native.Info info = ReadInfo(Handle);
            return new ReadOnlySpan<long>(info.Shape, info.Dimensions).ToArray();
        }
    }

    public int Dimensions => ReadInfo(Handle).Dimensions;
    public long ElementCount => ReadInfo(Handle).Elements;
    public DType DType => (DType)ReadInfo(Handle).DType;
    public Device Device => new(ReadInfo(Handle).Device);
    public bool IsContiguous => ReadInfo(Handle).Contiguous != 0;

    /// <summary>Size of one dimension; a negative one counts from the end.</summary>
    public long Size(int dimension)
    {
        Native.Info info = ReadInfo(Handle);
        int index = dimension < 0 ? dimension + info.Dimensions : dimension;
        return index >= 0 && index < info.Dimensions
            ? info.Shape[index]
            : throw new TensorException($"dimension {dimension} of a tensor with {info.Dimensions} dimensions");
    }

    /// <summary>Takes over one reference to a native tensor; a null handle becomes an exception of the caller's making.</summary>
    internal static Tensor Adopt(nint handle) =>
        handle != 0 ? new Tensor(handle) : throw new TensorException("an operator returned an undefined tensor");

    private static readonly Operator s_alias = new("aten::alias");

    /// <summary>A second handle on the same tensor, with an owner of its own.</summary>
    public Tensor Alias() => s_alias.Call(this);

    /// <summary>Takes this tensor out of its scope: from here on whoever holds it disposes it (parameters, state). Returns itself.</summary>
    public Tensor Own()
    {
        Scope = null;
        return this;
    }

    /// <summary>A handle with its own reference to a native tensor that somebody else holds.</summary>
    internal static Tensor Borrow(nint handle) => s_alias.Call(new Argument { Tag = Argument.Kind.Tensor, Pointer = handle });

    /// <summary>The reference itself, for native code that takes it over; this object is then disposed.</summary>
    internal nint Release()
    {
        nint handle = Handle;
        _handle = 0;
        Interlocked.Decrement(ref s_live);
        return handle;
    }

    public void Dispose()
    {
        if (_handle == 0)
            return;
        Native.emend_free(Release());
    }

    /// <summary>Type and shape, as error messages show them: float32 (2, 3).</summary>
    public override string ToString() => _handle == 0 ? "disposed" : Describe(_handle);

    internal static string Describe(nint handle)
    {
        if (handle == 0)
            return "undefined";
        Native.Info info = ReadInfo(handle);
        string shape = string.Join(", ", new ReadOnlySpan<long>(info.Shape, info.Dimensions).ToArray());
        return $"{((DType)info.DType).ToString().ToLowerInvariant()} ({shape})";
    }

    private static Native.Info ReadInfo(nint handle)
    {
        Native.Info info;
        if (Native.emend_info(handle, &info) != 0)
            throw new TensorException(Native.Error());
        return info;
    }
}
