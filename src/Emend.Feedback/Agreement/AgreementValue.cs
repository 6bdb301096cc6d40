namespace Emend.Feedback;

/// <summary>A measure of agreement, or why there is none. It is never NaN, and never 1 because nothing varies.</summary>
/// <param name="Value">1: perfect; 0: as by chance; below: worse than chance. Null where it is not defined.</param>
/// <param name="Undefined">Why there is no value; null where there is one.</param>
/// <param name="Units">Units (items, tokens) that entered it.</param>
/// <param name="Judgements">Judgements that entered it.</param>
public sealed record AgreementValue(double? Value, string? Undefined, int Units, int Judgements)
{
    internal static AgreementValue Of(double value, int units, int judgements) => new(value, null, units, judgements);

    internal static AgreementValue None(string why, int units, int judgements) => new(null, why, units, judgements);
}
