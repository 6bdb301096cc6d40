// The Llama family: Llama (arXiv:2302.13971), Mistral without a window (arXiv:2310.06825), Qwen2 (arXiv:2407.10671).
// Names are Hugging Face's. Rotary positions in the rotate-half layout of its checkpoints.
// Shapes: ids (B, T); x (B, T, D); q (B, T, H, d); k, v (B, T, G, d).
using Emend.Tensors;

namespace Emend.Models;

internal sealed class Llama(ModelConfig config, ParameterSet parameters, DType compute, Device device) : Transformer(config, parameters, compute, device)
{
    private readonly RotaryTable _rotary = new(config);

    protected override Tensor Run(Tensor ids, Positions positions)
    {
        _rotary.Reach(positions.Length);
        (Tensor Cosines, Tensor Sines)? angles = positions.Cache is null ? null : Angles(positions);
        Tensor x = Full(ParameterSpec.LlamaEmbedding).Embedding(ids).To(Compute);
        for (int layer = 0; layer < Config.Layers; layer++)
        {
            using var scope = new TensorScope();                 // the graph holds what backward needs; the rest dies with its layer
            string prefix = $"model.layers.{layer}.";
            Tensor normed = Fused.RmsNorm(x, Full(prefix + "input_layernorm.weight"), Config.NormEpsilon);
            Tensor middle = Needed(x, layer, positions) + Attention(normed, prefix + "self_attn.", layer, positions, angles);
            normed = Fused.RmsNorm(middle, Full(prefix + "post_attention_layernorm.weight"), Config.NormEpsilon);
            x = scope.Keep(middle + Mlp(normed, prefix + "mlp."));
        }
        return Fused.RmsNorm(x, Full("model.norm.weight"), Config.NormEpsilon);
    }

    private Tensor Attention(Tensor x, string prefix, int layer, Positions positions, (Tensor Cosines, Tensor Sines)? angles)
    {
        long rows = x.Size(0), columns = x.Size(1);
        int heads = Config.Heads, groups = Config.KeyValueHeads;
        Tensor? bias = Config.QueryKeyValueBias ? Joined(prefix + "q_proj.bias", prefix + "k_proj.bias", prefix + "v_proj.bias") : null;
        Tensor joined = Fused.Linear(x, Joined(prefix + "q_proj.weight", prefix + "k_proj.weight", prefix + "v_proj.weight"), bias);
        return Fused.Linear(Needed(Mix(joined), layer, positions), Weight(prefix + "o_proj.weight"), Optional(prefix + "o_proj.bias"));

        Tensor Mix(Tensor joined)
        {
            if (angles is not { } behind)
                return Fused.CausalAttention(joined, heads, groups, new RotaryAngles(_rotary.Cosines, _rotary.Sines));
            Tensor all = joined.Reshape(rows, columns, heads + 2 * groups, Config.HeadSize);
            Tensor turned = Rotate(all.Narrow(2, 0, heads + groups), behind.Cosines, behind.Sines);
            return AttendCached(turned.Narrow(2, 0, heads), turned.Narrow(2, heads, groups), all.Narrow(2, heads + groups, groups), layer, positions);
        }
    }

    private Tensor Mlp(Tensor x, string prefix)
    {
        Tensor gate = Fused.Linear(x, Weight(prefix + "gate_proj.weight"), Optional(prefix + "gate_proj.bias"));
        Tensor up = Fused.Linear(x, Weight(prefix + "up_proj.weight"), Optional(prefix + "up_proj.bias"));
        return Fused.Linear(Fused.SwiGlu(gate, up), Weight(prefix + "down_proj.weight"), Optional(prefix + "down_proj.bias"));
    }

    /// <summary>Turns pairs (i, i + d/2) of each head: x (B, T, heads, d), angles (1 or B, T, 1, d/2).</summary>
    private static Tensor Rotate(Tensor x, Tensor cosines, Tensor sines)
    {
        long half = x.Size(-1) / 2;
        Tensor first = x.Narrow(-1, 0, half), second = x.Narrow(-1, half, half);
        return Tensor.Cat([first * cosines - second * sines, second * cosines + first * sines], -1);
    }

    private (Tensor Cosines, Tensor Sines) Angles(Positions positions)
    {
        int half = Config.HeadSize / 2;
        Tensor ids = positions.Ids;
        return (Table(_rotary.Cosines), Table(_rotary.Sines));

        Tensor Table(float[] values) =>
            Tensor.From<float>(values.AsSpan(0, positions.Length * half), [positions.Length, half], Device).To(Compute).Embedding(ids).Unsqueeze(2);
    }
}
