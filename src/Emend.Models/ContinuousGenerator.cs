using Emend.Models.Decoding;
using Emend.Tensors;
using Emend.Text;

namespace Emend.Models;

/// <summary>How many responses run at once, and how long they may be.</summary>
public sealed record ContinuousOptions
{
    /// <summary>Bytes that the cache may take where nothing else is said.</summary>
    public const long DefaultCacheBytes = 2L << 30;

    /// <summary>Bytes that beginnings of prompts may take where nothing else is said.</summary>
    public const long DefaultPrefixBytes = 128L << 20;

    /// <summary>Responses that run at the same time; further ones wait in the order in which they came.</summary>
    public int Slots { get; init; } = 16;

    /// <summary>The most tokens of a prompt and its response together; 0 takes the model's context.</summary>
    public int ContextLength { get; init; }

    /// <summary>Threads that decode, each with its share of the slots; 0 takes one for each core.</summary>
    public int Threads { get; init; }

    /// <summary>Keys and values of all slots together must fit into this many bytes.</summary>
    public long CacheBytes { get; init; } = DefaultCacheBytes;

    /// <summary>
    /// Bytes, beside those of the slots, for keys and values that ended responses leave behind, so that a later prompt that begins like theirs need
    /// not be read from its start; the least recently used make room. 0 keeps nothing from one response to the next.
    /// </summary>
    public long PrefixBytes { get; init; } = DefaultPrefixBytes;
}

/// <summary>
/// Continuous batching for a server: responses start when they are submitted and end when they are done, and all that run at a moment
/// go through the model together. Each thread owns a lane, that is a cache with slots; a response runs in the lane that was least busy. No sum
/// depends on what else is in a batch, so a response is the one that <see cref="Generator"/> gives for the same seed and row, bit by bit.
/// The weights are copied: the model may be disposed afterwards. On the CPU only.
/// </summary>
public sealed class ContinuousGenerator : IDisposable
{
    /// <summary>The most slots of a lane that only keep what ended responses leave: each new prompt is held against all of them.</summary>
    private const int MostKept = 64;

    private readonly DecodeWeights _weights;
    private readonly DecodeLane[] _lanes;
    private readonly Thread[] _threads;
    private readonly int[] _running, _slotsOf;
    private readonly bool _keeps;
    private readonly Queue<Sequence> _waiting = new();
    private readonly object _gate = new();
    private bool _stopping;
    private long _steps, _rows, _reused;

    public ContinuousGenerator(LanguageModel model, ContinuousOptions options)
    {
        if (!model.Device.IsCpu)
            throw new ArgumentException("continuous batching runs on the CPU; load the model there");
        Config = model.Config;
        ContextLength = options.ContextLength == 0 ? Config.ContextLength : Math.Min(options.ContextLength, Config.ContextLength);
        int lanes = Math.Clamp(options.Threads == 0 ? Torch.Threads : options.Threads, 1, options.Slots);
        int[] slots = _slotsOf = [.. Enumerable.Range(0, lanes).Select(lane => Math.Min(DecodeLane.MaxRows, options.Slots / lanes + (lane < options.Slots % lanes ? 1 : 0)))];
        long slotBytes = SlotBytes(Config, ContextLength), needed = slotBytes * slots.Sum();
        _keeps = options.PrefixBytes > 0;
        int kept = (int)Math.Min(MostKept, options.PrefixBytes / lanes / slotBytes);
        if (needed > options.CacheBytes)
            throw new InvalidInputException($"{slots.Sum()} responses of {ContextLength} tokens need {needed >> 20} MiB of cache, and {options.CacheBytes >> 20} MiB are allowed; lower the context or the number of concurrent responses");
        _weights = new DecodeWeights(Config, model.DecodePrecision);
        _weights.Read(model.Values);
        var rotary = new RotaryTable(Config);
        if (Config.Family == ModelFamily.Llama)
            rotary.Reach(ContextLength);
        _running = new int[lanes];
        _lanes = [.. slots.Select(count => new DecodeLane(_weights, rotary, count + kept, ContextLength))];
        _threads = [.. Enumerable.Range(0, lanes).Select(lane => new Thread(() => Work(lane)) { IsBackground = true, Name = $"decode lane {lane + 1}" })];
        foreach (Thread thread in _threads)
            thread.Start();
    }

