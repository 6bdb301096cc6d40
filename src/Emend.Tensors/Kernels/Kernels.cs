using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Emend.Tensors;

/// <summary>
/// What the fused kernels share: which tensors they reach, how rows are shared out among threads. Their loops are marked
/// AggressiveOptimization: the runtime's first, slow compilation of a method would otherwise last for several training steps.
/// </summary>
internal static unsafe class Kernels
{
    private const int Lanes = 16;

    [ThreadStatic] private static int s_threads;

    /// <summary>Threads for a kernel that is started from the calling thread.</summary>
    public static int Threads
    {
        get => s_threads > 0 ? s_threads : NativeEnvironment.Threads;
        set => s_threads = value;
    }

    /// <summary>Switches every fused kernel off, so that tests can hold ATen's operators against them.</summary>
    internal static bool Disabled { get; set; }

    /// <summary>Whether a float32 kernel can work on this tensor's memory.</summary>
    public static bool Reaches(Tensor tensor) => !Disabled && tensor.Device.IsCpu && tensor.IsContiguous && tensor.DType == DType.Float32;

    /// <summary>The same for kernels that know bfloat16 too.</summary>
    public static bool ReachesReal(Tensor tensor) =>
        !Disabled && tensor.Device.IsCpu && tensor.DType is DType.Float32 or DType.BFloat16;

    /// <summary>
    /// Runs body(first, end) over [0, rows) in one contiguous part per thread; small work stays on this thread.
    /// The parts depend on the thread count alone, so the same machine adds up in the same order every time.
    /// </summary>
    public static void Rows(long rows, long elementsPerRow, Action<int, long, long> body)
    {
        const long worthAThread = 16 * 1024;
        int parts = (int)Math.Clamp(rows * elementsPerRow / worthAThread, 1, Math.Min(Threads, Math.Max(1, rows)));
        if (parts == 1)
        {
            body(0, 0, rows);
            return;
        }
        Parallel.For(0, parts, new ParallelOptions { MaxDegreeOfParallelism = parts }, part =>
            body(part, rows * part / parts, rows * (part + 1) / parts));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double SumOfSquares(ReadOnlySpan<float> values)
    {
        fixed (float* first = values)
        {
            // Doubles, in blocks: a float sum over a million parameters would lose the fourth digit.
            const int block = 4096;
            double total = 0;
            for (int start = 0; start < values.Length; start += block)
            {
                int end = Math.Min(start + block, values.Length), i = start;
                var sum = Vector512<float>.Zero;
                for (; i + Lanes <= end; i += Lanes)
                {
                    Vector512<float> x = Vector512.Load(first + i);
                    sum = Vector512.FusedMultiplyAdd(x, x, sum);
                }
                total += Vector512.Sum(sum);
                for (; i < end; i++)
                    total += (double)first[i] * first[i];
            }
            return total;
        }
    }
}
