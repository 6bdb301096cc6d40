namespace Emend.Tensors;

/// <summary>One operator of libtorch's dispatcher, by name and overload as its schema spells them; found on first use.</summary>
internal sealed unsafe class Operator(string name, string overload = "")
{
    private const int ResultCapacity = 64;
    private nint _handle;

    /// <summary>Calls the operator and returns its first result. Trailing arguments that are left out take the schema's defaults.</summary>
    public Tensor Call(params ReadOnlySpan<Argument> arguments)
    {
        Argument* results = stackalloc Argument[ResultCapacity];
        int count = Invoke(arguments, results);
        for (int i = 1; i < count; i++)
            Release(results[i]);
        return count > 0 && results[0].Tag == Argument.Kind.Tensor
            ? Tensor.Adopt(results[0].Pointer)
            : throw new TensorException($"{name} returned no tensor");
    }

    /// <summary>Calls an operator with several tensor results, all of which become the caller's.</summary>
    public Tensor[] CallMany(params ReadOnlySpan<Argument> arguments)
    {
        Argument* results = stackalloc Argument[ResultCapacity];
        int count = Invoke(arguments, results);
        var tensors = new Tensor[count];
        for (int i = 0; i < count; i++)
            tensors[i] = Tensor.Adopt(results[i].Pointer);
        return tensors;
    }

    /// <summary>Calls an operator for its effect.</summary>
    public void Run(params ReadOnlySpan<Argument> arguments)
    {
        Argument* results = stackalloc Argument[ResultCapacity];
        int count = Invoke(arguments, results);
        for (int i = 0; i < count; i++)
            Release(results[i]);
    }

    private int Invoke(ReadOnlySpan<Argument> arguments, Argument* results)
    {
        if (_handle == 0)
            _handle = Native.emend_operator(name, overload);
        if (_handle == 0)
            throw new TensorException($"{name}.{overload}: {Native.Error()}");
        int count;
        fixed (Argument* first = arguments)
            count = Native.emend_call(_handle, first, arguments.Length, results, ResultCapacity);
        return count >= 0 ? count : throw Failed(arguments);
    }

    private TensorException Failed(ReadOnlySpan<Argument> arguments)
    {
        string message = Native.Error();
        var given = new List<string>();
        foreach (Argument argument in arguments)
            given.Add(Describe(argument));
        Exception? inner = AutogradFunction.TakeFailure();
        return new TensorException($"{name}({string.Join(", ", given)}): {inner?.Message ?? message}", inner);
    }

    private static string Describe(Argument argument) => argument.Tag switch
    {
        Argument.Kind.None => "none",
        Argument.Kind.Tensor => Tensor.Describe(argument.Pointer),
        Argument.Kind.Int => argument.Integer.ToString(),
        Argument.Kind.Double => argument.Real.ToString(),
        Argument.Kind.Bool => argument.Integer != 0 ? "true" : "false",
        Argument.Kind.IntList => $"[{string.Join(", ", new ReadOnlySpan<long>((void*)argument.Pointer, argument.Length).ToArray())}]",
        Argument.Kind.TensorList => $"[{string.Join(", ", Handles(argument).Select(Tensor.Describe))}]",
        _ => argument.Tag.ToString(),
    };

    private static nint[] Handles(Argument argument) => new ReadOnlySpan<nint>((void*)argument.Pointer, argument.Length).ToArray();

    private static void Release(Argument result)
    {
        if (result.Tag == Argument.Kind.Tensor && result.Pointer != 0)
            Native.emend_free(result.Pointer);
    }
}