    public ModelConfig Config { get; }

    /// <summary>The most tokens of a prompt and its response together.</summary>
    public int ContextLength { get; }

    /// <summary>Responses that can run at the same time.</summary>
    public int Slots => _slotsOf.Sum();

    /// <summary>Responses that run now.</summary>
    public int Running { get { lock (_gate) return _running.Sum(); } }

    /// <summary>Responses that wait for a slot.</summary>
    public int Waiting { get { lock (_gate) return _waiting.Count(sequence => !sequence.Cancelled); } }

    /// <summary>Forward passes so far, of all lanes.</summary>
    public long Steps => Interlocked.Read(ref _steps);

    /// <summary>Tokens that went through the model so far, of prompts and of responses.</summary>
    public long Rows => Interlocked.Read(ref _rows);

    /// <summary>Prompt tokens so far that did not go through the model, since an earlier prompt began with them too.</summary>
    public long Reused => Interlocked.Read(ref _reused);

    /// <summary>Bytes of keys and values of one response.</summary>
    public static long SlotBytes(ModelConfig config, int contextLength) =>
        2L * sizeof(float) * config.Layers * config.KeyValueHeads * CachedAttention.HeadFloats(contextLength, config.HeadSize);

    /// <summary>Queues a response. Prompt and options have been checked with <see cref="Problems"/>.</summary>
    /// <param name="row">Which of the responses to one request this is: it draws from a generator of the seed and this number.</param>
    /// <param name="report">What is reported of the tokens, and how often; null reports tokens without log-probabilities as they come.</param>
    public RunningGeneration Submit(int[] prompt, SamplingOptions options, int row, TokenReport? report = null)
    {
        Refuse(Problems(prompt, options));
        var running = new RunningGeneration(report ?? new TokenReport());
        var sequence = new Sequence(prompt, options, new Sampler(options, Config.VocabularySize), Sampler.RandomOf(options.Seed, row))
        {
            Drawn = running.Take,
            Failed = running.Fail,
            Scored = report is { Prompt: true, Alternatives: not null } ? running.Score : null,
        };
        return Enqueue(running, sequence);
    }

    /// <summary>Queues the scoring of a text, which has been checked with <see cref="ScoreProblems"/>: the log-probabilities of its tokens, and no response.</summary>
    /// <param name="alternatives">So many most likely tokens are reported beside each.</param>
    public RunningGeneration Score(int[] text, int alternatives)
    {
        Refuse(ScoreProblems(text));
        var running = new RunningGeneration(new TokenReport { Alternatives = alternatives, Prompt = true });
        var options = new SamplingOptions { MaxNewTokens = 1 };
        var sequence = new Sequence(text, options, new Sampler(options, 0), new Random(0)) { Failed = running.Fail, Scored = running.Score, OnlyScores = true };
        if (text.Length > 1)
            return Enqueue(running, sequence);
        running.Complete();
        return running;
    }

