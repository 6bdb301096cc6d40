namespace Emend.Tensors;

/// <summary>A tensor operation failed. The message names the operation and the shapes it was given.</summary>
public sealed class TensorException(string message, Exception? inner = null) : Exception(message, inner);
