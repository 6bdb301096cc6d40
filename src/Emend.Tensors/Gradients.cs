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
        double norm = Math.Sqrt(gradients.Sum(SumOfSquares));
        if (norm > maxNorm)
        {
            using IDisposable off = Off();
            foreach (Tensor gradient in gradients)
                gradient.MultiplyInPlace(maxNorm / (norm + 1e-6));
        }
        return norm;
    }

    private static double SumOfSquares(Tensor gradient) =>
        Kernels.Reaches(gradient) ? Kernels.SumOfSquares(gradient.Span<float>()) : gradient.To(DType.Float32).Square().Sum().Item();

    private sealed class Switch : IDisposable
    {
        private readonly int _before = Native.emend_gradients_recorded();

        public Switch(bool enabled) => Native.emend_record_gradients(enabled ? 1 : 0);

        public void Dispose() => Native.emend_record_gradients(_before);
    }
}
