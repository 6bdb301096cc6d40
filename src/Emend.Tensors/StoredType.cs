namespace Emend.Tensors;

/// <summary>Element types of the safetensors format, in the format's own order: its writers put later ones first in a file.</summary>
public enum StoredType
{
    Bool,
    U8,
    I8,
    F8E5M2,
    F8E4M3,
    I16,
    U16,
    F16,
    BF16,
    I32,
    U32,
    F32,
    F64,
    I64,
    U64,
}

/// <summary>Names and sizes of the stored types.</summary>
public static class StoredTypes
{
    /// <summary>Every name that a header may use, for messages.</summary>
    internal const string Known = "BOOL, U8, I8, F8_E5M2, F8_E4M3, I16, U16, F16, BF16, I32, U32, F32, F64, I64, U64";

    /// <summary>Bytes of one element.</summary>
    public static int Size(this StoredType type) => type switch
    {
        <= StoredType.F8E4M3 => 1,
        <= StoredType.BF16 => 2,
        <= StoredType.F32 => 4,
        _ => 8,
    };

    /// <summary>The name that a header uses, for example "BF16".</summary>
    public static string HeaderName(this StoredType type) => type switch
    {
        StoredType.Bool => "BOOL",
        StoredType.F8E5M2 => "F8_E5M2",
        StoredType.F8E4M3 => "F8_E4M3",
        _ => type.ToString(),
    };

    internal static StoredType? Parse(string name)
    {
        foreach (StoredType type in Enum.GetValues<StoredType>())
        {
            if (type.HeaderName() == name)
                return type;
        }
        return null;
    }
}
