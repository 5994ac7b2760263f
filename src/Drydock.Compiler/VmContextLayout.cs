using Drydock.Wasm;

namespace Drydock.Compiler;

/// <summary>
/// Where compiled code finds what it needs beyond itself: the layout of an instance's <c>VmContext</c>, a block of
/// native memory whose address is the hidden first parameter of every compiled function. Both compilers and the runtime
/// read this declaration and no other. All offsets are in bytes; all fields are eight bytes unless said otherwise.
/// </summary>
/// <remarks>
/// Header, then per module: globals, imported functions, memories, tables, imported globals, tags, signatures.
/// The header's offsets are constants so that code which works for every module (stubs, built-ins) can use them.
/// </remarks>
public sealed class VmContextLayout
{
    /// <summary>
    /// Address of byte 0 of memory 0; never moves while the memory lives. Null if there is no memory.
    /// </summary>
    public const int Memory0Base = 0;
    /// <summary>Address of the <see cref="StoreContextLayout"/> block shared by all instances of the store.</summary>
    public const int StoreContext = 8;
    /// <summary>Address of the process-wide array of code addresses indexed by <see cref="Builtin"/>.</summary>
    public const int Builtins = 16;
    /// <summary>Opaque handle by which the runtime finds the instance.</summary>
    public const int InstanceHandle = 24;
    /// <summary>Address of the engine's row of <see cref="TypeInfoLayout"/> entries.</summary>
    public const int TypeInfos = 32;
    /// <summary>Size of the header, a multiple of 16.</summary>
    public const int HeaderSize = 48;

    /// <summary>Size of an imported function: code address, then its context.</summary>
    public const int ImportedFunctionSize = 16;
    /// <summary>Offset of the code address in an imported function.</summary>
    public const int ImportedFunctionCode = 0;
    /// <summary>Offset of the callee's context in an imported function.</summary>
    public const int ImportedFunctionContext = 8;

    /// <summary>Size of a global's cell; a v128 fills it, other types its first bytes.</summary>
    public const int GlobalCellSize = 16;

    private readonly int _importedFunctions, _memories, _tables, _importedGlobals, _definedGlobals, _tags, _signatures;
    private readonly int _importedGlobalCount;

    /// <summary>Lays out the context of instances of <paramref name="module"/>.</summary>
    public VmContextLayout(WasmModule module)
    {
        _importedGlobalCount = module.ImportedGlobalCount;
        _definedGlobals = HeaderSize;
        _importedFunctions = _definedGlobals + (module.Globals.Length - _importedGlobalCount) * GlobalCellSize;
        _memories = _importedFunctions + module.ImportedFunctionCount * ImportedFunctionSize;
        _tables = _memories + module.Memories.Length * 8;
        _importedGlobals = _tables + module.Tables.Length * 8;
        _tags = _importedGlobals + _importedGlobalCount * 8;
        _signatures = _tags + module.Tags.Length * 8;
        Size = (_signatures + module.Types.Length * 4 + 15) & ~15;
    }

    /// <summary>Size of the whole context, a multiple of 16; its address is aligned to 16.</summary>
    public int Size { get; }

    /// <summary>Offset of imported function <paramref name="index"/>.</summary>
    public int ImportedFunction(int index) => _importedFunctions + index * ImportedFunctionSize;
    /// <summary>
    /// Offset of the address of the <see cref="MemoryLayout"/> block of memory <paramref name="index"/>.
    /// </summary>
    public int Memory(int index) => _memories + index * 8;
    /// <summary>
    /// Offset of the address of the <see cref="TableLayout"/> block of table <paramref name="index"/>.
    /// </summary>
    public int Table(int index) => _tables + index * 8;
    /// <summary>Whether the slot of a global holds the address of its cell rather than the cell itself.</summary>
    public bool IsGlobalIndirect(int index) => index < _importedGlobalCount;
    /// <summary>Offset of a global's cell, or of the cell's address when <see cref="IsGlobalIndirect"/>.</summary>
    public int Global(int index) => index < _importedGlobalCount
        ? _importedGlobals + index * 8
        : _definedGlobals + (index - _importedGlobalCount) * GlobalCellSize;
    /// <summary>Offset of the address of the <see cref="TagLayout"/> block of tag <paramref name="index"/>.</summary>
    public int Tag(int index) => _tags + index * 8;
    /// <summary>Offset of the four-byte engine-wide signature number of type <paramref name="typeIndex"/>.</summary>
    public int Signature(int typeIndex) => _signatures + typeIndex * 4;
}

