namespace Emend.Tensors;

// The parts of a transformer.
public sealed unsafe partial class Tensor
{
    private static readonly Operator s_matmul = new("aten::matmul"), s_linear = new("aten::linear"), s_bmm = new("aten::bmm"), s_baddbmm = new("aten::baddbmm");
    private static readonly Operator s_embedding = new("aten::embedding"), s_layerNorm = new("aten::layer_norm");

    public Tensor MatMul(Tensor other) => s_matmul.Call(this, other);

    /// <summary>Batched product (B, N, M) × (B, M, P).</summary>
    public Tensor BatchMatMul(Tensor other) => s_bmm.Call(this, other);

    /// <summary>beta · this + alpha · (a × b), batched.</summary>
    public Tensor AddBatchMatMul(Tensor a, Tensor b, double beta, double alpha) => s_baddbmm.Call(this, a, b, beta, alpha);

    /// <summary>x Wᵀ + b with W (out, in) and b (out) or none.</summary>
    public Tensor Linear(Tensor weight, Tensor? bias = null) => s_linear.Call(this, weight, bias);

    /// <summary>Rows of this (V, D) table by int64 ids of any shape.</summary>
    public Tensor Embedding(Tensor ids) => s_embedding.Call(this, ids);

    /// <summary>Layer normalization over the last dimension (Ba et al. 2016) with weight and bias (D).</summary>
    public Tensor LayerNorm(Tensor weight, Tensor bias, double epsilon)
    {
        long size = Size(-1);
        return s_layerNorm.Call(this, Argument.Ints(&size, 1), weight, bias, epsilon);
    }
}
