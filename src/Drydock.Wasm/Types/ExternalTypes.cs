namespace Drydock.Wasm;

/// <summary>The kinds of import and export; values as in the binary format (spec: 5.5.5).</summary>
public enum ExternalKind : byte
{
    /// <summary>A function.</summary>
    Function = 0,
    /// <summary>A table.</summary>
    Table = 1,
    /// <summary>A memory.</summary>
    Memory = 2,
    /// <summary>A global.</summary>
    Global = 3,
    /// <summary>An exception tag.</summary>
    Tag = 4,
}

/// <summary>Size limits of a memory (in pages) or a table (in elements) (spec: 2.3.12).</summary>
/// <param name="Minimum">Initial size.</param>
/// <param name="Maximum">Largest size, or null when none was declared.</param>
/// <param name="Is64Bit">Whether addresses are <c>i64</c>.</param>
public readonly record struct Limits(ulong Minimum, ulong? Maximum, bool Is64Bit);

/// <summary>A memory type.</summary>
/// <param name="Limits">Size in pages.</param>
/// <param name="IsShared">Whether threads may share it.</param>
/// <param name="PageSizeLog2">Page size as a power of two; 16 unless custom page sizes are used.</param>
public readonly record struct MemoryType(Limits Limits, bool IsShared = false, int PageSizeLog2 = 16);

/// <summary>A table type.</summary>
/// <param name="Element">Element type, a reference.</param>
/// <param name="Limits">Size in elements.</param>
public readonly record struct TableType(ValueType Element, Limits Limits);

/// <summary>A global type.</summary>
/// <param name="Type">The type of the value held.</param>
/// <param name="IsMutable">Whether <c>global.set</c> is allowed.</param>
public readonly record struct GlobalType(ValueType Type, bool IsMutable);
