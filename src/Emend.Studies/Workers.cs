using System.Runtime.ExceptionServices;
using Emend.Tensors;

namespace Emend.Studies;

/// <summary>Threads of their own for jobs that use libtorch: its pools and scopes belong to a thread, so no thread pool.</summary>
internal static class Workers
{
    /// <summary>
    /// Runs all jobs on so many threads, which share the processor's cores among them. Small models gain more from two
    /// jobs side by side than from two cores for one. The first failure stops the rest and is thrown.
    /// </summary>
    public static void Run<T>(IReadOnlyList<T> queue, int threads, Action<T> work)
    {
        int next = -1;
        Exception? failure = null;
        int share = Math.Max(1, Environment.ProcessorCount / threads);
        Thread[] workers = [.. Enumerable.Range(0, Math.Min(threads, queue.Count)).Select(_ => new Thread(() =>
        {
            Torch.Threads = share;
            for (int i = Interlocked.Increment(ref next); i < queue.Count && failure is null; i = Interlocked.Increment(ref next))
            {
                try
                {
                    work(queue[i]);
                }
                catch (Exception exception)
                {
                    Interlocked.CompareExchange(ref failure, exception, null);
                }
            }
        }, maxStackSize: 16 << 20))];
        foreach (Thread worker in workers)
            worker.Start();
        foreach (Thread worker in workers)
            worker.Join();
        if (failure is not null)
            ExceptionDispatchInfo.Throw(failure);
    }
}
