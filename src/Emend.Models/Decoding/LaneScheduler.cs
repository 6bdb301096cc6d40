using System.Runtime.InteropServices;

namespace Emend.Models.Decoding;

/// <summary>
/// Keeps one lane busy: next tokens of running responses first, then as much of new prompts as fits. Sequences join and leave between two
/// steps. A prompt that begins like one that is being read, or like what an ended sequence left in its slot, takes over its keys and
/// values; they are what it would compute itself, bit by bit, since nothing of a position depends on what comes behind it.
/// </summary>
/// <param name="running">Sequences that run at the same time; the slots beyond them only keep what ended sequences leave.</param>
/// <param name="keeps">Whether ended sequences leave their keys and values to later ones.</param>
/// <param name="contextLength">The most tokens of a prompt and its response together.</param>
/// <param name="next">Gives the next sequence, or null when there is none at the moment.</param>
internal sealed class LaneScheduler(DecodeLane lane, int running, bool keeps, int contextLength, Func<Sequence?> next)
{
    /// <summary>Shorter beginnings are not shared: waiting for them costs more than reading them.</summary>
    private const int FewestShared = 8;

    /// <summary>Waiting for one that waits itself costs a step more, about as much as reading so many tokens.</summary>
    private const int CostOfWaiting = 32;

    private readonly CacheSlot[] _slots = [.. Enumerable.Range(0, lane.Slots).Select(index => new CacheSlot(index))];
    private readonly List<DecodeRow> _rows = [];
    private readonly List<int> _wanted = [];
    private readonly List<DecodeRow> _predicting = [];
    private long _clock, _reused;

    /// <summary>Sequences that run now.</summary>
    public int Busy { get; private set; }

