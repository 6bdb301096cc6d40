using System.Runtime.InteropServices;

namespace Emend.Tensors;

/// <summary>Hangs a backward pass written in C# into libtorch's graph.</summary>
internal static unsafe class AutogradFunction
{
    /// <summary>Gradients of the inputs (null where none is needed) from the gradient of the output.</summary>
    public delegate Tensor?[] Backward(Tensor gradient);

    [ThreadStatic] private static Exception? s_failure;

    /// <summary>
    /// Makes <paramref name="output"/>, computed without recording, a function of the inputs. Tensors that backward needs
    /// are given as <paramref name="saved"/>: they live until libtorch drops the node, whatever scope they came from.
    /// </summary>
    public static Tensor Attach(Tensor output, ReadOnlySpan<Tensor> inputs, IReadOnlyList<Tensor> saved, Backward backward)
    {
        nint* handles = stackalloc nint[inputs.Length];
        for (int i = 0; i < inputs.Length; i++)
            handles[i] = inputs[i].Handle;
        foreach (Tensor tensor in saved)
            tensor.Scope = null;
        GCHandle context = GCHandle.Alloc(new Context(saved, backward, inputs.Length));
        if (Native.emend_attach(output.Handle, handles, inputs.Length, &OnBackward, &OnRelease, (nint)context) != 0)
            throw new TensorException("could not attach a backward kernel to the graph");
        return output;
    }

    /// <summary>The exception that a backward pass threw on this thread, once.</summary>
    public static Exception? TakeFailure()
    {
        Exception? failure = s_failure;
        s_failure = null;
        return failure;
    }

    [UnmanagedCallersOnly]
    private static int OnBackward(nint contextHandle, nint* gradients, int outputs, nint* results, int inputs)
    {
        // No exception may cross into C++: it is kept, and rethrown by the operator call that started backward.
        try
        {
            var context = (Context)((GCHandle)contextHandle).Target!;
            if (gradients[0] == 0)
                return 0;
            using IDisposable off = Gradients.Off();
            using var scope = new TensorScope();
            Tensor gradient = Tensor.Borrow(gradients[0]);
            Tensor?[] answers = context.Backward(gradient);
            for (int i = 0; i < inputs; i++)
                results[i] = answers[i]?.Release() ?? 0;
            return 0;
        }
        catch (Exception exception)
        {
            s_failure = exception;
            return -1;
        }
    }

    [UnmanagedCallersOnly]
    private static void OnRelease(nint contextHandle)
    {
        var handle = (GCHandle)contextHandle;
        foreach (Tensor tensor in ((Context)handle.Target!).Saved)
            tensor.Dispose();
        handle.Free();
    }

    private sealed record Context(IReadOnlyList<Tensor> Saved, Backward Backward, int Inputs);
}
