namespace Drydock.Wasm;

/// <summary>The kind of a <see cref="ValueType"/>: the leading byte of its binary form.</summary>
public enum ValueKind : byte
{
    /// <summary>The type of an operand in unreachable code; never appears in a module.</summary>
    Bottom = 0,
    /// <summary>32-bit integer.</summary>
    I32 = 0x7F,
    /// <summary>64-bit integer.</summary>
    I64 = 0x7E,
    /// <summary>32-bit IEEE 754 float.</summary>
    F32 = 0x7D,
    /// <summary>64-bit IEEE 754 float.</summary>
    F64 = 0x7C,
    /// <summary>128-bit vector.</summary>
    V128 = 0x7B,
    /// <summary>A reference that is never null: <c>(ref ht)</c>.</summary>
    Reference = 0x64,
    /// <summary>A reference that may be null: <c>(ref null ht)</c>.</summary>
    NullableReference = 0x63,
}

/// <summary>
/// A value type (spec: 2.3.5). Four bytes: the kind, and for references the <see cref="HeapType"/> they point to.
/// </summary>
public readonly struct ValueType : IEquatable<ValueType>
{
    private readonly uint _bits;

    private ValueType(ValueKind kind, int heap) => _bits = (byte)kind | ((uint)heap << 8);

    /// <summary>The operand type of unreachable code, which matches every type.</summary>
    public static ValueType Bottom => default;
    /// <summary><c>i32</c>.</summary>
    public static ValueType I32 => new(ValueKind.I32, 0);
    /// <summary><c>i64</c>.</summary>
    public static ValueType I64 => new(ValueKind.I64, 0);
    /// <summary><c>f32</c>.</summary>
    public static ValueType F32 => new(ValueKind.F32, 0);
    /// <summary><c>f64</c>.</summary>
    public static ValueType F64 => new(ValueKind.F64, 0);
    /// <summary><c>v128</c>.</summary>
    public static ValueType V128 => new(ValueKind.V128, 0);
    /// <summary><c>funcref</c>, that is <c>(ref null func)</c>.</summary>
    public static ValueType FuncRef => Reference(HeapType.Func, nullable: true);
    /// <summary><c>externref</c>, that is <c>(ref null extern)</c>.</summary>
    public static ValueType ExternRef => Reference(HeapType.Extern, nullable: true);

    /// <summary>A reference type to <paramref name="heap"/>.</summary>
    public static ValueType Reference(HeapType heap, bool nullable) =>
        new(nullable ? ValueKind.NullableReference : ValueKind.Reference, heap.Code);

    /// <summary>The number or vector type of a kind.</summary>
    internal static ValueType Number(uint kind) => new((ValueKind)kind, 0);

    /// <summary>The kind.</summary>
    public ValueKind Kind => (ValueKind)(byte)_bits;
    /// <summary>What a reference points to; meaningful only when <see cref="IsReference"/>.</summary>
    public HeapType Heap => new((int)_bits >> 8);
    /// <summary>Whether this is a reference type.</summary>
    public bool IsReference => Kind is ValueKind.Reference or ValueKind.NullableReference;
    /// <summary>Whether this is a number or vector type.</summary>
    internal bool IsNumberOrVector => _bits >> 3 == (uint)ValueKind.I32 >> 3;
    /// <summary>Whether this is a reference type that admits null.</summary>
    public bool IsNullable => Kind is ValueKind.NullableReference;
    /// <summary>Whether locals of this type start out initialised (spec: 3.4.10, defaultable).</summary>
    public bool IsDefaultable => Kind != ValueKind.Reference;
    /// <summary>Whether this is a number or vector type held in a vector register.</summary>
    public bool IsFloatOrVector => Kind is ValueKind.F32 or ValueKind.F64 or ValueKind.V128;

    /// <inheritdoc/>
    public bool Equals(ValueType other) => _bits == other._bits;
    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is ValueType other && Equals(other);
    /// <inheritdoc/>
    public override int GetHashCode() => (int)_bits;
    /// <summary>Same kind and same heap type, spelled the same way.</summary>
    public static bool operator ==(ValueType left, ValueType right) => left.Equals(right);
    /// <summary>Not the same.</summary>
    public static bool operator !=(ValueType left, ValueType right) => !left.Equals(right);

    /// <summary>The text-format spelling, for instance <c>i32</c> or <c>(ref null 3)</c>.</summary>
    public override string ToString() => Kind switch
    {
        ValueKind.I32 => "i32",
        ValueKind.I64 => "i64",
        ValueKind.F32 => "f32",
        ValueKind.F64 => "f64",
        ValueKind.V128 => "v128",
        ValueKind.Reference => $"(ref {Heap})",
        ValueKind.NullableReference when Heap.IsAbstract => $"{Heap.NullableShorthand}",
        ValueKind.NullableReference => $"(ref null {Heap})",
        _ => "bot",
    };
}