/// <summary>The block that all instances of a store share; one thread at a time runs in a store.</summary>
public static class StoreContextLayout
{
    /// <summary>Lowest stack pointer that compiled code may have; set at every entry.</summary>
    public const int StackLimit = 0;
    /// <summary>Address of the engine's epoch counter (u64).</summary>
    public const int EpochCounter = 8;
    /// <summary>Value of the epoch counter at which the guest is interrupted (u64).</summary>
    public const int EpochDeadline = 16;
    /// <summary>
    /// Trap code (u32) a failed built-in or host function left for a site with <see cref="TrapCode.Pending"/>.
    /// </summary>
    public const int PendingTrap = 24;
    /// <summary>
    /// The exception that is on its way to a handler, or zero. Compiled code of modules with tags compares it after
    /// every call; when it is set, the results of the call are meaningless.
    /// </summary>
    public const int PendingException = 32;
    /// <summary>
    /// For each of <see cref="HeapLayout"/>'s size classes the address of the next cell to be allocated, and where the
    /// cells at hand end. Cells are zeroed beforehand.
    /// </summary>
    public const int AllocationCursors = 64;
    /// <summary>Size of the block reserved for compiled code; the runtime may append its own fields.</summary>
    public static int Size => AllocationCursors + HeapLayout.ClassCount * 16;

    /// <summary>Offset of the next cell of a size class.</summary>
    public static int AllocationCursor(int sizeClass) => AllocationCursors + sizeClass * 16;
    /// <summary>Offset of the end of the cells of a size class.</summary>
    public static int AllocationLimit(int sizeClass) => AllocationCursors + sizeClass * 16 + 8;
}

/// <summary>What compiled code knows of a memory.</summary>
public static class MemoryLayout
{
    /// <summary>Address of byte 0; never moves.</summary>
    public const int Base = 0;
    /// <summary>Current size in bytes (u64).</summary>
    public const int ByteLength = 8;
    /// <summary>Size of the block.</summary>
    public const int Size = 16;

    /// <summary>
    /// Whether every address that a guest can form for a memory is either within it or faults, because unmapped space
    /// follows it; accesses to others are compared with <see cref="ByteLength"/>.
    /// </summary>
    public static bool IsGuarded(MemoryType type) => !type.Limits.Is64Bit && type.PageSizeLog2 > 0;
}

/// <summary>
/// What compiled code knows of a table. Elements are eight bytes: see <see cref="FunctionReferenceLayout"/>.
/// </summary>
public static class TableLayout
{
    /// <summary>Address of element 0; moves when the table grows.</summary>
    public const int Elements = 0;
    /// <summary>Current length in elements (u32 range, u64 stored).</summary>
    public const int Length = 8;
    /// <summary>Size of the block.</summary>
    public const int Size = 16;
}

/// <summary>
/// A function reference is the address of such a block, null being zero. Every function, whoever compiled it and host
/// functions too, is called in the platform's C convention with <see cref="Context"/> as hidden first parameter.
/// </summary>
public static class FunctionReferenceLayout
{
    /// <summary>Code address.</summary>
    public const int Code = 0;
    /// <summary>The callee's context.</summary>
    public const int Context = 8;
    /// <summary>Engine-wide signature number (u32).</summary>
    public const int Signature = 16;
    /// <summary>
    /// Code address for callers that compare <see cref="StoreContextLayout.PendingException"/> afterwards.
    /// </summary>
    public const int ThrowingCode = 32;
    /// <summary>The context that goes with it.</summary>
    public const int ThrowingContext = 40;
    /// <summary>Size of the block.</summary>
    public const int Size = 48;
}