    /// <summary>Prompt tokens that did not have to be read since the last call.</summary>
    public long TakeReused()
    {
        long reused = _reused;
        _reused = 0;
        return reused;
    }

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
        Refill();
        if (Busy == 0)
            return 0;
        Plan();
        lane.Forward(CollectionsMarshal.AsSpan(_rows), CollectionsMarshal.AsSpan(_wanted));
        for (int i = 0; i < _predicting.Count; i++)
            Advance(_slots[_predicting[i].Slot].Running!, _predicting[i].Position, lane.Logits(i));
        for (int i = 0; i < _rows.Count; i++)
        {
            if (_slots[_rows[i].Slot].Running is { Hidden: { } hidden } sequence)
                Show(sequence, hidden, _rows[i].Position, lane.Hidden(i));
        }
        return _rows.Count;
    }

    /// <summary>Empties every slot and returns what ran in them: the lane goes on after a failed step, its sequences do not.</summary>
    public Sequence[] Abandon()
    {
        Sequence[] abandoned = [.. _slots.Select(slot => slot.Running).OfType<Sequence>()];
        foreach (CacheSlot slot in _slots)
            slot.Clear();
        Busy = 0;
        return abandoned;
    }

    private void Refill()
    {
        foreach (CacheSlot slot in _slots)
        {
            if (slot.Running is { Cancelled: true })
                Leave(slot);
        }
        while (Busy < running && next() is { } sequence)
            Enter(sequence);
    }

    private void Enter(Sequence sequence)
    {
        // Scores and hidden states are wanted of every position: such a prompt is read whole.
        (CacheSlot? source, int shared) = sequence is { Scored: null, Hidden: null } ? LongestShared(sequence.Prompt) : (null, 0);
        CacheSlot target = source is { Running: null } && source.Left.Length == shared ? source : LeastRecentlyUsed(except: source);
        Sequence? reading = source?.Running;
        if (reading is null && source is not null)
            Share(source.Index, target.Index, sequence, shared);
        else
            (sequence.Source, sequence.Shared) = (reading, shared);
        source?.Used = ++_clock;
        target.Used = ++_clock;
        target.Enter(sequence);
        Busy++;
    }

    /// <summary>The slot that begins with the most tokens of a prompt, the newest of several, and how many; the last token is always read, for its logits.</summary>
    private (CacheSlot? Slot, int Tokens) LongestShared(int[] prompt)
    {
        (CacheSlot? best, int longest, int most) = (null, 0, FewestShared - 1);
        foreach (CacheSlot slot in _slots)
        {
            int shared = Math.Min(slot.Tokens.CommonPrefixLength(prompt), prompt.Length - 1);
            int worth = shared - (slot.Running?.Source is null ? 0 : CostOfWaiting);
            if (worth > most || best is not null && worth == most && slot.Used > best.Used)
                (best, longest, most) = (slot, shared, worth);
        }
        return (best, longest);
    }

    /// <summary>The free slot whose loss matters least; the one that is to be copied from only where there is no other.</summary>
    private CacheSlot LeastRecentlyUsed(CacheSlot? except)
    {
        CacheSlot? oldest = null;
        foreach (CacheSlot slot in _slots)
        {
            if (slot.Running is null && slot != except && (oldest is null || slot.Used < oldest.Used))
                oldest = slot;
        }
        return oldest ?? except!;
    }

    private void Share(int from, int to, Sequence sequence, int count)
    {
        if (from != to)
            lane.CopyCache(from, to, count);
        (sequence.Source, sequence.Done, sequence.Reused) = (null, count, count);
        _reused += count;
    }

    /// <summary>Frees a slot; who waited for this sequence takes over what it has read.</summary>
    private void Leave(CacheSlot slot)
    {
        Sequence leaving = slot.Running!;
        foreach (CacheSlot other in _slots)
        {
            if (other.Running is { } waiting && waiting.Source == leaving)
                Share(slot.Index, other.Index, waiting, Math.Min(leaving.Done, waiting.Shared));
        }
        slot.Leave(keeps);
        slot.Used = ++_clock;
        Busy--;
    }

    /// <summary>Chooses the rows of the next forward pass.</summary>
    private void Plan()
    {
        _rows.Clear();
        _wanted.Clear();
        _predicting.Clear();
        foreach (CacheSlot slot in _slots)
        {
            if (slot.Running is { Source: { } source } waiting && source.Done >= waiting.Shared)
                Share(source.Slot, slot.Index, waiting, waiting.Shared);
        }
        foreach (CacheSlot slot in _slots)
        {
            if (slot.Running is { Source: null } sequence && sequence.Done >= sequence.Prompt.Length)
                Add(sequence, sequence.Response[^1], predicts: true);
        }
        foreach (CacheSlot slot in _slots)
        {
            while (slot.Running is { Source: null } sequence && sequence.Done < sequence.Reads && _rows.Count < DecodeLane.MaxRows)
                Add(sequence, sequence.Prompt[sequence.Done], predicts: sequence.Scored is not null || sequence.Hidden is null && sequence.Done == sequence.Prompt.Length - 1);
        }
    }

    private void Add(Sequence sequence, int token, bool predicts)
    {
        var row = new DecodeRow(sequence.Slot, sequence.Done++, token);
        if (predicts)
        {
            _wanted.Add(_rows.Count);
            _predicting.Add(row);
        }
        _rows.Add(row);
    }

    /// <summary>Uses the logits behind one position of a sequence.</summary>
    private void Advance(Sequence sequence, int position, ReadOnlySpan<float> logits)
    {
        int place = position + 1;
        if (place >= sequence.Prompt.Length)
        {
            Draw(sequence, logits);
            return;
        }
        if (sequence.OnlyScores && place == sequence.Prompt.Length - 1)
            End(sequence, SequenceEnd.Length);
        sequence.Scored!(sequence, place, logits);
    }

    private void Show(Sequence sequence, HiddenHandler handler, int position, ReadOnlySpan<float> hidden)
    {
        if (position == sequence.Prompt.Length - 1)
            End(sequence, SequenceEnd.Length);
        handler(sequence, position, hidden);
    }

    private void Draw(Sequence sequence, ReadOnlySpan<float> logits)
    {
        (int token, float logprob) = sequence.Sampler.Draw(sequence.Adjustment is { } adjustment ? adjustment.Apply(logits) : logits, sequence.Random);
        sequence.Adjustment?.Count(token);
        sequence.Response.Add(token);
        sequence.Logprobs.Add(logprob);
        if (sequence.Options.StopTokens.Contains(token))
            End(sequence, SequenceEnd.StopToken);
        else if (sequence.Response.Count >= sequence.Options.MaxNewTokens || sequence.Prompt.Length + sequence.Response.Count >= contextLength)
            End(sequence, SequenceEnd.Length);
        sequence.Drawn!(sequence, logits);
    }

    private void End(Sequence sequence, SequenceEnd end)
    {
        sequence.End = end;
        Leave(_slots[sequence.Slot]);
    }
}
