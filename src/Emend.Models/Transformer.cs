using Emend.Tensors;

namespace Emend.Models;

/// <summary>
/// The blocks between token ids and the last norm. Shapes: B rows, T columns, L key positions, D hidden size, H heads, G key/value
/// heads, d head size. Compute is float32, or bfloat16 with float32 parameters that are cast, differentiably, on every use; norms
/// and sums stay in float32.
/// </summary>
internal abstract class Transformer(ModelConfig config, ParameterSet parameters, DType compute, Device device)
{
    protected ModelConfig Config { get; } = config;

    protected Device Device { get; } = device;

    protected DType Compute { get; } = compute;

    public static Transformer For(ModelConfig config, ParameterSet parameters, DType compute, Device device) =>
        config.Family == ModelFamily.Gpt2 ? new Gpt2(config, parameters, compute, device) : new Llama(config, parameters, compute, device);

    /// <summary>Hidden states after the last norm, (B, T, D) in the compute type, of ids (B, T) int64 that start at position 0.</summary>
    public Tensor Hidden(Tensor ids)
    {
        Positions positions = Positions.FromStart(this, ids.Size(1));
        return Run(ids, positions);
    }

    /// <summary>
    /// The same of some tokens only, (N, D), given as flat positions (N) into (B·T): what stands behind the last attention is computed for no other.
    /// Gradients of weights then are sums over other rows than those of <see cref="Hidden"/>, equal but for rounding.
    /// </summary>
    public Tensor HiddenAt(Tensor ids, Tensor tokens) => Run(ids, Positions.FromStart(this, ids.Size(1), tokens));

    /// <summary>
    /// The same for ids that continue the sequences of a cache: row b stands at the cache's length of b. Keys and values are written
    /// into the cache; its lengths are not moved. Nothing is recorded for backward.
    /// </summary>
    public Tensor HiddenCached(Tensor ids, KeyValueCache cache)
    {
        using IDisposable off = Gradients.Off();
        return Run(ids, Positions.Behind(this, cache, (int)ids.Size(1)));
    }

    protected abstract Tensor Run(Tensor ids, Positions positions);

    /// <summary>In the last layer the tokens that are asked for, (B, T, D) → (N, D) where not all are; in the others x itself.</summary>
    protected Tensor Needed(Tensor x, int layer, Positions positions) =>
        layer == Config.Layers - 1 && positions.Needed is { } tokens ? x.Reshape(-1, x.Size(-1)).IndexSelect(0, tokens) : x;

    /// <summary>A parameter in the compute type.</summary>
    protected Tensor Weight(string name) => parameters[name].To(Compute);

    /// <summary>A parameter in the compute type, or null where the model has none of that name (a bias).</summary>
    protected Tensor? Optional(string name) => parameters.Find(name)?.To(Compute);

    /// <summary>A parameter as it is, float32 (norms).</summary>
    protected Tensor Full(string name) => parameters[name];

    /// <summary>Several linear layers over one input as one: weights (out, in) and biases (out) joined along their outputs.</summary>
    protected Tensor Joined(params ReadOnlySpan<string> names)
    {
        var tensors = new Tensor[names.Length];
        for (int i = 0; i < names.Length; i++)
            tensors[i] = parameters[names[i]];
        return Tensor.Cat(tensors, 0).To(Compute);
    }

    /// <summary>
    /// Attention behind a cache, softmax(q kᵀ / √d + mask) v with causal masks: q (B, T, H, d), k and v (B, T, G, d) → (B, T, H·d). The
    /// H/G query heads that share a key head are stacked as rows of one product, so that keys are never repeated. Without a cache it is
    /// <see cref="Fused.CausalAttention"/>.
    /// </summary>
    protected Tensor AttendCached(Tensor q, Tensor k, Tensor v, int layer, Positions positions)
    {
        long rows = q.Size(0), columns = q.Size(1), heads = Config.Heads, groups = Config.KeyValueHeads, size = Config.HeadSize;
        long shared = heads / groups;
        (k, v) = positions.Cache!.Extend(layer, k, v);
        long keys = k.Size(1);
        q = q.Reshape(rows, columns, groups, shared, size).Permute(0, 2, 3, 1, 4).Reshape(rows * groups, shared * columns, size);
        k = k.Permute(0, 2, 3, 1).Reshape(rows * groups, size, keys);
        v = v.Transpose(1, 2).Reshape(rows * groups, keys, size);
        Tensor scores = positions.Mask!.AddBatchMatMul(q, k, 1, 1 / Math.Sqrt(size));
        Tensor mixed = scores.Softmax(-1).BatchMatMul(v);
        return mixed.Reshape(rows, groups, shared, columns, size).Permute(0, 3, 1, 2, 4).Reshape(rows, columns, heads * size);
    }

    /// <summary>What the blocks need to know of where their tokens stand; made once per forward pass.</summary>
    protected sealed class Positions
    {
        /// <summary>0 where a query may see a key and −∞ elsewhere: (B·G, H/G·T, L) in the compute type; null where there is no cache.</summary>
        public Tensor? Mask { get; init; }

        /// <summary>Position of each token: (1, T) or (B, T) int64.</summary>
        public required Tensor Ids { get; init; }

        /// <summary>One more than the last position in use.</summary>
        public required int Length { get; init; }

        /// <summary>Flat positions of the tokens whose last hidden states are asked for; null for all.</summary>
        public Tensor? Needed { get; init; }

        /// <summary>Keys and values of earlier tokens; null in training.</summary>
        public KeyValueCache? Cache { get; init; }

        public static Positions FromStart(Transformer model, long columns, Tensor? needed = null) =>
            new() { Ids = Tensor.Arange(columns, model.Device).Unsqueeze(0), Length = (int)columns, Needed = needed };

        public static Positions Behind(Transformer model, KeyValueCache cache, int columns)
        {
            ModelConfig config = model.Config;
            int rows = cache.Lengths.Length, length = cache.Lengths.Max() + columns, shared = config.Heads / config.KeyValueHeads;
            var ids = new long[rows * columns];
            var mask = new float[rows * columns * length];
            for (int row = 0; row < rows; row++)
            {
                for (int column = 0; column < columns; column++)
                {
                    int position = cache.Lengths[row] + column;
                    ids[row * columns + column] = position;
                    mask.AsSpan((row * columns + column) * length, length)[(position + 1)..].Fill(float.NegativeInfinity);
                }
            }
            Tensor perRow = Tensor.From<float>(mask, [rows, 1, 1, columns, length], model.Device).To(model.Compute);
            return new Positions
            {
                Mask = perRow.Expand(rows, config.KeyValueHeads, shared, columns, length).Reshape(rows * config.KeyValueHeads, shared * columns, length),
                Ids = Tensor.From<long>(ids, [rows, columns], model.Device),
                Length = length,
                Cache = cache,
            };
        }
    }
}
