// GPT-2 (Radford et al. 2019, "Language Models are Unsupervised Multitask Learners"), with Hugging Face's names and its Conv1D
// weights, which are stored (in, out). GELU in its tanh form. No dropout.
// Shapes: ids (B, T); x (B, T, D); q, k, v (B, T, H, d).
using Emend.Tensors;

namespace Emend.Models;

internal sealed class Gpt2(ModelConfig config, ParameterSet parameters, DType compute, Device device) : Transformer(config, parameters, compute, device)
{
    protected override Tensor Run(Tensor ids, Positions positions)
    {
        Tensor places = positions.Cache is null ? Full("transformer.wpe.weight").Narrow(0, 0, positions.Length) : Full("transformer.wpe.weight").Embedding(positions.Ids);
        Tensor x = (Full(ParameterSpec.Gpt2Embedding).Embedding(ids) + places).To(Compute);
        for (int layer = 0; layer < Config.Layers; layer++)
        {
            using var scope = new TensorScope();                 // the graph holds what backward needs; the rest dies with its layer
            string prefix = $"transformer.h.{layer}.";
            Tensor middle = Needed(x, layer, positions) + Attention(Norm(x, prefix + "ln_1"), prefix + "attn.", layer, positions);
            Tensor inner = Fused.GeluTanh(Conv1D(Norm(middle, prefix + "ln_2"), prefix + "mlp.c_fc"));
            x = scope.Keep(middle + Conv1D(inner, prefix + "mlp.c_proj"));
        }
        return Norm(x, "transformer.ln_f");
    }

    private Tensor Attention(Tensor x, string prefix, int layer, Positions positions)
    {
        Tensor joined = Conv1D(x, prefix + "c_attn");
        if (positions.Cache is null)
            return Conv1D(Needed(Fused.CausalAttention(joined, Config.Heads, Config.Heads), layer, positions), prefix + "c_proj");
        Tensor all = joined.Reshape(x.Size(0), x.Size(1), 3, Config.Heads, Config.HeadSize);
        return Conv1D(AttendCached(all.Select(2, 0), all.Select(2, 1), all.Select(2, 2), layer, positions), prefix + "c_proj");
    }

    private Tensor Norm(Tensor x, string name) => Fused.LayerNorm(x, Full(name + ".weight"), Full(name + ".bias"), Config.NormEpsilon);

    private Tensor Conv1D(Tensor x, string name) => Fused.Conv1D(x, Weight(name + ".weight"), Weight(name + ".bias"));
}
