using static Drydock.Compiler.Llvm.LlvmNative;

namespace Drydock.Compiler.Llvm;

/// <summary>
/// A loop that reads memory forwards until it finds something, and does nothing else: <c>strlen</c>, <c>memcmp</c>,
/// the skipping of blanks. Matching only reads the code.
/// </summary>
internal sealed class SearchLoop
{
    /// <summary>What goes round and grows by a constant.</summary>
    public readonly record struct Variable(nint Phi, nint Next, long Step);

    /// <summary>A comparison with a value that ends the loop when it is reached.</summary>
    public readonly record struct Counter(nint Phi, long Addend, nint Bound);

    /// <summary>A comparison of what was read, and how it comes out while the loop goes on.</summary>
    public readonly record struct Test(nint Condition, bool GoesOnWhen);

    /// <summary>A read at an address that grows by what is read.</summary>
    public readonly record struct Read(nint Base, nint Phi, long Addend, long Offset);

    private const int MostInstructions = 40;
    private readonly IrBuilder _ir;
    private readonly nint _context;
    private int _loads;

    private SearchLoop(IrBuilder ir, nint context, nint head) => (_ir, _context, Head) = (ir, context, head);

    public nint Head { get; }
    /// <summary>The block that jumps back to the head; often the head itself.</summary>
    public nint Latch { get; private set; }
    public List<Variable> Variables { get; } = [];
    public List<Counter> Counters { get; } = [];
    public List<Test> Tests { get; } = [];
    public Dictionary<nint, Read> Reads { get; } = [];
    /// <summary>Bytes of each read.</summary>
    public int Size { get; private set; }
    /// <summary>Bytes of the widest value that is computed with.</summary>
    public int WidestSize { get; private set; }

    /// <summary>The loop whose head is a block, or null.</summary>
    public static SearchLoop? Match(IrBuilder ir, nint context, nint head)
    {
        if (OpcodeOf(GetFirstInstruction(head)) != IrOpcode.Phi) return null;
        var loop = new SearchLoop(ir, context, head);
        return loop.FindLatch() && loop.FindVariables() && loop.HasOnlyReads() && loop.FindConditions()
            && loop.Tests.Count > 0 && loop.Reads.Count == loop._loads
            ? loop
            : null;
    }

    private bool FindLatch()
    {
        nint end = Terminator(Head);
        if (OpcodeOf(end) != IrOpcode.Branch) return false;
        if (ControlFlow.JumpsTo(Head, Head)) Latch = Head;
        for (uint i = 0, count = CountSuccessors(end); i < count && Latch == 0; i++)
            if (JumpsBack(Successor(end, i))) Latch = Successor(end, i);
        return Latch != 0;
    }

    private bool JumpsBack(nint block)
    {
        nint end = Terminator(block), use = FirstUse(BlockAsValue(block));
        return OpcodeOf(end) == IrOpcode.Branch && NextUse(use) == 0 && ControlFlow.JumpsTo(block, Head);
    }

    private bool FindVariables()
    {
        for (nint phi = GetFirstInstruction(Head); OpcodeOf(phi) == IrOpcode.Phi; phi = NextInstruction(phi))
        {
            nint next = ControlFlow.ValueFrom(Latch, phi);
            if (next == 0 || !IrValue.IsSum(next, out nint from, out long step) || from != phi) return false;
            if ((TypeOf(phi) != _ir.I32 && TypeOf(phi) != _ir.I64) || !IrValue.IsStep(step)) return false;
            Variables.Add(new(phi, next, step));
        }
        return true;
    }

    private bool HasOnlyReads()
    {
        int count = 0;
        for (nint block = Head; ; block = Latch)
        {
            for (nint at = GetFirstInstruction(block); at != 0; at = NextInstruction(at))
                if (++count > MostInstructions || !IsHarmless(at)) return false;
            if (block == Latch) return true;
        }
    }

