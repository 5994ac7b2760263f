namespace Drydock.Compiler;

/// <summary>Why a guest was stopped (spec: 4.2.1, trap). Values are part of the code image format.</summary>
public enum TrapCode : byte
{
    /// <summary>No trap: the site only maps a return address to its place in the module.</summary>
    None = 0,
    /// <summary>The <c>unreachable</c> instruction.</summary>
    Unreachable,
    /// <summary>Memory access outside the memory.</summary>
    OutOfBoundsMemoryAccess,
    /// <summary>Table access outside the table.</summary>
    OutOfBoundsTableAccess,
    /// <summary><c>call_indirect</c> with an index outside the table.</summary>
    UndefinedElement,
    /// <summary><c>call_indirect</c> of a null element.</summary>
    UninitializedElement,
    /// <summary><c>call_indirect</c> of a function of another type.</summary>
    IndirectCallTypeMismatch,
    /// <summary>Integer division or remainder by zero.</summary>
    IntegerDivideByZero,
    /// <summary>Integer overflow in a division or a conversion.</summary>
    IntegerOverflow,
    /// <summary>Conversion of NaN to an integer.</summary>
    InvalidConversionToInteger,
    /// <summary>The call stack is used up.</summary>
    CallStackExhausted,
    /// <summary>Use of a null reference where none is allowed.</summary>
    NullReference,
    /// <summary>The host interrupted the guest (epoch deadline, cancellation).</summary>
    Interrupted,
    /// <summary>
    /// A host function or built-in failed; <see cref="StoreContextLayout.PendingTrap"/> says with what.
    /// </summary>
    Pending,
    /// <summary>Call through a null function reference.</summary>
    NullFunctionReference,
    /// <summary>Atomic access at an address that is no multiple of its size.</summary>
    UnalignedAtomic,
    /// <summary>Waiting on a memory that is not shared.</summary>
    ExpectedSharedMemory,
    /// <summary>Access to a field of the null structure reference.</summary>
    NullStructureReference,
    /// <summary>Access to an element of the null array reference.</summary>
    NullArrayReference,
    /// <summary>Use of the null i31 reference.</summary>
    NullI31Reference,
    /// <summary>Throwing the null exception reference.</summary>
    NullExceptionReference,
    /// <summary>Access outside an array.</summary>
    OutOfBoundsArrayAccess,
    /// <summary>A reference is not of the type it is cast to.</summary>
    CastFailure,
    /// <summary>The store's heap is at its limit and no more can be collected.</summary>
    OutOfMemory,
}

/// <summary>The texts of traps, as the official test scripts spell them.</summary>
public static class TrapMessages
{
    /// <summary>The text of <paramref name="code"/>.</summary>
    public static string MessageOf(TrapCode code) => code switch
    {
        TrapCode.Unreachable => "unreachable",
        TrapCode.OutOfBoundsMemoryAccess => "out of bounds memory access",
        TrapCode.OutOfBoundsTableAccess => "out of bounds table access",
        TrapCode.UndefinedElement => "undefined element",
        TrapCode.UninitializedElement => "uninitialized element",
        TrapCode.IndirectCallTypeMismatch => "indirect call type mismatch",
        TrapCode.IntegerDivideByZero => "integer divide by zero",
        TrapCode.IntegerOverflow => "integer overflow",
        TrapCode.InvalidConversionToInteger => "invalid conversion to integer",
        TrapCode.CallStackExhausted => "call stack exhausted",
        TrapCode.NullReference => "null reference",
        TrapCode.NullFunctionReference => "null function reference",
        TrapCode.UnalignedAtomic => "unaligned atomic",
        TrapCode.ExpectedSharedMemory => "expected shared memory",
        TrapCode.Interrupted => "interrupted",
        TrapCode.NullStructureReference => "null structure reference",
        TrapCode.NullArrayReference => "null array reference",
        TrapCode.NullI31Reference => "null i31 reference",
        TrapCode.NullExceptionReference => "null exception reference",
        TrapCode.OutOfBoundsArrayAccess => "out of bounds array access",
        TrapCode.CastFailure => "cast failure",
        TrapCode.OutOfMemory => "out of memory",
        _ => "host error",
    };
}
