namespace Emend.Tensors;

// Element by element, with broadcasting as in NumPy.
public sealed unsafe partial class Tensor
{
    private static readonly Operator s_add = new("aten::add", "Tensor"), s_addScalar = new("aten::add", "Scalar");
    private static readonly Operator s_sub = new("aten::sub", "Tensor"), s_rsub = new("aten::rsub", "Scalar");
    private static readonly Operator s_mul = new("aten::mul", "Tensor"), s_mulScalar = new("aten::mul", "Scalar");
    private static readonly Operator s_div = new("aten::div", "Tensor"), s_divScalar = new("aten::div", "Scalar"), s_neg = new("aten::neg");
    private static readonly Operator s_mulInPlace = new("aten::mul_", "Scalar"), s_addInPlace = new("aten::add_", "Tensor");
    private static readonly Operator s_exp = new("aten::exp"), s_log = new("aten::log"), s_sqrt = new("aten::sqrt"), s_rsqrt = new("aten::rsqrt");
    private static readonly Operator s_square = new("aten::square"), s_abs = new("aten::abs"), s_sigmoid = new("aten::sigmoid");
    private static readonly Operator s_logSigmoid = new("aten::log_sigmoid"), s_silu = new("aten::silu"), s_gelu = new("aten::gelu");
    private static readonly Operator s_cos = new("aten::cos"), s_sin = new("aten::sin"), s_pow = new("aten::pow", "Tensor_Scalar");
    private static readonly Operator s_clamp = new("aten::clamp"), s_maximum = new("aten::maximum");
    private static readonly Operator s_maskedFill = new("aten::masked_fill", "Scalar");
    private static readonly Operator s_eq = new("aten::eq", "Tensor"), s_lt = new("aten::lt", "Tensor");
    private static readonly Operator s_gt = new("aten::gt", "Tensor");
    private static readonly Operator s_eqScalar = new("aten::eq", "Scalar"), s_ltScalar = new("aten::lt", "Scalar"), s_gtScalar = new("aten::gt", "Scalar");
    private static readonly Operator s_isFinite = new("aten::isfinite");

    public static Tensor operator +(Tensor a, Tensor b) => s_add.Call(a, b);
    public static Tensor operator +(Tensor a, double b) => s_addScalar.Call(a, b);
    public static Tensor operator +(double a, Tensor b) => s_addScalar.Call(b, a);
    public static Tensor operator -(Tensor a, Tensor b) => s_sub.Call(a, b);
    public static Tensor operator -(Tensor a, double b) => s_addScalar.Call(a, -b);
    public static Tensor operator -(double a, Tensor b) => s_rsub.Call(b, a);
    public static Tensor operator *(Tensor a, Tensor b) => s_mul.Call(a, b);
    public static Tensor operator *(Tensor a, double b) => s_mulScalar.Call(a, b);
    public static Tensor operator *(double a, Tensor b) => s_mulScalar.Call(b, a);
    public static Tensor operator /(Tensor a, Tensor b) => s_div.Call(a, b);
    public static Tensor operator /(Tensor a, double b) => s_divScalar.Call(a, b);
    public static Tensor operator -(Tensor a) => s_neg.Call(a);

    public Tensor Exp() => s_exp.Call(this);
    public Tensor Log() => s_log.Call(this);
    public Tensor Sqrt() => s_sqrt.Call(this);

    /// <summary>1 / √x.</summary>
    public Tensor Rsqrt() => s_rsqrt.Call(this);

    public Tensor Square() => s_square.Call(this);
    public Tensor Abs() => s_abs.Call(this);
    public Tensor Sigmoid() => s_sigmoid.Call(this);

    /// <summary>log σ(x), computed so that it neither overflows nor loses digits far from 0.</summary>
    public Tensor LogSigmoid() => s_logSigmoid.Call(this);

    /// <summary>x σ(x).</summary>
    public Tensor Silu() => s_silu.Call(this);

    /// <summary>x Φ(x) exactly, by the error function.</summary>
    public Tensor Gelu() => s_gelu.Call(this);

    /// <summary>The tanh approximation of GELU that GPT-2 was trained with (Hugging Face: gelu_new).</summary>
    public Tensor GeluTanh()
    {
        ReadOnlySpan<byte> name = "tanh"u8;
        fixed (byte* text = name)
            return s_gelu.Call(this, Argument.Text(text, name.Length));
    }

    public Tensor Cos() => s_cos.Call(this);
    public Tensor Sin() => s_sin.Call(this);
    public Tensor Pow(double exponent) => s_pow.Call(this, exponent);
    public Tensor Clamp(double low, double high) => s_clamp.Call(this, low, high);
    public Tensor ClampMin(double low) => s_clamp.Call(this, low);
    public static Tensor Maximum(Tensor a, Tensor b) => s_maximum.Call(a, b);

    /// <summary>A copy with the value where the mask (bool) holds.</summary>
    public Tensor MaskedFill(Tensor mask, double value) => s_maskedFill.Call(this, mask, value);

    public Tensor EqualTo(Tensor other) => s_eq.Call(this, other);
    public Tensor EqualTo(double value) => s_eqScalar.Call(this, value);
    public Tensor LessThan(Tensor other) => s_lt.Call(this, other);
    public Tensor LessThan(double value) => s_ltScalar.Call(this, value);
    public Tensor GreaterThan(Tensor other) => s_gt.Call(this, other);
    public Tensor GreaterThan(double value) => s_gtScalar.Call(this, value);
    public Tensor IsFinite() => s_isFinite.Call(this);

    /// <summary>Multiplies the values where they lie. Only outside the graph.</summary>
    public Tensor MultiplyInPlace(double factor)
    {
        s_mulInPlace.Run(this, factor);
        return this;
    }

    /// <summary>Adds to the values where they lie. Only outside the graph.</summary>
    public Tensor AddInPlace(Tensor other, double factor = 1)
    {
        s_addInPlace.Run(this, other, factor);
        return this;
    }
}
