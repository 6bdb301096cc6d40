using System.Runtime.InteropServices;

namespace Emend.Models.Decoding;

/// <summary>
/// Keeps the slots of one lane busy: next tokens of running responses first, then as much of new prompts as fits. Sequences join and
/// leave between two steps.
/// </summary>
/// <param name="next">Gives the sequence for a free slot, or null when there is none at the moment.</param>
/// <param name="contextLength">The most tokens of a prompt and its response together.</param>
internal sealed class LaneScheduler(DecodeLane lane, int contextLength, Func<Sequence?> next)
{
    private readonly Sequence?[] _slots = new Sequence?[lane.Slots];
    private readonly List<DecodeRow> _rows = [];
    private readonly List<int> _wanted = [];
    private readonly List<Sequence> _predicted = [];

    /// <summary>Sequences that are in a slot now.</summary>
    public int Busy => _slots.Count(slot => slot is not null);

    /// <summary>Runs until there is nothing to take and every response of this lane has ended.</summary>
    public void Run()
    {
        while (Step() > 0)
        {
        }
    }

    /// <summary>One forward pass over everything that is due. Returns the rows it had; 0 when the lane is idle.</summary>
    public int Step()
    {
        if (!Refill())
            return 0;
        Plan();
        lane.Forward(CollectionsMarshal.AsSpan(_rows), CollectionsMarshal.AsSpan(_wanted));
        for (int i = 0; i < _predicted.Count; i++)
            Advance(_predicted[i], lane.Logits(i));
        return _rows.Count;
    }

    /// <summary>Empties every slot and returns what was in them: the lane goes on after a failed step, its sequences do not.</summary>
    public Sequence[] Abandon()
    {
        Sequence[] running = [.. _slots.OfType<Sequence>()];
        Array.Clear(_slots);
        return running;
    }

    private bool Refill()
    {
        bool busy = false;
        for (int slot = 0; slot < _slots.Length; slot++)
        {
            if (_slots[slot] is { Cancelled: true } cancelled)
                Leave(cancelled);
            if (_slots[slot] is null && next() is { } sequence)
            {
                sequence.Slot = slot;
                sequence.Source = Array.Find(_slots, other => other is { Source: null, Done: 0 } && other.Prompt.AsSpan().SequenceEqual(sequence.Prompt));
                _slots[slot] = sequence;
            }
            busy |= _slots[slot] is not null;
        }
        return busy;
    }

    /// <summary>Frees a slot; who waited for this sequence's prompt runs it itself.</summary>
    private void Leave(Sequence sequence)
    {
        _slots[sequence.Slot] = null;
        foreach (Sequence? waiting in _slots)
        {
            if (waiting is not null && waiting.Source == sequence)
                waiting.Source = null;
        }
    }

    /// <summary>Chooses the rows of the next forward pass.</summary>
    private void Plan()
    {
        _rows.Clear();
        _wanted.Clear();
        _predicted.Clear();
        foreach (Sequence? sequence in _slots)
        {
            if (sequence is { Source: null } && sequence.Done >= sequence.Prompt.Length)
                Want(sequence, sequence.Response[^1]);
        }
        foreach (Sequence? sequence in _slots)
        {
            while (sequence is { Source: null } && sequence.Done < sequence.Prompt.Length && _rows.Count < DecodeLane.MaxRows)
            {
                int token = sequence.Prompt[sequence.Done];
                if (sequence.Done == sequence.Prompt.Length - 1)
                    Want(sequence, token);
                else
                    _rows.Add(new DecodeRow(sequence.Slot, sequence.Done++, token));
            }
        }

        void Want(Sequence sequence, int token)
        {
            _wanted.Add(_rows.Count);
            _predicted.Add(sequence);
            _rows.Add(new DecodeRow(sequence.Slot, sequence.Done++, token));
        }
    }

    /// <summary>Takes the next token of a sequence, and of those that wait for the same prompt's forward pass.</summary>
    private void Advance(Sequence sequence, ReadOnlySpan<float> logits)
    {
        if (sequence.Response.Count == 0)
        {
            foreach (Sequence? waiting in _slots)
            {
                if (waiting is null || waiting.Source != sequence)
                    continue;
                lane.CopyCache(sequence.Slot, waiting.Slot, sequence.Done);
                waiting.Source = null;
                waiting.Done = sequence.Done;
                Draw(waiting, logits);
            }
        }
        Draw(sequence, logits);
    }

    private void Draw(Sequence sequence, ReadOnlySpan<float> logits)
    {
        (int token, float logprob) = sequence.Sampler.Draw(logits, sequence.Random);
        sequence.Response.Add(token);
        sequence.Logprobs.Add(logprob);
        if (sequence.Options.StopTokens.Contains(token))
            sequence.End = SequenceEnd.StopToken;
        else if (sequence.Response.Count >= sequence.Options.MaxNewTokens || sequence.Prompt.Length + sequence.Response.Count >= contextLength)
            sequence.End = SequenceEnd.Length;
        if (sequence.End is not null)
            _slots[sequence.Slot] = null;
        sequence.Drawn(sequence, logits);
    }
}
