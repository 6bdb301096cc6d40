namespace Emend.Tensors;

/// <summary>
/// Owns every tensor that is born on this thread while it is the innermost scope; disposing it frees them all at once.
/// Without it a training step would leave its tensors to the garbage collector, which sees 50 bytes where there are
/// megabytes. Scopes nest and are thread-bound: no await inside one.
/// </summary>
public sealed class TensorScope : IDisposable
{
    [ThreadStatic] private static TensorScope? s_current;

    private readonly TensorScope? _outer;
    private readonly List<Tensor> _tensors = [];
    private bool _disposed;

    public TensorScope()
    {
        _outer = s_current;
        s_current = this;
    }

    internal static TensorScope? Current => s_current;

    internal void Add(Tensor tensor) => _tensors.Add(tensor);

    /// <summary>Hands a tensor to the surrounding scope, or to the caller where there is none, and returns it.</summary>
    public Tensor Keep(Tensor tensor)
    {
        if (tensor.Scope == this)
        {
            tensor.Scope = _outer;
            _outer?.Add(tensor);
        }
        return tensor;
    }

    /// <summary>Several tensors kept at once.</summary>
    public void Keep(IEnumerable<Tensor> tensors)
    {
        foreach (Tensor tensor in tensors)
            Keep(tensor);
    }

    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        if (s_current != this)
            throw new InvalidOperationException("tensor scopes must be disposed on their own thread, the innermost first");
        s_current = _outer;
        foreach (Tensor tensor in _tensors)
        {
            if (tensor.Scope == this)
                tensor.Dispose();
        }
    }
}
