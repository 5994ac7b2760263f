using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Drydock.Wasm.Validation;

/// <summary>A control frame: a block that has been entered and not left (spec: appendix A.3).</summary>
[StructLayout(LayoutKind.Explicit)]
internal struct ControlFrame
{
    /// <summary>Its function type, or null when it has at most a result.</summary>
    [FieldOffset(0)] public FunctionType? Type;
    /// <summary>All that an empty block has: the fields from here to <see cref="Result"/>.</summary>
    [FieldOffset(8)] public ulong Head;
    /// <summary>Height of the operand stack below its parameters.</summary>
    [FieldOffset(8)] public int Height;
    /// <summary>
    /// How many frames from this one outwards neither take nor leave values, up to <see cref="MostEmptyLabels"/>; the
    /// other fields than those of <see cref="Head"/> say nothing if it is one.
    /// </summary>
    [FieldOffset(12)] public byte EmptyLabels;
    [FieldOffset(13)] private byte _kind;
    /// <summary>Whether the rest of it cannot be reached, so that operands may appear from nowhere.</summary>
    [FieldOffset(14)] public bool IsUnreachable;
    /// <summary>The result when <see cref="Type"/> is null; <see cref="ValueType.Bottom"/> for none.</summary>
    [FieldOffset(16)] public ValueType Result;
    /// <summary>How many locals had been initialised when it was entered.</summary>
    [FieldOffset(20)] public int InitializedCount;

    /// <summary>A label of up to so many takes one byte.</summary>
    public const int MostEmptyLabels = 0x80;

    /// <summary>
    /// The instruction that opened it; <see cref="Opcode.Else"/>, <c>catch</c> once that has been passed.
    /// </summary>
    public Opcode Kind
    {
        readonly get => (Opcode)_kind;
        set => _kind = (byte)value;
    }

    /// <summary>The head of an empty block within so many others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong EmptyHead(int height, uint kind, uint around) =>
        (uint)height | (ulong)Math.Min(around + 1, MostEmptyLabels) << 32 | (ulong)kind << 40;
}

/// <summary>The arrays a validator works on, kept from function to function.</summary>
/// <param name="hasMemory">Whether the module's first memory has addresses of 32 bits.</param>
internal sealed class ValidatorStacks(bool hasMemory)
{
    public const int ExpandedLocals = 256;
    /// <summary>
    /// Where the operand stack starts: below are two that nothing pops, so that two can be looked at unasked.
    /// </summary>
    public const int Bottom = 2;

    public ValueType[] Operands = new ValueType[1024];
    public ControlFrame[] Frames = new ControlFrame[16];

    /// <summary>Types of the first locals, one by one: nearly all that code uses.</summary>
    public readonly ValueType[] Locals = new ValueType[ExpandedLocals];

    public readonly PlainTables Plain = new(PlainTraits.All(hasMemory));

    /// <summary>For the locals beyond: the index after each run, and the type of the run.</summary>
    public readonly List<(int End, ValueType Type)> LocalRuns = [];

    /// <summary>Locals without a default value that have been set, in the order they were.</summary>
    public readonly List<int> Initialized = [];
    public readonly HashSet<int> IsInitialized = [];
    public readonly List<LocalRun> Declared = [];

    /// <summary>
    /// The runs declared, in an array that functions with the same run share: most declare a few <c>i32</c> and no
    /// more.
    /// </summary>
    public LocalRun[] TakeDeclared()
    {
        var first = Declared[0];
        if (Declared.Count > 1 || first.Type != ValueType.I32 || first.Count >= _runsOfI32.Length) return [.. Declared];
        return _runsOfI32[first.Count] ??= [first];
    }

    private readonly LocalRun[]?[] _runsOfI32 = new LocalRun[]?[64];
}
