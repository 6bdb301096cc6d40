using Emend.Tensors;
using Emend.Text;

namespace Emend.Models;

/// <summary>
/// B token sequences of different lengths, each a prompt followed by a response, as a model reads them: RIGHT-padded to T columns.
/// Attention is causal, so padding behind a sequence is invisible to it and needs no mask. Everything about responses has
/// shape (B, R), R the longest response, or is flat: the N real response tokens of all rows, one row after the other.
/// </summary>
public sealed class TokenBatch
{
    private readonly int[][] _sequences;
    private readonly int[] _starts;

    private TokenBatch(int[][] sequences, int[] starts)
    {
        if (sequences.Length == 0)
            throw new InvalidInputException("a batch needs at least one token sequence");
        for (int row = 0; row < sequences.Length; row++)
        {
            if (starts[row] < 1 || starts[row] > sequences[row].Length)
                throw new InvalidInputException($"row {row} of a batch has a prompt of {starts[row]} of its {sequences[row].Length} tokens; at least one token must come before the first that is predicted");
        }
        _sequences = sequences;
        _starts = starts;
        Width = sequences.Max(sequence => sequence.Length);
        ResponseWidth = sequences.Select((sequence, row) => sequence.Length - starts[row]).Max();
        ResponseTokens = sequences.Select((sequence, row) => sequence.Length - starts[row]).Sum();
    }

    /// <summary>B.</summary>
    public int Rows => _sequences.Length;

    /// <summary>T, the longest sequence.</summary>
    public int Width { get; }

    /// <summary>R, the longest response.</summary>
    public int ResponseWidth { get; }

    /// <summary>N, the number of response tokens of all rows.</summary>
    public int ResponseTokens { get; }

    /// <summary>Whole texts: the first token counts as prompt, every later one as response.</summary>
    public static TokenBatch Of(IReadOnlyList<int[]> sequences) => new([.. sequences], [.. sequences.Select(_ => 1)]);

    /// <summary>Prompts and responses of the same count; each prompt has at least one token.</summary>
    public static TokenBatch Of(IReadOnlyList<int[]> prompts, IReadOnlyList<int[]> responses)
    {
        if (prompts.Count != responses.Count)
            throw new ArgumentException($"{prompts.Count} prompts do not go with {responses.Count} responses");
        return new([.. prompts.Select((prompt, row) => (int[])[.. prompt, .. responses[row]])], [.. prompts.Select(prompt => prompt.Length)]);
    }

    /// <summary>What a generator made, as a batch.</summary>
    public static TokenBatch Of(IReadOnlyList<Generation> generations) =>
        Of([.. generations.Select(generation => generation.Prompt)], [.. generations.Select(generation => generation.Response)]);

    /// <summary>Prompt and response of a row.</summary>
    public ReadOnlySpan<int> Sequence(int row) => _sequences[row];

    /// <summary>Number of prompt tokens of a row.</summary>
    public int PromptLength(int row) => _starts[row];

    /// <summary>The response of a row.</summary>
    public ReadOnlySpan<int> Response(int row) => _sequences[row].AsSpan(_starts[row]);

    /// <summary>The batch of some of the rows, in the order given.</summary>
    public TokenBatch Take(ReadOnlySpan<int> rows)
    {
        var sequences = new int[rows.Length][];
        var starts = new int[rows.Length];
        for (int i = 0; i < rows.Length; i++)
            (sequences[i], starts[i]) = (_sequences[rows[i]], _starts[rows[i]]);
        return new TokenBatch(sequences, starts);
    }

    /// <summary>Token ids (B, T) int64; the padding is id 0.</summary>
    public Tensor Ids(Device device = default)
    {
        var ids = new long[Rows * Width];
        for (int row = 0; row < Rows; row++)
        {
            for (int column = 0; column < _sequences[row].Length; column++)
                ids[row * Width + column] = _sequences[row][column];
        }
        return Tensor.From<long>(ids, [Rows, Width], device);
    }

    /// <summary>The response tokens, flat (N) int64.</summary>
    public Tensor ResponseIds(Device device = default) =>
        Tensor.From<long>(_sequences.SelectMany((sequence, row) => sequence.Skip(_starts[row])).Select(id => (long)id).ToArray(), [ResponseTokens], device);

    /// <summary>1 for a real response token, 0 for padding: (B, R) float32.</summary>
    public Tensor ResponseMask(Device device = default)
    {
        var mask = new float[Rows * ResponseWidth];
        for (int row = 0; row < Rows; row++)
            mask.AsSpan(row * ResponseWidth, _sequences[row].Length - _starts[row]).Fill(1);
        return Tensor.From<float>(mask, [Rows, ResponseWidth], device);
    }

    /// <summary>
    /// Lays flat values (N) of the response tokens out as (B, R), with zeros as padding; gradients flow back.
    /// </summary>
    public Tensor Pad(Tensor flat)
    {
        var places = new long[Rows * ResponseWidth];
        long next = 0;
        for (int row = 0; row < Rows; row++)
        {
            int length = _sequences[row].Length - _starts[row];
            for (int column = 0; column < ResponseWidth; column++)
                places[row * ResponseWidth + column] = column < length ? next++ : ResponseTokens;
        }
        Tensor withZero = Tensor.Cat([flat, Tensor.Zeros([1], flat.DType, flat.Device)], 0);
        return withZero.IndexSelect(0, Tensor.From(places, [places.Length], flat.Device)).Reshape(Rows, ResponseWidth);
    }

    /// <summary>Flat positions (N) into (B·T): where each response token stands, or so many tokens later, at most the row's last.</summary>
    internal Tensor TokenPositions(Device device, int lookahead = 0) => Positions(lookahead, device);

    /// <summary>Flat positions (N) into (B·T): the token before each response token, whose hidden state predicts it.</summary>
    internal Tensor PredictingPositions(Device device) => Positions(-1, device);

    /// <summary>Flat positions (B) into (B·T): the last token of each row.</summary>
    internal Tensor LastPositions(Device device) =>
        Tensor.From<long>(_sequences.Select((sequence, row) => (long)row * Width + sequence.Length - 1).ToArray(), [Rows], device);

    /// <summary>Throws where a sequence is longer than the context or an id is outside the vocabulary.</summary>
    internal void Check(ModelConfig config)
    {
        for (int row = 0; row < Rows; row++)
        {
            if (_sequences[row].Length > config.ContextLength)
                throw new InvalidInputException($"sequence {row} has {_sequences[row].Length} tokens; the model's context is {config.ContextLength}");
            foreach (int id in _sequences[row])
            {
                if ((uint)id >= (uint)config.VocabularySize)
                    throw new InvalidInputException($"sequence {row} holds the token id {id}; the model's vocabulary has {config.VocabularySize} tokens, so ids go from 0 to {config.VocabularySize - 1}");
            }
        }
    }

    private Tensor Positions(int shift, Device device)
    {
        var positions = new long[ResponseTokens];
        int next = 0;
        for (int row = 0; row < Rows; row++)
        {
            for (int column = _starts[row]; column < _sequences[row].Length; column++)
                positions[next++] = (long)row * Width + Math.Min(column + shift, _sequences[row].Length - 1);
        }
        return Tensor.From(positions, [positions.Length], device);
    }
}
