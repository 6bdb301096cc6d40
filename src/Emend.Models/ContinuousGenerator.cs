using Emend.Models.Decoding;
using Emend.Tensors;
using Emend.Text;

namespace Emend.Models;

/// <summary>How many responses run at once, and how long they may be.</summary>
public sealed record ContinuousOptions
{
    /// <summary>Bytes that the cache may take where nothing else is said.</summary>
    public const long DefaultCacheBytes = 2L << 30;

    /// <summary>Responses that run at the same time; further ones wait in the order in which they came.</summary>
    public int Slots { get; init; } = 16;

    /// <summary>The most tokens of a prompt and its response together; 0 takes the model's context.</summary>
    public int ContextLength { get; init; }

    /// <summary>Threads that decode, each with its share of the slots; 0 takes one for each core.</summary>
    public int Threads { get; init; }

    /// <summary>Keys and values of all slots together must fit into this many bytes.</summary>
    public long CacheBytes { get; init; } = DefaultCacheBytes;
}

/// <summary>
/// Continuous batching for a server: responses start when they are submitted and end when they are done, and all that run at a moment
/// go through the model together. Each thread owns a lane, that is a cache with slots; a response runs in the lane that was least busy. No sum
/// depends on what else is in a batch, so a response is the one that <see cref="Generator"/> gives for the same seed and row, bit by bit.
/// The weights are copied: the model may be disposed afterwards. On the CPU only.
/// </summary>
public sealed class ContinuousGenerator : IDisposable
{
    private readonly DecodeWeights _weights;
    private readonly DecodeLane[] _lanes;
    private readonly Thread[] _threads;
    private readonly int[] _running;
    private readonly Queue<Sequence> _waiting = new();
    private readonly object _gate = new();
    private bool _stopping;
    private long _steps, _rows;

    public ContinuousGenerator(LanguageModel model, ContinuousOptions options)
    {
        if (!model.Device.IsCpu)
            throw new ArgumentException("continuous batching runs on the CPU; load the model there");
        Config = model.Config;
        ContextLength = options.ContextLength == 0 ? Config.ContextLength : Math.Min(options.ContextLength, Config.ContextLength);
        int lanes = Math.Clamp(options.Threads == 0 ? Torch.Threads : options.Threads, 1, options.Slots);
        int[] slots = [.. Enumerable.Range(0, lanes).Select(lane => Math.Min(DecodeLane.MaxRows, options.Slots / lanes + (lane < options.Slots % lanes ? 1 : 0)))];
        long needed = SlotBytes(Config, ContextLength) * slots.Sum();
        if (needed > options.CacheBytes)
            throw new InvalidInputException($"{slots.Sum()} responses of {ContextLength} tokens need {needed >> 20} MiB of cache, and {options.CacheBytes >> 20} MiB are allowed; lower the context or the number of concurrent responses");
        _weights = new DecodeWeights(Config, model.DecodePrecision);
        _weights.Read(model.Values);
        var rotary = new RotaryTable(Config);
        if (Config.Family == ModelFamily.Llama)
            rotary.Reach(ContextLength);
        _running = new int[lanes];
        _lanes = [.. slots.Select(count => new DecodeLane(_weights, rotary, count, ContextLength))];
        _threads = [.. Enumerable.Range(0, lanes).Select(lane => new Thread(() => Work(lane)) { IsBackground = true, Name = $"decode lane {lane + 1}" })];
        foreach (Thread thread in _threads)
            thread.Start();
    }

    public ModelConfig Config { get; }

    /// <summary>The most tokens of a prompt and its response together.</summary>
    public int ContextLength { get; }

    /// <summary>Responses that can run at the same time.</summary>
    public int Slots => _lanes.Sum(lane => lane.Slots);

    /// <summary>Responses that run now.</summary>
    public int Running { get { lock (_gate) return _running.Sum(); } }

    /// <summary>Responses that wait for a slot.</summary>
    public int Waiting { get { lock (_gate) return _waiting.Count(sequence => !sequence.Cancelled); } }

    /// <summary>Forward passes so far, of all lanes.</summary>
    public long Steps => Interlocked.Read(ref _steps);

    /// <summary>Tokens that went through the model so far, of prompts and of responses.</summary>
    public long Rows => Interlocked.Read(ref _rows);

    /// <summary>Bytes of keys and values of one response.</summary>
    public static long SlotBytes(ModelConfig config, int contextLength) =>
        2L * sizeof(float) * config.Layers * config.KeyValueHeads * CachedAttention.HeadFloats(contextLength, config.HeadSize);

    /// <summary>Queues a response. Prompt and options have been checked with <see cref="Problems"/>.</summary>
    /// <param name="row">Which of the responses to one request this is: it draws from a generator of the seed and this number.</param>
    /// <param name="alternatives">So many most likely tokens are reported beside each drawn one; null reports no log-probabilities.</param>
    public RunningGeneration Submit(int[] prompt, SamplingOptions options, int row, int? alternatives = null)
    {
        string[] problems = [.. Problems(prompt, options)];
        if (problems.Length > 0)
            throw new ArgumentException(string.Join("; ", problems));
        var running = new RunningGeneration(alternatives);
        var sequence = new Sequence(prompt, options, new Sampler(options, Config.VocabularySize), Sampler.RandomOf(options.Seed, row)) { Drawn = running.Take };
        running.Begin(sequence);
        lock (_gate)
        {
            if (_stopping)
                running.Fail(new InvalidOperationException("the server is shutting down"));
            else
                _waiting.Enqueue(sequence);
            Monitor.PulseAll(_gate);
        }
        return running;
    }

    /// <summary>What is wrong with a prompt and its options; nothing where they can run.</summary>
    public IEnumerable<string> Problems(int[] prompt, SamplingOptions options)
    {
        foreach (string problem in options.Problems())
            yield return problem;
        if (prompt.Length == 0)
            yield return "the prompt is empty; at least one token is needed";
        if (prompt.Length >= ContextLength)
            yield return $"the prompt has {prompt.Length} tokens; the context of {ContextLength} leaves room for at most {ContextLength - 1}";
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

    private void Work(int lane)
    {
        var scheduler = new LaneScheduler(_lanes[lane], ContextLength, () => Next(lane));
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
            ((RunningGeneration)sequence.Drawn.Target!).Fail(exception);
    }
}
