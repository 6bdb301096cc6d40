namespace Emend.Tensors;

// Sums, extremes and order.
public sealed unsafe partial class Tensor
{
    private static readonly Operator s_sumAll = new("aten::sum"), s_sum = new("aten::sum", "dim_IntList");
    private static readonly Operator s_meanAll = new("aten::mean"), s_mean = new("aten::mean", "dim");
    private static readonly Operator s_maxAll = new("aten::max"), s_minAll = new("aten::min"), s_amax = new("aten::amax"), s_argmax = new("aten::argmax");
    private static readonly Operator s_logsumexp = new("aten::logsumexp"), s_sort = new("aten::sort"), s_topk = new("aten::topk");
    private static readonly Operator s_softmax = new("aten::softmax", "int"), s_logSoftmax = new("aten::log_softmax", "int");
    private static readonly Operator s_all = new("aten::all"), s_any = new("aten::any");

    public Tensor Sum() => s_sumAll.Call(this);

    public Tensor Sum(int dimension, bool keepDimension = false)
    {
        long only = dimension;
        return s_sum.Call(this, Argument.Ints(&only, 1), keepDimension);
    }

    public Tensor Mean() => s_meanAll.Call(this);

    public Tensor Mean(int dimension, bool keepDimension = false)
    {
        long only = dimension;
        return s_mean.Call(this, Argument.Ints(&only, 1), keepDimension);
    }

    public Tensor Max() => s_maxAll.Call(this);
    public Tensor Min() => s_minAll.Call(this);

    public Tensor Max(int dimension, bool keepDimension = false)
    {
        long only = dimension;
        return s_amax.Call(this, Argument.Ints(&only, 1), keepDimension);
    }

    /// <summary>Index of the largest element along a dimension, int64; of equal ones any.</summary>
    public Tensor ArgMax(int dimension, bool keepDimension = false) => s_argmax.Call(this, dimension, keepDimension);

    /// <summary>log Σ exp(x) along a dimension.</summary>
    public Tensor LogSumExp(int dimension, bool keepDimension = false)
    {
        long only = dimension;
        return s_logsumexp.Call(this, Argument.Ints(&only, 1), keepDimension);
    }

    public (Tensor Values, Tensor Indices) Sort(int dimension, bool descending)
    {
        Tensor[] both = s_sort.CallMany(this, dimension, descending);
        return (both[0], both[1]);
    }

    /// <summary>The k largest elements along a dimension, largest first, and their int64 indices.</summary>
    public (Tensor Values, Tensor Indices) TopK(long k, int dimension)
    {
        Tensor[] both = s_topk.CallMany(this, k, dimension);
        return (both[0], both[1]);
    }

    public Tensor Softmax(int dimension) => s_softmax.Call(this, dimension);
    public Tensor LogSoftmax(int dimension) => s_logSoftmax.Call(this, dimension);

    /// <summary>Whether all elements (bool) hold, as a bool scalar.</summary>
    public Tensor All() => s_all.Call(this);

    public Tensor Any() => s_any.Call(this);
}
