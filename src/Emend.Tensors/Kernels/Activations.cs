using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Emend.Tensors;

public static unsafe partial class Fused
{
    // 2 √(2/π): the tanh form of GELU is x σ(2u) with u = √(2/π) (x + 0.044715 x³).
    private const float GeluScale = 1.5957691216f, GeluCubic = 0.044715f;

    // Work of an element that is raised to e, in elements that are only added: decides from when on threads pay.
    private const long CostOfExponential = 4;

    /// <summary>
    /// The tanh form of GELU (Hendrycks and Gimpel 2016, section 2): ½ x (1 + tanh(√(2/π) (x + 0.044715 x³))), any shape,
    /// float32 or bfloat16, in one pass; so is its gradient.
    /// </summary>
    public static Tensor GeluTanh(Tensor x)
    {
        if (!Kernels.ReachesReal(x))
            return x.GeluTanh();
        return x.DType == DType.Float32
            ? Activate<Float32Elements, GeluTanhFormula>(x, null)
            : Activate<BFloat16Elements, GeluTanhFormula>(x, null);
    }

    /// <summary>silu(gate) · up (Shazeer 2020, arXiv:2002.05202, eq. 6), both of one shape and type, float32 or bfloat16.</summary>
    public static Tensor SwiGlu(Tensor gate, Tensor up)
    {
        if (!gate.Shape.AsSpan().SequenceEqual(up.Shape) || gate.DType != up.DType)
            throw new TensorException($"the gate {gate} and the input {up} of a gated unit differ");
        if (!Kernels.ReachesReal(gate) || !Kernels.ReachesReal(up))
            return gate.Silu() * up;
        return gate.DType == DType.Float32
            ? Activate<Float32Elements, SwiGluFormula>(gate, up)
            : Activate<BFloat16Elements, SwiGluFormula>(gate, up);
    }

    /// <summary>A function of one element, or of two at the same place, and its derivatives.</summary>
    private interface IFormula
    {
        static abstract Vector512<float> Value(Vector512<float> x, Vector512<float> other);

        static abstract (Vector512<float> OfX, Vector512<float> OfOther) Derivatives(Vector512<float> x, Vector512<float> other);
    }

    private readonly struct GeluTanhFormula : IFormula
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<float> Value(Vector512<float> x, Vector512<float> other) => x * Exponential.Sigmoid(Twice(x));

        // σ + x σ (1 − σ) · 2u′.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static (Vector512<float> OfX, Vector512<float> OfOther) Derivatives(Vector512<float> x, Vector512<float> other)
        {
            Vector512<float> sigmoid = Exponential.Sigmoid(Twice(x));
            Vector512<float> slope = GeluScale * Vector512.FusedMultiplyAdd(x * (3 * GeluCubic), x, Vector512<float>.One);
            return (sigmoid + x * sigmoid * (Vector512<float>.One - sigmoid) * slope, other);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector512<float> Twice(Vector512<float> x) =>
            x * GeluScale * Vector512.FusedMultiplyAdd(x * GeluCubic, x, Vector512<float>.One);
    }

    private readonly struct SwiGluFormula : IFormula
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<float> Value(Vector512<float> x, Vector512<float> other) => x * Exponential.Sigmoid(x) * other;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static (Vector512<float> OfX, Vector512<float> OfOther) Derivatives(Vector512<float> x, Vector512<float> other)
        {
            Vector512<float> sigmoid = Exponential.Sigmoid(x), silu = x * sigmoid;
            return (other * (sigmoid + silu * (Vector512<float>.One - sigmoid)), silu);
        }
    }

    private static Tensor Activate<TElements, TFormula>(Tensor x, Tensor? other) where TElements : struct, IElements where TFormula : struct, IFormula
    {
        Tensor result, first;
        Tensor? second = null;
        using (Gradients.Off())
        {
            first = x.IsContiguous ? x.Alias() : x.Contiguous();
            if (other is not null)
                second = other.IsContiguous ? other.Alias() : other.Contiguous();
            result = Tensor.Empty(x.Shape, x.DType);
        }
        void* a = first.Pointer, b = second is null ? first.Pointer : second.Pointer, into = result.Pointer;
        Kernels.Rows(x.ElementCount, CostOfExponential, (_, start, end) => Values<TElements, TFormula>(a, b, into, start, end));
        bool recorded = Gradients.AreRecorded && (x.RequiresGradient || other is { RequiresGradient: true });
        if (!recorded)
            return result;
        ReadOnlySpan<Tensor> inputs = other is null ? [x] : [x, other];
        Tensor[] saved = second is null ? [first] : [first, second];
        return AutogradFunction.Attach(result, inputs, saved, gradient => ActivateBackward<TElements, TFormula>(gradient, first, second));
    }

    private static Tensor?[] ActivateBackward<TElements, TFormula>(Tensor gradient, Tensor first, Tensor? second)
        where TElements : struct, IElements where TFormula : struct, IFormula
    {
        Tensor incoming = gradient.To(first.DType).Contiguous(), toFirst = Tensor.Empty(first.Shape, first.DType);
        Tensor? toSecond = second is null ? null : Tensor.Empty(first.Shape, first.DType);
        void* a = first.Pointer, b = second is null ? first.Pointer : second.Pointer, given = incoming.Pointer;
        void* intoA = toFirst.Pointer, intoB = toSecond is null ? null : toSecond.Pointer;
        Kernels.Rows(first.ElementCount, CostOfExponential, (_, start, end) => Slopes<TElements, TFormula>(a, b, given, intoA, intoB, start, end));
        return toSecond is null ? [toFirst] : [toFirst, toSecond];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Values<TElements, TFormula>(void* a, void* b, void* into, long start, long end)
        where TElements : struct, IElements where TFormula : struct, IFormula
    {
        long i = start;
        for (; i + Lanes <= end; i += Lanes)
            TElements.Store(into, i, TFormula.Value(TElements.Load(a, i), TElements.Load(b, i)));
        for (; i < end; i++)
            TElements.Set(into, i, TFormula.Value(Vector512.Create(TElements.Get(a, i)), Vector512.Create(TElements.Get(b, i)))[0]);
    }

    // The incoming gradient times each derivative; intoB is null where there is one input.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Slopes<TElements, TFormula>(void* a, void* b, void* given, void* intoA, void* intoB, long start, long end)
        where TElements : struct, IElements where TFormula : struct, IFormula
    {
        long i = start;
        for (; i + Lanes <= end; i += Lanes)
        {
            var (ofX, ofOther) = TFormula.Derivatives(TElements.Load(a, i), TElements.Load(b, i));
            Vector512<float> outer = TElements.Load(given, i);
            TElements.Store(intoA, i, outer * ofX);
            if (intoB != null)
                TElements.Store(intoB, i, outer * ofOther);
        }
        for (; i < end; i++)
        {
            var (ofX, ofOther) = TFormula.Derivatives(Vector512.Create(TElements.Get(a, i)), Vector512.Create(TElements.Get(b, i)));
            float outer = TElements.Get(given, i);
            TElements.Set(intoA, i, outer * ofX[0]);
            if (intoB != null)
                TElements.Set(intoB, i, outer * ofOther[0]);
        }
    }
}
