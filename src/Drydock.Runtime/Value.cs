using System.Runtime.InteropServices;
using Drydock.Wasm;

namespace Drydock.Runtime;

/// <summary>
/// A WebAssembly value (spec: 4.2.1) in sixteen bytes. It does not know its type: the function, global or table it goes
/// to decides how it is read. Numbers are zero-extended. References are made by the store and refused by any other.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public readonly struct Value : IEquatable<Value>
{
    private readonly ulong _low, _high;

    internal Value(ulong low, ulong high)
    {
        _low = low;
        _high = high;
    }

    /// <summary>The null reference of every reference type.</summary>
    public static Value Null => default;

    /// <summary>An <c>i32</c>.</summary>
    public static Value FromInt32(int value) => new((uint)value, 0);
    /// <summary>An <c>i64</c>.</summary>
    public static Value FromInt64(long value) => new((ulong)value, 0);
    /// <summary>An <c>f32</c>.</summary>
    public static Value FromSingle(float value) => new(BitConverter.SingleToUInt32Bits(value), 0);
    /// <summary>An <c>f64</c>.</summary>
    public static Value FromDouble(double value) => new(BitConverter.DoubleToUInt64Bits(value), 0);
    /// <summary>A <c>v128</c>, lane 0 in the low bits.</summary>
    public static Value FromVector(UInt128 value) => new((ulong)value, (ulong)(value >> 64));
    /// <summary>
    /// An <c>i31</c> reference to the low 31 bits of <paramref name="value"/>; belongs to every store.
    /// </summary>
    public static Value FromI31(int value) => new((uint)value << 1 | 1, 0);
    /// <summary>A function reference.</summary>
    public static Value FromFunction(Function? function) => function?.Reference ?? Null;

    /// <summary>Read as an <c>i32</c>.</summary>
    public int AsInt32() => (int)_low;
    /// <summary>Read as an <c>i64</c>.</summary>
    public long AsInt64() => (long)_low;
    /// <summary>Read as an <c>f32</c>.</summary>
    public float AsSingle() => BitConverter.UInt32BitsToSingle((uint)_low);
    /// <summary>Read as an <c>f64</c>.</summary>
    public double AsDouble() => BitConverter.UInt64BitsToDouble(_low);
    /// <summary>Read as a <c>v128</c>.</summary>
    public UInt128 AsVector() => new(_high, _low);
    /// <summary>Whether this, read as a reference that is not to a function, is an <c>i31</c>.</summary>
    public bool IsI31 => (_low & 1) != 0;
    /// <summary>Read as an <c>i31</c>, sign-extended.</summary>
    public int AsI31() => (int)_low >> 1;
    /// <summary>Whether this, read as a reference, is null.</summary>
    public bool IsNull => _low == 0;

    /// <summary>A reference's address or handle in its store.</summary>
    internal nint Handle => (nint)_low;
    /// <summary>The identity of the store that made a reference.</summary>
    internal ulong StoreId => _high;

    /// <summary>An <c>i32</c>.</summary>
    public static implicit operator Value(int value) => FromInt32(value);
    /// <summary>An <c>i64</c>.</summary>
    public static implicit operator Value(long value) => FromInt64(value);
    /// <summary>An <c>f32</c>.</summary>
    public static implicit operator Value(float value) => FromSingle(value);
    /// <summary>An <c>f64</c>.</summary>
    public static implicit operator Value(double value) => FromDouble(value);

    /// <summary>This number with the bits that <paramref name="type"/> does not have cleared.</summary>
    internal Value Normalize(ValueType type) => type.Kind switch
    {
        ValueKind.I32 or ValueKind.F32 => new((uint)_low, 0),
        ValueKind.V128 => this,
        _ => new(_low, 0),
    };

    /// <inheritdoc/>
    public bool Equals(Value other) => _low == other._low && _high == other._high;
    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Value other && Equals(other);
    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(_low, _high);
    /// <summary>The same bits.</summary>
    public static bool operator ==(Value left, Value right) => left.Equals(right);
    /// <summary>Not the same bits.</summary>
    public static bool operator !=(Value left, Value right) => !left.Equals(right);
    /// <summary>The bits in hexadecimal, since the type is not known.</summary>
    public override string ToString() => _high == 0 ? $"0x{_low:x}" : $"0x{_high:x}{_low:x16}";
}
