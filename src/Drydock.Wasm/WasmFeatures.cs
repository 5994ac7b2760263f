namespace Drydock.Wasm;

/// <summary>
/// The parts of WebAssembly that can be switched off one by one. What 2.0 has beyond those below is always there.
/// </summary>
[Flags]
public enum WasmFeatures
{
    /// <summary>WebAssembly 2.0 without the parts below.</summary>
    None = 0,
    /// <summary>128-bit vectors.</summary>
    Simd = 1 << 0,
    /// <summary>Vector instructions with implementation-defined corners.</summary>
    RelaxedSimd = 1 << 1,
    /// <summary><c>return_call</c> and its kin.</summary>
    TailCall = 1 << 2,
    /// <summary>Typed function references.</summary>
    FunctionReferences = 1 << 3,
    /// <summary>Structures, arrays, recursive types and subtyping.</summary>
    Gc = 1 << 4,
    /// <summary><c>try_table</c>, <c>throw</c>, tags.</summary>
    Exceptions = 1 << 5,
    /// <summary><c>try</c>, <c>catch</c>, <c>delegate</c> as they were before 3.0.</summary>
    LegacyExceptions = 1 << 6,
    /// <summary>More than one memory.</summary>
    MultiMemory = 1 << 7,
    /// <summary>64-bit addresses of memories and tables.</summary>
    Memory64 = 1 << 8,
    /// <summary>Arithmetic in constant expressions.</summary>
    ExtendedConst = 1 << 9,
    /// <summary>Shared memories and atomics.</summary>
    Threads = 1 << 10,
    /// <summary>128-bit addition and multiplication.</summary>
    WideArithmetic = 1 << 11,
    /// <summary>Memories with pages of one byte.</summary>
    CustomPageSizes = 1 << 12,
    /// <summary>More than one table, host references, instructions on tables, <c>select</c> with a type.</summary>
    ReferenceTypes = 1 << 13,

    /// <summary>WebAssembly 2.0.</summary>
    WebAssembly2 = Simd | ReferenceTypes,
    /// <summary>WebAssembly 3.0.</summary>
    WebAssembly3 = WebAssembly2 | RelaxedSimd | TailCall | FunctionReferences | Gc | Exceptions | MultiMemory | Memory64
        | ExtendedConst,
    /// <summary>Everything above.</summary>
    All = WebAssembly3 | LegacyExceptions | Threads | WideArithmetic | CustomPageSizes,
}
