using System.Runtime.CompilerServices;
using Drydock.Compiler.X64;
using Drydock.Wasm;

namespace Drydock.Compiler.Baseline;

/// <summary>Where the value of an <see cref="Operand"/> is.</summary>
internal enum OperandKind : byte
{
    /// <summary>Nowhere: <see cref="Operand.Bits"/> is the value.</summary>
    Constant,
    /// <summary>In the register <see cref="Operand.Number"/>, which nothing else uses.</summary>
    Register,
    /// <summary>Still in the local <see cref="Operand.Local"/>, and so perhaps in a register.</summary>
    Local,
    /// <summary>In the stack frame's slot <see cref="Operand.Bits"/>.</summary>
    Slot,
    /// <summary>In the flags: whether condition <see cref="Operand.Number"/> holds.</summary>
    Flags,
}

/// <summary>
/// An entry of the operand stack while code is being emitted. It is two words, so that it is handed on in registers,
/// and never read in another width than it was just written in.
/// </summary>
internal struct Operand
{
    /// <summary>The <see cref="Number"/> of what is in no register.</summary>
    public const byte NoNumber = 0xFF;

    /// <summary>The <see cref="Bits"/> of a local's operand that is the lowest of its kind.</summary>
    public const int NoPlace = -1;

    /// <summary>The <see cref="Local"/> of what is in none: an entry that stands before them all.</summary>
    public const int NoLocal = 0;

    private const int TypeShift = 8, NumberShift = 16, LocalShift = 32;

    private ulong _place;
    public long Bits;

    private Operand(OperandKind kind, ValueKind type, int number, int local, long bits)
    {
        _place = (ulong)kind | (ulong)type << TypeShift | (ulong)(byte)number << NumberShift | (ulong)(
            uint)local << LocalShift;
        Bits = bits;
    }

    public readonly OperandKind Kind => (OperandKind)(byte)_place;

    public ValueKind Type
    {
        readonly get => (ValueKind)(byte)(_place >> TypeShift);
        set => _place = _place & ~(0xFFUL << TypeShift) | (ulong)value << TypeShift;
    }

    /// <summary>The register the value is in, unless it is in the flags; <see cref="NoNumber"/> for none.</summary>
    public byte Number
    {
        readonly get => (byte)(_place >> NumberShift);
        set => _place = _place & ~(0xFFUL << NumberShift) | (ulong)value << NumberShift;
    }

    public readonly int Local => (int)(_place >> LocalShift);

    public readonly bool IsVector => Type is ValueKind.F32 or ValueKind.F64 or ValueKind.V128;
    public readonly bool IsWide => Type is not (ValueKind.I32 or ValueKind.F32);
    public readonly bool IsInMemory => Kind is OperandKind.Slot;
    public readonly bool IsImmediate
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Kind == OperandKind.Constant && (Type == ValueKind.I32 || !IsVector && Bits == (int)Bits);
    }
    public readonly bool IsZero => Kind == OperandKind.Constant && Bits == 0;

    /// <summary>Copies this, a word at a time.</summary>
    public readonly void CopyTo(ref Operand target)
    {
        target._place = _place;
        target.Bits = Bits;
    }

    /// <summary>Becomes the value in a register, whose bits are of no account.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void PutInRegister(ValueKind type, int number) =>
        _place = (ulong)OperandKind.Register | (ulong)type << TypeShift | (ulong)(uint)number << NumberShift;

    public static Operand Constant(ValueKind type, long bits) =>
        new(OperandKind.Constant, type, NoNumber, NoLocal, bits);
    public static Operand InRegister(ValueKind type, int number) =>
        new(OperandKind.Register, type, number, NoLocal, 0);
    /// <summary>Of a local that no operand is in yet; see <see cref="Local.Latest"/>.</summary>
    public static Operand OfLocal(ValueKind type, int local) =>
        new(OperandKind.Local, type, NoNumber, local, NoPlace);
    public static Operand InSlot(ValueKind type, int index) =>
        new(OperandKind.Slot, type, NoNumber, NoLocal, index);
    public static Operand InFlags(Condition condition) =>
        new(OperandKind.Flags, ValueKind.I32, (int)condition, NoLocal, 0);
}

/// <summary>A local variable while code is being emitted.</summary>
internal struct Local
{
    /// <summary>
    /// The operand that reading the local gives. Its <see cref="Operand.Bits"/> is the place in the operand stack of the
    /// topmost operand that still is in the local, whose own is that of the next below, down to
    /// <see cref="Operand.NoPlace"/>.
    /// </summary>
    public Operand Latest;
    /// <summary>Its place in the frame.</summary>
    public Address Home;
    /// <summary>Uses, weighted by loop depth.</summary>
    public int Weight;

    /// <summary>The register that holds it throughout the function, or <see cref="Operand.NoNumber"/>.</summary>
    public byte Pin
    {
        readonly get => Latest.Number;
        set => Latest.Number = value;
    }

    public readonly ValueKind Type => Latest.Type;
    public readonly bool IsPinned
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Pin != Operand.NoNumber;
    }
    public readonly bool IsVector => Latest.IsVector;
}