    /// <summary>Queues the reading of a text, which has been checked with <see cref="ScoreProblems"/>, for the mean (D) of its hidden states behind the last norm.</summary>
    /// <param name="from">The first token that counts; those before it are context.</param>
    /// <param name="cancellation">Nobody wants it any more: the slot is free from the next step on.</param>
    public async Task<float[]> MeanHidden(int[] text, int from, CancellationToken cancellation = default)
    {
        Refuse(ScoreProblems(text));
        var options = new SamplingOptions { MaxNewTokens = 1 };
        var result = new TaskCompletionSource<float[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        double[] sum = new double[Config.HiddenSize];
        var sequence = new Sequence(text, options, new Sampler(options, 0), new Random(0))
        {
            Failed = exception => result.TrySetException(exception),
            Hidden = (sequence, place, hidden) =>
            {
                for (int i = 0; i < sum.Length && place >= from; i++)
                    sum[i] += hidden[i];
                if (sequence.End is not null)
                    result.TrySetResult([.. sum.Select(value => (float)(value / (text.Length - from)))]);
            },
        };
        using CancellationTokenRegistration leaving = cancellation.Register(() =>
        {
            sequence.Cancel();
            result.TrySetCanceled(cancellation);
        });
        Enqueue(sequence);
        return await result.Task;
    }

    /// <summary>What is wrong with a prompt and its options; nothing where they can run.</summary>
    public IEnumerable<string> Problems(int[] prompt, SamplingOptions options)
    {
        foreach (string problem in options.Problems(Config.VocabularySize).Concat(PromptProblems(prompt, ContextLength - 1)))
            yield return problem;
    }

    /// <summary>What is wrong with a text that is to be scored; nothing where it can be.</summary>
    public IEnumerable<string> ScoreProblems(int[] text) => PromptProblems(text, ContextLength);

    private IEnumerable<string> PromptProblems(int[] prompt, int most)
    {
        if (prompt.Length == 0)
            yield return "the prompt is empty; at least one token is needed";
        if (prompt.Length > most)
            yield return $"the prompt has {prompt.Length} tokens; the context of {ContextLength} leaves room for at most {most}";
        foreach (int id in prompt.Where(id => (uint)id >= (uint)Config.VocabularySize).Take(1))
            yield return $"the prompt holds the token id {id}; ids go from 0 to {Config.VocabularySize - 1}";
    }

    /// <summary>Ends every response and the threads.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _stopping = true;
            Monitor.PulseAll(_gate);
        }
        foreach (Thread thread in _threads)
            thread.Join();
        foreach (DecodeLane lane in _lanes)
            lane.Dispose();
        _weights.Dispose();
    }

    private static void Refuse(IEnumerable<string> problems)
    {
        string[] all = [.. problems];
        if (all.Length > 0)
            throw new ArgumentException(string.Join("; ", all));
    }

    private RunningGeneration Enqueue(RunningGeneration running, Sequence sequence)
    {
        running.Begin(sequence);
        Enqueue(sequence);
        return running;
    }

    private void Enqueue(Sequence sequence)
    {
        lock (_gate)
        {
            if (!_stopping)
            {
                _waiting.Enqueue(sequence);
                Monitor.PulseAll(_gate);
                return;
            }
        }
        Fail([sequence], new InvalidOperationException("the server is shutting down"));
    }

    private void Work(int lane)
    {
        var scheduler = new LaneScheduler(_lanes[lane], _slotsOf[lane], _keeps, ContextLength, () => Next(lane));
        while (true)
        {
            int rows = 0;
            try
            {
                rows = scheduler.Step();
            }
            catch (Exception exception)
            {
                Fail(scheduler.Abandon(), exception);
            }
            Interlocked.Add(ref _rows, rows);
            Interlocked.Add(ref _reused, scheduler.TakeReused());
            Interlocked.Add(ref _steps, rows > 0 ? 1 : 0);
            lock (_gate)
            {
                _running[lane] = scheduler.Busy;
                if (_stopping)
                    break;
                if (_waiting.Count > 0)
                    Monitor.PulseAll(_gate);                   // it may be another lane's turn now
                while (rows == 0 && !_stopping && !MayTake(lane))
                    Monitor.Wait(_gate);
            }
        }
        Fail(scheduler.Abandon(), new InvalidOperationException("the server is shutting down"));
        lock (_gate)
        {
            Fail([.. _waiting], new InvalidOperationException("the server is shutting down"));
            _waiting.Clear();
        }
    }

    /// <summary>The next sequence in line, for the lane that is the least busy.</summary>
    private Sequence? Next(int lane)
    {
        lock (_gate)
        {
            if (!MayTake(lane))
                return null;
            _running[lane]++;
            return _waiting.Dequeue();
        }
    }

    /// <summary>Drops cancelled sequences from the head of the line; whether it is this lane's turn to take what comes then.</summary>
    private bool MayTake(int lane)
    {
        while (_waiting.TryPeek(out Sequence? first) && first.Cancelled)
            _waiting.Dequeue();
        return _waiting.Count > 0 && _running[lane] <= _running.Min();
    }

    private static void Fail(Sequence[] sequences, Exception exception)
    {
        foreach (Sequence sequence in sequences)
            sequence.Failed?.Invoke(exception);
    }
}
