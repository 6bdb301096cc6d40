namespace Emend.Tensors;

/// <summary>Switches for recording gradients, and what is done with them between backward and the optimizer step.</summary>
public static class Gradients
{
    /// <summary>Whether operations on this thread are recorded for backward.</summary>
    public static bool AreRecorded => Native.emend_gradients_recorded() != 0;

    /// <summary>Nothing is recorded on this thread until the result is disposed.</summary>
    public static IDisposable Off() => new Switch(false);

    /// <summary>
    /// Scales all gradients so that their joint L2 norm is at most <paramref name="maxNorm"/> and returns the norm before.
    /// Parameters without a gradient count as zero. Source: PyTorch's clip_grad_norm_ (scale max / (norm + 1e-6)).
    /// </summary>
    public static double ClipNorm(IReadOnlyList<Tensor> parameters, double maxNorm)
    {
        using var scope = new TensorScope();
        List<Tensor> gradients = [.. parameters.Select(p => p.Gradient).OfType<Tensor>()];
        double norm = Math.Sqrt(gradients.All(Kernels.Reaches) ? SumOfSquares(gradients) : gradients.Sum(gradient => gradient.To(DType.Float32).Square().Sum().Item()));
        if (norm > maxNorm)
        {
            using IDisposable off = Off();
            foreach (Tensor gradient in gradients)
                gradient.MultiplyInPlace(maxNorm / (norm + 1e-6));
        }
        return norm;
    }

    // Each tensor's sum is one thread's, and they are added in order: the norm does not depend on the number of threads.
    private static double SumOfSquares(List<Tensor> gradients)
    {
        var squares = new double[gradients.Count];
        long elements = gradients.Sum(gradient => gradient.ElementCount);
        Kernels.Rows(squares.Length, elements / Math.Max(1, squares.Length), (_, start, end) =>
        {
            for (long i = start; i < end; i++)
                squares[i] = Kernels.SumOfSquares(gradients[(int)i].Span<float>());
        });
        return squares.Sum();
    }

    private sealed class Switch : IDisposable
    {
        private readonly int _before = Native.emend_gradients_recorded();

        public Switch(bool enabled) => Native.emend_record_gradients(enabled ? 1 : 0);

        public void Dispose() => Native.emend_record_gradients(_before);
    }
}
