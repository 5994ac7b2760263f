namespace Drydock.Wasm.Validation;

/// <summary>A control frame: a block that has been entered and not left (spec: appendix A.3).</summary>
internal struct ControlFrame
{
    /// <summary>
    /// The instruction that opened it; <see cref="Opcode.Else"/>, <c>catch</c> once that has been passed.
    /// </summary>
    public Opcode Kind;
    /// <summary>Its function type, or null when it has at most a result.</summary>
    public FunctionType? Type;
    /// <summary>The result when <see cref="Type"/> is null; <see cref="ValueType.Bottom"/> for none.</summary>
    public ValueType Result;
    /// <summary>Height of the operand stack below its parameters.</summary>
    public int Height;
    /// <summary>How many locals had been initialised when it was entered.</summary>
    public int InitializedCount;
    /// <summary>Whether the rest of it cannot be reached, so that operands may appear from nowhere.</summary>
    public bool IsUnreachable;
    /// <summary>Whether it neither takes nor leaves values.</summary>
    public bool IsEmpty;
}

/// <summary>The arrays a validator works on, kept from function to function.</summary>
internal sealed class ValidatorStacks
{
    public const int ExpandedLocals = 256;
    /// <summary>The first local whose number takes two bytes.</summary>
    public const int PlainLocalLimit = 0x80;
    /// <summary>
    /// Where the operand stack starts: below are two that nothing pops, so that two can be looked at unasked.
    /// </summary>
    public const int Bottom = 2;

    public ValueType[] Operands = new ValueType[256];
    public ControlFrame[] Frames = new ControlFrame[16];

    /// <summary>Types of the first locals, one by one: nearly all that code uses.</summary>
    public readonly ValueType[] Locals = new ValueType[ExpandedLocals];

    /// <summary>
    /// Types of the locals whose number takes a byte, all ones for a local that there is not, and behind them as many
    /// zeros for what is no local, so that either can be looked up unasked.
    /// </summary>
    public readonly uint[] PlainLocals = new uint[512];

    /// <summary>How many of <see cref="PlainLocals"/> the function before had.</summary>
    public int PlainLocalCount = 256;

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
