namespace Emend.Tensors;

// Views, joins and look-ups. Views share memory with their source.
public sealed unsafe partial class Tensor
{
    private static readonly Operator s_reshape = new("aten::reshape"), s_expand = new("aten::expand");
    private static readonly Operator s_transpose = new("aten::transpose", "int"), s_permute = new("aten::permute");
    private static readonly Operator s_narrow = new("aten::narrow"), s_select = new("aten::select", "int");
    private static readonly Operator s_unsqueeze = new("aten::unsqueeze"), s_squeeze = new("aten::squeeze", "dim");
    private static readonly Operator s_cat = new("aten::cat"), s_stack = new("aten::stack"), s_split = new("aten::split", "Tensor");
    private static readonly Operator s_indexSelect = new("aten::index_select"), s_gather = new("aten::gather"), s_index = new("aten::index", "Tensor");
    private static readonly Operator s_indexPut = new("aten::index_put_");
    private static readonly Operator s_triu = new("aten::triu");

    public Tensor Reshape(params ReadOnlySpan<long> shape)
    {
        fixed (long* sizes = shape)
            return s_reshape.Call(this, Argument.Ints(sizes, shape.Length));
    }

    /// <summary>Repeats dimensions of size 1 without copying; −1 keeps a size.</summary>
    public Tensor Expand(params ReadOnlySpan<long> shape)
    {
        fixed (long* sizes = shape)
            return s_expand.Call(this, Argument.Ints(sizes, shape.Length));
    }

    public Tensor Transpose(int a, int b) => s_transpose.Call(this, a, b);

    public Tensor Permute(params ReadOnlySpan<long> order)
    {
        fixed (long* dimensions = order)
            return s_permute.Call(this, Argument.Ints(dimensions, order.Length));
    }

    /// <summary>The range [start, start + length) of one dimension.</summary>
    public Tensor Narrow(int dimension, long start, long length) => s_narrow.Call(this, dimension, start, length);

    /// <summary>One index of a dimension, which disappears.</summary>
    public Tensor Select(int dimension, long index) => s_select.Call(this, dimension, index);

    public Tensor Unsqueeze(int dimension) => s_unsqueeze.Call(this, dimension);
    public Tensor Squeeze(int dimension) => s_squeeze.Call(this, dimension);

    public static Tensor Cat(ReadOnlySpan<Tensor> tensors, int dimension)
    {
        nint* handles = stackalloc nint[tensors.Length];
        Fill(handles, tensors);
        return s_cat.Call(Argument.Tensors(handles, tensors.Length), dimension);
    }

    public static Tensor Stack(ReadOnlySpan<Tensor> tensors, int dimension = 0)
    {
        nint* handles = stackalloc nint[tensors.Length];
        Fill(handles, tensors);
        return s_stack.Call(Argument.Tensors(handles, tensors.Length), dimension);
    }

    /// <summary>Pieces of the size given along a dimension (the last may be shorter); at most 64.</summary>
    public Tensor[] Split(long size, int dimension) => s_split.CallMany(this, size, dimension);

    /// <summary>The slices of a dimension with these indices (int64), in their order.</summary>
    public Tensor IndexSelect(int dimension, Tensor indices) => s_indexSelect.Call(this, dimension, indices);

    /// <summary>The rows (first dimension) with these numbers, in their order.</summary>
    public Tensor Rows(ReadOnlySpan<int> rows)
    {
        var indices = new long[rows.Length];
        for (int i = 0; i < rows.Length; i++)
            indices[i] = rows[i];
        using Tensor index = From<long>(indices.AsSpan(), [rows.Length], Device);
        return IndexSelect(0, index);
    }

    /// <summary>Picks along a dimension by an int64 tensor of the same number of dimensions.</summary>
    public Tensor Gather(int dimension, Tensor indices) => s_gather.Call(this, dimension, indices);

    /// <summary>x[i₀, i₁, …] with int64 or bool tensors that broadcast against each other.</summary>
    public Tensor Index(params ReadOnlySpan<Tensor?> indices)
    {
        nint* handles = stackalloc nint[indices.Length];
        Fill(handles, indices);
        return s_index.Call(this, Argument.OptionalTensors(handles, indices.Length));
    }

    /// <summary>x[i₀, i₁, …] = values, in place.</summary>
    public Tensor IndexPutInPlace(ReadOnlySpan<Tensor?> indices, Tensor values)
    {
        nint* handles = stackalloc nint[indices.Length];
        Fill(handles, indices);
        s_indexPut.Run(this, Argument.OptionalTensors(handles, indices.Length), values);
        return this;
    }

    public Tensor UpperTriangle(int diagonal = 0) => s_triu.Call(this, diagonal);

    private static void Fill(nint* handles, ReadOnlySpan<Tensor?> tensors)
    {
        for (int i = 0; i < tensors.Length; i++)
            handles[i] = tensors[i]?.Handle ?? 0;
    }
}
