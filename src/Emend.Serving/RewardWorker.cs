using System.Threading.Channels;
using Emend.Text;
using Emend.Training;

namespace Emend.Serving;

/// <summary>A reward model and the one thread that computes with it, since libtorch keeps a pool of threads for each thread that calls it.</summary>
internal sealed class RewardWorker : IDisposable
{
    private readonly Channel<Job> _jobs;
    private readonly Thread _thread;
    private readonly TaskCompletionSource _loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private RewardWorker(ServingOptions options)
    {
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(options.Reward!)));
        Name = name;
        _jobs = Channel.CreateBounded<Job>(new BoundedChannelOptions(Math.Max(1, options.MaxWaiting)) { SingleReader = true });
        _thread = new Thread(() => Work(options)) { IsBackground = true, Name = "rewards" };
        _thread.Start();
    }

    /// <summary>What clients call it: the folder's name.</summary>
    public string Name { get; }

    /// <summary>Changes with the weights, those of the model that training started from, the configuration, the calibration, the tokenizer and the type of computation.</summary>
    public string Fingerprint { get; private set; } = "";

    /// <summary>Loads the model.</summary>
    /// <exception cref="InvalidInputException">The folder is no reward model.</exception>
    public static RewardWorker Start(ServingOptions options)
    {
        if (!Directory.Exists(options.Reward))
            throw new InvalidInputException($"--reward {options.Reward}: there is no such folder");
        var worker = new RewardWorker(options);
        try
        {
            worker._loaded.Task.GetAwaiter().GetResult();
            string start = Path.Combine(options.Reward, RewardModel.StartFolder);
            worker.Fingerprint = ServedModel.FingerprintOf(options.Reward, [.. Directory.GetFiles(options.Reward, "*.json"), .. Directory.Exists(start) ? Directory.GetFiles(start, "*.safetensors") : []], [$"{options.Compute}"]);
            return worker;
        }
        catch
        {
            worker.Dispose();
            throw;
        }
    }

    /// <summary>Scores one response to one prompt.</summary>
    /// <exception cref="ApiException">Too many wait already.</exception>
    public Task<ResponseScore> Score(string prompt, string response, CancellationToken cancellation)
    {
        var job = new Job(prompt, response, new TaskCompletionSource<ResponseScore>(TaskCreationOptions.RunContinuationsAsynchronously), cancellation);
        return _jobs.Writer.TryWrite(job) ? job.Result.Task.WaitAsync(cancellation) : throw ApiException.TooBusy("too many rewards are waiting; try again in a moment");
    }

    public void Dispose()
    {
        _jobs.Writer.TryComplete();
        _thread.Join();
    }

    private void Work(ServingOptions options)
    {
        RewardModel? model = null;
        try
        {
            model = RewardModel.Load(options.Reward!, options.Compute);
            Tokenizer tokenizer = Tokenizer.Load(options.Reward!);
            _loaded.SetResult();
            while (_jobs.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
            {
                while (_jobs.Reader.TryRead(out Job? job))
                    Run(model, tokenizer, job);
            }
        }
        catch (Exception exception)
        {
            _loaded.TrySetException(exception);
        }
        finally
        {
            model?.Dispose();
        }
    }

    private static void Run(RewardModel model, Tokenizer tokenizer, Job job)
    {
        if (job.Cancellation.IsCancellationRequested)
            return;
        try
        {
            job.Result.SetResult(ResponseScore.Of(model, tokenizer, job.Prompt, job.Response));
        }
        catch (Exception exception)
        {
            job.Result.SetException(exception);
        }
    }

    private sealed record Job(string Prompt, string Response, TaskCompletionSource<ResponseScore> Result, CancellationToken Cancellation);
}
