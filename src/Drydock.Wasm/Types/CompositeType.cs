namespace Drydock.Wasm;

/// <summary>What a type definition describes (spec: 2.3.8): a function, a structure or an array.</summary>
public abstract class CompositeType
{
    private protected CompositeType() { }
}

/// <summary>A function type (spec: 2.3.7).</summary>
public sealed class FunctionType(ValueType[] parameters, ValueType[] results) : CompositeType, IEquatable<FunctionType>
{
    private readonly ValueType[] _parameters = parameters;
    private readonly ValueType[] _results = results;

    /// <summary>Parameter types, first to last.</summary>
    public ReadOnlySpan<ValueType> Parameters => _parameters;
    /// <summary>Result types, first to last.</summary>
    public ReadOnlySpan<ValueType> Results => _results;

    /// <summary>Structural equality; concrete heap types compare by index, so only within one module.</summary>
    public bool Equals(FunctionType? other) =>
        other is not null && Parameters.SequenceEqual(other.Parameters) && Results.SequenceEqual(other.Results);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as FunctionType);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var type in _parameters) hash.Add(type);
        hash.Add(-1);
        foreach (var type in _results) hash.Add(type);
        return hash.ToHashCode();
    }

    /// <summary>The spelling <c>[i32 i64] -> [f32]</c> that the specification uses.</summary>
    public override string ToString() => $"[{string.Join(' ', _parameters)}] -> [{string.Join(' ', _results)}]";
}

/// <summary>The type of a structure field or array element: a value type or a packed integer (spec: 2.3.6).</summary>
/// <param name="Type">The unpacked type; <c>i32</c> for packed storage.</param>
/// <param name="PackedSize">1 for <c>i8</c>, 2 for <c>i16</c>, otherwise 0.</param>
/// <param name="IsMutable">Whether the field can be set.</param>
public readonly record struct FieldType(ValueType Type, int PackedSize, bool IsMutable);

/// <summary>A structure type.</summary>
public sealed class StructType(FieldType[] fields) : CompositeType
{
    private readonly FieldType[] _fields = fields;

    /// <summary>The fields, first to last.</summary>
    public ReadOnlySpan<FieldType> Fields => _fields;
}

/// <summary>An array type.</summary>
public sealed class ArrayType(FieldType element) : CompositeType
{
    /// <summary>The element type.</summary>
    public FieldType Element { get; } = element;
}

/// <summary>An entry of the type section (spec: 2.3.9).</summary>
/// <param name="Composite">What it describes.</param>
/// <param name="IsFinal">Whether it may have no subtypes.</param>
/// <param name="SuperType">Type index of the declared supertype, or -1.</param>
/// <param name="GroupStart">Type index of the first type of its recursive group.</param>
/// <param name="GroupLength">Number of types in its recursive group.</param>
public sealed record SubType(CompositeType Composite, bool IsFinal, int SuperType, int GroupStart, int GroupLength);
