using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Emend.Studies.Recipes;

/// <summary>What a recipe's type looks like in the file: the keys of a record, the names of an enum, the items of a list.</summary>
internal static class RecipeShape
{
    private static readonly NullabilityInfoContext Nullability = new();

    /// <summary>A property of a record as a key of the file.</summary>
    public sealed record Key(string Name, PropertyInfo Property, bool Required, bool Nullable)
    {
        public Type Type => System.Nullable.GetUnderlyingType(Property.PropertyType) ?? Property.PropertyType;
    }

    /// <summary>Settable properties in the order of the source, those of a base record first.</summary>
    public static ImmutableArray<Key> Keys(Type record)
    {
        lock (Nullability)
        {
            return
            [
                .. record.GetProperties(BindingFlags.Public | BindingFlags.Instance)
                    .Where(property => property.SetMethod is not null && property.GetIndexParameters().Length == 0)
                    .OrderBy(property => Depth(property.DeclaringType!)).ThenBy(property => property.MetadataToken)
                    .Select(property => new Key(
                        CamelCase(property.Name), property,
                        property.IsDefined(typeof(RequiredMemberAttribute)),
                        Nullability.Create(property).WriteState == NullabilityState.Nullable)),
            ];
        }
    }

    /// <summary>The names of an enum as the file writes them.</summary>
    public static ImmutableArray<(string Name, object Value)> Names(Type enumeration) =>
        [.. Enum.GetNames(enumeration).Select(name => (CamelCase(name), Enum.Parse(enumeration, name)))];

    /// <summary>The type of a list's items, or null where the type is no list.</summary>
    public static Type? ItemOf(Type type)
    {
        if (type.IsArray)
            return type.GetElementType();
        return type.IsGenericType && (type.GetGenericTypeDefinition() == typeof(ImmutableArray<>) || type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>))
            ? type.GetGenericArguments()[0]
            : null;
    }

    /// <summary>An array, ImmutableArray or IReadOnlyList of the items.</summary>
    public static object ListOf(Type type, Type item, IReadOnlyList<object?> items)
    {
        var array = Array.CreateInstance(item, items.Count);
        for (int i = 0; i < items.Count; i++)
            array.SetValue(items[i], i);
        if (!type.IsGenericType || type.GetGenericTypeDefinition() != typeof(ImmutableArray<>))
            return array;
        return typeof(System.Runtime.InteropServices.ImmutableCollectionsMarshal)
            .GetMethod(nameof(System.Runtime.InteropServices.ImmutableCollectionsMarshal.AsImmutableArray))!
            .MakeGenericMethod(item).Invoke(null, [array])!;
    }

    /// <summary>What `record with { }` gives: a default may be shared, and is never written into.</summary>
    public static object Copy(object record) => record.GetType().GetMethod("<Clone>$")?.Invoke(record, null)
        ?? throw new ArgumentException($"{record.GetType().Name} is a class; what stands in a recipe is a record");

    public static bool IsRecord(Type type) => type.IsClass && type != typeof(string) && !type.IsArray && type.GetConstructor(Type.EmptyTypes) is not null;

    public static string CamelCase(string name) => JsonNamingPolicy.CamelCase.ConvertName(name);

    private static int Depth(Type type) => type.BaseType is null ? 0 : 1 + Depth(type.BaseType);
}
