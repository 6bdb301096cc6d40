namespace Emend.Tensors;

public static unsafe partial class Fused
{
    /// <summary>
    /// x Wᵀ + b: x (…, K), weight (N, K), bias (N) or none → (…, N). Float32 on the CPU with AVX-512 in own kernels, elsewhere libtorch's.
    /// </summary>
    public static Tensor Linear(Tensor x, Tensor weight, Tensor? bias = null) =>
        ProductReaches(x, weight, bias) ? Product(x, weight, bias, weightIsTransposed: true) : x.Linear(weight, bias);

    /// <summary>x W + b with weights as GPT-2 stores them: x (…, K), weight (K, N), bias (N) or none → (…, N).</summary>
    public static Tensor Conv1D(Tensor x, Tensor weight, Tensor? bias = null) =>
        ProductReaches(x, weight, bias) ? Product(x, weight, bias, weightIsTransposed: false) : x.Linear(weight.Transpose(0, 1), bias);

    private static bool ProductReaches(Tensor x, Tensor weight, Tensor? bias) =>
        System.Runtime.Intrinsics.Vector512.IsHardwareAccelerated && Kernels.Reaches(weight) && (bias is null || Kernels.Reaches(bias))
        && !Kernels.Disabled && x.Device.IsCpu && x.DType == DType.Float32 && weight.Dimensions == 2
        && x.Size(-1) > 0 && x.ElementCount / x.Size(-1) >= MatrixProduct.FewestRows;

    private static Tensor Product(Tensor x, Tensor weight, Tensor? bias, bool weightIsTransposed)
    {
        long inputs = x.Size(-1), rows = x.ElementCount / inputs, outputs = weight.Size(weightIsTransposed ? 0 : 1);
        if (weight.Size(weightIsTransposed ? 1 : 0) != inputs || (bias is not null && bias.ElementCount != outputs))
            throw new TensorException($"linear of {x} with weight {weight} and bias {bias}: the inner sizes differ");
        Tensor result, input, kernel;
        using (Gradients.Off())
        {
            input = x.IsContiguous ? x.Alias() : x.Contiguous();
            kernel = weight.Alias();
            result = Tensor.Empty([.. x.Shape[..^1], outputs]);
        }
        Matrix right = Right(kernel, weightIsTransposed);
        MatrixProduct.Multiply(Matrix.Of(input.Pointer, rows, inputs), right, bias is null ? null : (float*)bias.Pointer, (float*)result.Pointer);
        bool wantsInput = x.RequiresGradient, wantsWeight = weight.RequiresGradient, wantsBias = bias?.RequiresGradient ?? false;
        if (!Gradients.AreRecorded || !(wantsInput || wantsWeight || wantsBias))
            return result;
        return AutogradFunction.Attach(result, bias is null ? [x, weight] : [x, weight, bias], [input, kernel], gradient =>
        {
            Tensor incoming = gradient.Contiguous();
            Tensor? forInput = wantsInput ? InputGradient(incoming, kernel, weightIsTransposed, input.Shape) : null;
            Tensor? forWeight = wantsWeight ? WeightGradient(incoming, input, kernel, weightIsTransposed) : null;
            if (bias is null)
                return [forInput, forWeight];
            return [forInput, forWeight, wantsBias ? incoming.Reshape(rows, outputs).Sum(0) : null];
        });
    }

    // The weights as (K, N), however they are stored.
    private static Matrix Right(Tensor weight, bool isTransposed)
    {
        Matrix stored = Matrix.Of(weight.Pointer, weight.Size(0), weight.Size(1));
        return isTransposed ? stored.Transposed : stored;
    }

    // ∂x = ∂y Wᵀ for y = x W.
    private static Tensor InputGradient(Tensor gradient, Tensor weight, bool isTransposed, long[] shape)
    {
        Matrix right = Right(weight, isTransposed);
        Tensor result = Tensor.Empty(shape);
        Matrix incoming = Matrix.Of(gradient.Pointer, gradient.ElementCount / right.Columns, right.Columns);
        MatrixProduct.Multiply(incoming, right.Transposed, null, (float*)result.Pointer);
        return result;
    }

    // ∂W = xᵀ ∂y as (K, N), or its transpose ∂yᵀ x where the weights are stored so.
    private static Tensor WeightGradient(Tensor gradient, Tensor x, Tensor weight, bool isTransposed)
    {
        Matrix right = Right(weight, isTransposed);
        long rows = gradient.ElementCount / right.Columns;
        Matrix incoming = Matrix.Of(gradient.Pointer, rows, right.Columns), input = Matrix.Of(x.Pointer, rows, right.Rows);
        Tensor result = Tensor.Empty(weight.Shape);
        if (isTransposed)
            MatrixProduct.Multiply(incoming.Transposed, input, null, (float*)result.Pointer);
        else
            MatrixProduct.Multiply(input.Transposed, incoming, null, (float*)result.Pointer);
        return result;
    }
}
