namespace Drydock.Compiler;

/// <summary>
/// Functions of the runtime that compiled code calls through <see cref="VmContextLayout.Builtins"/>, in the platform's
/// C convention. The first parameter is the caller's <c>VmContext*</c>. Those that return a status return an i32: zero,
/// or non-zero after having stored the trap code in <see cref="StoreContextLayout.PendingTrap"/>; the caller then
/// executes <c>ud2</c> at a site recorded as <see cref="TrapCode.Pending"/>. Addresses and lengths are i64
/// (zero-extended when the memory or table is 32-bit); indices and segments are i32.
/// </summary>
public enum Builtin
{
    /// <summary>
    /// (function defined here) -> address of its code, compiled now if need be, or zero when that failed. Called by stubs of
    /// images in front of any other code of the callee, with the callee's context.
    /// </summary>
    CompileFunction,
    /// <summary>(memory, delta i64) -> i64 old size in pages, or -1.</summary>
    MemoryGrow,
    /// <summary>(memory, destination, value i32, length) -> status.</summary>
    MemoryFill,
    /// <summary>(destinationMemory, sourceMemory, destination, source, length) -> status.</summary>
    MemoryCopy,
    /// <summary>(memory, segment, destination, source, length) -> status.</summary>
    MemoryInit,
    /// <summary>(segment) -> nothing.</summary>
    DataDrop,
    /// <summary>(table, initial i64, delta i64) -> i64 old size, or -1.</summary>
    TableGrow,
    /// <summary>(table, start, value i64, length) -> status.</summary>
    TableFill,
    /// <summary>(destinationTable, sourceTable, destination, source, length) -> status.</summary>
    TableCopy,
    /// <summary>(table, segment, destination, source, length) -> status.</summary>
    TableInit,
    /// <summary>(segment) -> nothing.</summary>
    ElementDrop,
    /// <summary>(function) -> i64 function reference.</summary>
    ReferenceFunction,
    /// <summary>
    /// () -> status. Called when the epoch deadline has passed; may move the deadline and return zero.
    /// </summary>
    EpochExpired,
    /// <summary>
    /// (table, type, index i64) -> i64 the function reference there, or 0 with a pending trap if there is none or it is
    /// not of the type or a subtype.
    /// </summary>
    TypedElement,
    /// <summary>
    /// Not a function: the return address of a function that was called with more arguments on the stack than the one
    /// it replaced. The area for them ends where rbp points; the code there undoes that frame and returns.
    /// </summary>
    TailCallReturn,
    /// <summary>
    /// Not in the C convention: size of an object in r11, the context in rbx; the address of a zeroed cell in r11, or
    /// zero with a trap pending. Every other register keeps its value.
    /// </summary>
    Allocate,
    /// <summary>
    /// (size i64) -> i64 address of a zeroed cell, or zero with a trap pending: <see cref="Allocate"/> in the C convention.
    /// </summary>
    AllocateCell,
    /// <summary>(type, length i32) -> i64 array of zeros, or zero with a trap pending.</summary>
    ArrayNew,
    /// <summary>
    /// (type, address of the value, length i32) -> i64 array filled with the value, or zero with a trap pending.
    /// </summary>
    ArrayNewFilled,
    /// <summary>
    /// (type, address of the first value, distance i32 to the next, count i32) -> i64 array, or zero with a trap pending.
    /// </summary>
    ArrayNewFixed,
    /// <summary>(type, segment, offset i32, length i32) -> i64 array, or zero with a trap pending.</summary>
    ArrayNewData,
    /// <summary>(type, segment, offset i32, length i32) -> i64 array, or zero with a trap pending.</summary>
    ArrayNewElements,
    /// <summary>(array i64, start i32, address of the value, length i32) -> status.</summary>
    ArrayFill,
    /// <summary>(destination i64, start i32, source i64, start i32, length i32) -> status.</summary>
    ArrayCopy,
    /// <summary>(segment, array i64, start i32, offset i32, length i32) -> status.</summary>
    ArrayInitData,
    /// <summary>(segment, array i64, start i32, offset i32, length i32) -> status.</summary>
    ArrayInitElements,
    /// <summary>(memory, offset i64, address, count i32) -> i64 waiters woken, or -1 with a pending trap.</summary>
    AtomicNotify,
    /// <summary>
    /// (memory, offset i64, address, expected i32, timeout i64) -> i64 0 woken, 1 not as expected, 2 timed out, or -1 with
    /// a pending trap.
    /// </summary>
    AtomicWait32,
    /// <summary>As <see cref="AtomicWait32"/> with an i64 expected.</summary>
    AtomicWait64,
    /// <summary>
    /// The C library's <c>memmove</c>, without a context: (to, from, length i64), all of it accessible.
    /// </summary>
    MoveBytes,
    /// <summary>
    /// The C library's <c>memset</c>, without a context: (to, value i32, length i64), all of it accessible.
    /// </summary>
    FillBytes,
}
