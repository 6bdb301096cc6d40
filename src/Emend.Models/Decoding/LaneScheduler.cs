namespace Emend.Models.Decoding;

/// <summary>The prompts of one call, given out one by one, and the responses as they come back. Safe for several threads.</summary>
internal sealed class PromptQueue(IReadOnlyList<int[]> prompts, SamplingOptions options, int contextLength)
{
    private int _next;

    public SamplingOptions Options => options;

    public int ContextLength => contextLength;

    /// <summary>One per prompt, filled when all lanes are done.</summary>
    public Generation[] Results { get; } = new Generation[prompts.Count];

    /// <summary>The index of a prompt nobody has taken yet, or −1.</summary>
    public int Take()
    {
        int index = Interlocked.Increment(ref _next) - 1;
        return index < prompts.Count ? index : -1;
    }

    public int[] Prompt(int index) => prompts[index];

    /// <summary>Gives out nothing more: a lane has failed.</summary>
    public void Close() => Interlocked.Exchange(ref _next, prompts.Count);
}

/// <summary>Keeps the slots of one lane busy: next tokens of running responses first, then as much of new prompts as fits.</summary>
internal sealed class LaneScheduler
{
    private readonly DecodeLane _lane;
    private readonly PromptQueue _queue;
    private readonly Sampler _sampler;
    private readonly Sequence?[] _slots;
    private readonly List<DecodeRow> _rows = [];
    private readonly List<int> _wanted = [];
    private readonly List<Sequence> _predicted = [];

    public LaneScheduler(DecodeLane lane, PromptQueue queue)
    {
        _lane = lane;
        _queue = queue;
        _slots = new Sequence?[lane.Slots];
        _sampler = new Sampler(queue.Options, lane.Logits(0).Length);
    }

    /// <summary>Runs until the queue is empty and every response of this lane has ended.</summary>
    public void Run()
    {
        while (Refill())
        {
            Plan();
            _lane.Forward(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_rows), System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_wanted));
            for (int i = 0; i < _predicted.Count; i++)
                Advance(_predicted[i], _lane.Logits(i));
        }
    }

    private bool Refill()
    {
        bool busy = false;
        for (int slot = 0; slot < _slots.Length; slot++)
        {
            if (_slots[slot] is null && _queue.Take() is var index and >= 0)
            {
                var sequence = new Sequence(slot, index, _queue.Prompt(index), Sampler.RandomOf(_queue.Options.Seed, index));
                sequence.Source = Array.Find(_slots, other => other is { Source: null, Done: 0 } && other.Prompt.AsSpan().SequenceEqual(sequence.Prompt));
                _slots[slot] = sequence;
            }
            busy |= _slots[slot] is not null;
        }
        return busy;
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
                _lane.CopyCache(sequence.Slot, waiting.Slot, sequence.Done);
                waiting.Source = null;
                waiting.Done = sequence.Done;
                Draw(waiting, logits);
            }
        }
        Draw(sequence, logits);
    }

    private void Draw(Sequence sequence, ReadOnlySpan<float> logits)
    {
        (int token, float logprob) = _sampler.Draw(logits, sequence.Random);
        sequence.Response.Add(token);
        sequence.Logprobs.Add(logprob);
        bool stopped = _queue.Options.StopTokens.Contains(token);
        int total = sequence.Prompt.Length + sequence.Response.Count;
        if (!stopped && sequence.Response.Count < _queue.Options.MaxNewTokens && total < _queue.ContextLength)
            return;
        _queue.Results[sequence.Index] = new Generation(sequence.Prompt, [.. sequence.Response], [.. sequence.Logprobs], stopped);
        _slots[sequence.Slot] = null;
    }

    private sealed class Sequence(int slot, int index, int[] prompt, Random random)
    {
        public int Slot { get; } = slot;

        public int Index { get; } = index;

        public int[] Prompt { get; } = prompt;

        public Random Random { get; } = random;

        /// <summary>Tokens whose keys and values are in the cache (or will be after the planned pass).</summary>
        public int Done { get; set; }

        /// <summary>The sequence with the same prompt whose forward pass this one waits for.</summary>
        public Sequence? Source { get; set; }

        public List<int> Response { get; } = [];

        public List<float> Logprobs { get; } = [];
    }
}