    private bool IsHarmless(nint instruction)
    {
        IrOpcode opcode = OpcodeOf(instruction);
        if (opcode == IrOpcode.Load) _loads++;
        return opcode is IrOpcode.Branch or IrOpcode.Add or IrOpcode.Sub or IrOpcode.And or IrOpcode.Or or IrOpcode.Xor
            or IrOpcode.Index or IrOpcode.Trunc or IrOpcode.ZExt or IrOpcode.SExt or IrOpcode.IntegerCompare
            or IrOpcode.Phi or IrOpcode.Select
            || opcode == IrOpcode.Load && GetOrdering(instruction) == 0;
    }

    private bool FindConditions()
    {
        nint end = Terminator(Head);
        if (Latch == Head) return AddCondition(end, Head);
        nint last = Terminator(Latch);
        return AddCondition(end, Latch) && (CountSuccessors(last) == 1 || AddCondition(last, Head));
    }

    private bool AddCondition(nint branch, nint inside) => CountSuccessors(branch) == 2
        && Successor(branch, 0) != Successor(branch, 1)
        && AddCondition(Condition(branch), goesOnWhen: Successor(branch, 0) == inside);

    private bool AddCondition(nint condition, bool goesOnWhen)
    {
        if (AsInstruction(condition) == 0 || IsOutside(condition)) return false;
        if (OpcodeOf(condition) == (goesOnWhen ? IrOpcode.And : IrOpcode.Or))
            return AddCondition(Operand(condition, 0), goesOnWhen) && AddCondition(Operand(condition, 1), goesOnWhen);
        if (OpcodeOf(condition) != IrOpcode.IntegerCompare) return false;
        if (TryAddCounter(condition, goesOnWhen)) return true;
        Tests.Add(new(condition, goesOnWhen));
        return IsComputed(condition);
    }

    private bool TryAddCounter(nint comparison, bool goesOnWhen)
    {
        var ends = goesOnWhen ? IntegerPredicate.NotEqual : IntegerPredicate.Equal;
        nint bound = Operand(comparison, 1);
        if (PredicateOf(comparison) != ends || !IsOutside(bound)) return false;
        if (!IsVariable(Operand(comparison, 0), out nint phi, out long addend)) return false;
        Counters.Add(new(phi, addend, bound));
        return true;
    }

    private bool IsOutside(nint value) =>
        AsInstruction(value) == 0 || BlockOf(value) is var block && block != Head && block != Latch;

    private bool IsVariable(nint value, out nint phi, out long addend)
    {
        if (!IrValue.IsSum(value, out phi, out addend)) phi = value;
        nint found = phi;
        return Variables.Exists(variable => variable.Phi == found);
    }

    /// <summary>Whether a value is computed from reads and what does not change, lane by lane.</summary>
    private bool IsComputed(nint value)
    {
        if (IsOutside(value)) return AsInstruction(value) != 0 || AsConstantInt(value) != 0;
        IrOpcode opcode = OpcodeOf(value);
        if (opcode == IrOpcode.IntegerCompare) return IsComputed(Operand(value, 0)) && IsComputed(Operand(value, 1));
        int size = SizeOf(TypeOf(value));
        WidestSize = Math.Max(WidestSize, size);
        return size != 0 && opcode switch
        {
            IrOpcode.Load => Reads.ContainsKey(value) || AddRead(value, size),
            IrOpcode.ZExt or IrOpcode.SExt => IsComputed(Operand(value, 0)),
            IrOpcode.Add or IrOpcode.Sub or IrOpcode.And or IrOpcode.Or or IrOpcode.Xor =>
                IsComputed(Operand(value, 0)) && IsComputed(Operand(value, 1)),
            _ => false,
        };
    }

    private int SizeOf(nint type) =>
        type == _ir.I8 ? 1 : type == _ir.I16 ? 2 : type == _ir.I32 ? 4 : type == _ir.I64 ? 8 : 0;

    private bool AddRead(nint load, int size)
    {
        if (GuestAddress.Of(_ir, Operand(load, 0)) is not { Offset: >= 0 } address) return false;
        if (!_ir.IsMemoryStart(address.Start, _context) || !IsOutside(address.Start)) return false;
        if (!IsVariable(address.Index, out nint phi, out long addend)) return false;
        if (Variables.Find(variable => variable.Phi == phi).Step != size || (Size != 0 && Size != size)) return false;
        Size = size;
        Reads[load] = new(address.Start, phi, addend, address.Offset);
        return true;
    }
}
