using static Drydock.Compiler.Llvm.LlvmNative;

namespace Drydock.Compiler.Llvm;

/// <summary>
/// A loop of one block that reads and writes memory at addresses which grow by a constant each turn, so that one look
/// before it tells all that it will touch. Matching only reads the code.
/// </summary>
internal sealed partial class StreamLoop
{
    /// <summary>What goes round; <c>Step</c> is what it grows by, or null if it does not grow evenly.</summary>
    public sealed class Variable(nint phi, nint next, long? step)
    {
        public nint Phi => phi;
        public nint Next => next;
        public long? Step => step;

        public void Deconstruct(out nint ofPhi, out nint ofNext, out long? ofStep) =>
            (ofPhi, ofNext, ofStep) = (phi, next, step);
    }

    /// <summary>A read or write, so many bytes after where its stream is.</summary>
    public sealed class Access(Stream stream, long delta)
    {
        public Stream Stream => stream;
        public long Delta => delta;
    }

    /// <summary>The comparison that lets the loop go on: of what grows with what does not change.</summary>
    public readonly record struct Test(AffineSum Value, long Step, IntegerPredicate GoesOnWhile, nint Bound);

    /// <summary>Accesses that move together.</summary>
    public sealed class Stream(nint memory, AffineSum index, nint[] others, long step)
    {
        public nint Memory => memory;
        /// <summary>The 32-bit index of the first access found.</summary>
        public AffineSum Index => index;
        /// <summary>What does not change and is added to the index, 64 bits wide.</summary>
        public nint[] Others => others;
        public long Step => step;
        /// <summary>The bytes that are touched, from where the index is.</summary>
        public long Low { get; private set; } = long.MaxValue;
        public long High { get; private set; } = long.MinValue;
        /// <summary>The least that is added to the index before it is made 64 bits wide.</summary>
        public long LowIndex { get; private set; }
        public bool IsWritten => Written > 0;
        /// <summary>Writes of what is computed rather than moved.</summary>
        public int Results { get; private set; }
        /// <summary>Bytes of a turn.</summary>
        public int Read { get; private set; }
        public int Written { get; private set; }

        public void Add(long indexDelta, long delta, int size)
        {
            (Low, High) = (Math.Min(Low, delta), Math.Max(High, delta + size));
            LowIndex = Math.Min(LowIndex, indexDelta);
        }

        public void AddRead(int size) => Read += size;

        public void AddWrite(int size, bool isResult)
        {
            Written += size;
            if (isResult) Results++;
        }
    }

    private const int MostInstructions = 400, MostStreams = 8, MostDepth = 12;
    private readonly IrBuilder _ir;
    private readonly nint _context;

    private StreamLoop(IrBuilder ir, nint context, nint block) => (_ir, _context, Block) = (ir, context, block);

    public nint Block { get; }
    public List<Variable> Variables { get; } = [];
    public List<Stream> Streams { get; } = [];
    public Dictionary<nint, Access> Accesses { get; } = [];
    public Test Exit { get; private set; }
    public int Instructions { get; private set; }

    /// <summary>The loop that a block is, or null.</summary>
    public static StreamLoop? Match(IrBuilder ir, nint context, nint block)
    {
        if (OpcodeOf(GetFirstInstruction(block)) != IrOpcode.Phi || !IsLoop(block)) return null;
        var loop = new StreamLoop(ir, context, block);
        loop.FindVariables();
        return loop.FindExit() && loop.FindAccesses() && loop.Streams.Count > 0 ? loop : null;
    }

    private static bool IsLoop(nint block)
    {
        nint end = Terminator(block);
        return OpcodeOf(end) == IrOpcode.Branch && CountSuccessors(end) == 2
            && (Successor(end, 0) == block) != (Successor(end, 1) == block);
    }

    private void FindVariables()
    {
        for (nint phi = GetFirstInstruction(Block); OpcodeOf(phi) == IrOpcode.Phi; phi = NextInstruction(phi))
        {
            nint next = ControlFlow.ValueFrom(Block, phi);
            Variables.Add(new(phi, next, StepOf(phi, next)));
        }
    }

    private long? StepOf(nint phi, nint next)
    {
        if (TypeOf(phi) != _ir.I32 || next == 0) return null;
        if (!IrValue.IsSum(next, out nint from, out long step) || from != phi) return null;
        return IrValue.IsStep(step) ? step : null;
    }

    private bool IsOutside(nint value) => AsInstruction(value) == 0 || BlockOf(value) != Block;

    private bool FindExit()
    {
        nint end = Terminator(Block), condition = Condition(end);
        if (AsInstruction(condition) == 0 || IsOutside(condition)) return false;
        if (OpcodeOf(condition) != IrOpcode.IntegerCompare) return false;
        nint left = Operand(condition, 0), right = Operand(condition, 1);
        if (TypeOf(left) != _ir.I32) return false;
        var goesOn = PredicateOf(condition);
        if (Successor(end, 0) != Block) goesOn = Inverse(goesOn);
        if (IsOutside(left)) (left, right, goesOn) = (right, left, Swapped(goesOn));
        var value = new AffineSum();
        if (!IsOutside(right) || !TryDecompose(left, 1, value, 0) || StepOf(value) is not { } step) return false;
        Exit = new(value, step, goesOn, right);
        return goesOn == IntegerPredicate.NotEqual || (step > 0 ? IsBelow(goesOn) : IsBelow(Swapped(goesOn)));
    }

    private static bool IsBelow(IntegerPredicate predicate) => predicate is IntegerPredicate.Below
        or IntegerPredicate.BelowOrEqual or IntegerPredicate.Less or IntegerPredicate.LessOrEqual;

    private static IntegerPredicate Inverse(IntegerPredicate predicate) => predicate switch
    {
        IntegerPredicate.Equal => IntegerPredicate.NotEqual,
        IntegerPredicate.NotEqual => IntegerPredicate.Equal,
        IntegerPredicate.Above => IntegerPredicate.BelowOrEqual,
        IntegerPredicate.AboveOrEqual => IntegerPredicate.Below,
        IntegerPredicate.Below => IntegerPredicate.AboveOrEqual,
        IntegerPredicate.BelowOrEqual => IntegerPredicate.Above,
        IntegerPredicate.Greater => IntegerPredicate.LessOrEqual,
        IntegerPredicate.GreaterOrEqual => IntegerPredicate.Less,
        IntegerPredicate.Less => IntegerPredicate.GreaterOrEqual,
        _ => IntegerPredicate.Greater,
    };

    private static IntegerPredicate Swapped(IntegerPredicate predicate) => predicate switch
    {
        IntegerPredicate.Above => IntegerPredicate.Below,
        IntegerPredicate.AboveOrEqual => IntegerPredicate.BelowOrEqual,
        IntegerPredicate.Below => IntegerPredicate.Above,
        IntegerPredicate.BelowOrEqual => IntegerPredicate.AboveOrEqual,
        IntegerPredicate.Greater => IntegerPredicate.Less,
        IntegerPredicate.GreaterOrEqual => IntegerPredicate.LessOrEqual,
        IntegerPredicate.Less => IntegerPredicate.Greater,
        IntegerPredicate.LessOrEqual => IntegerPredicate.GreaterOrEqual,
        _ => predicate,
    };

    /// <summary>What a sum grows by each turn; null if that is nothing, or much.</summary>
    private long? StepOf(AffineSum sum) => GrowthOf(sum) is { } step && step != 0 ? step : null;

    private long? GrowthOf(AffineSum sum)
    {
        long growth = 0;
        foreach (var term in sum.Terms)
            foreach (var variable in Variables)
                if (variable.Phi == term.Value) growth += variable.Step!.Value * term.Factor;
        return growth == 0 || IrValue.IsStep(growth) ? growth : null;
    }

    private bool TryDecompose(nint value, int factor, AffineSum sum, int depth)
    {
        if (depth > MostDepth) return false;
        if (AsConstantInt(value) != 0)
        {
            sum.AddConstant(GetSignedConstant(value) * factor);
            return true;
        }
        if (AsInstruction(value) == 0) return sum.TryAdd(value, factor);
        if (IsOutside(value))
            return OpcodeOf(value) == IrOpcode.Add && AsConstantInt(Operand(value, 1)) != 0
                ? TryDecomposeBoth(value, factor, factor, sum, depth)
                : sum.TryAdd(value, factor);
        return OpcodeOf(value) switch
        {
            IrOpcode.Phi => Variables.Exists(variable => variable.Phi == value && variable.Step != null)
                && sum.TryAdd(value, factor),
            IrOpcode.Add => TryDecomposeBoth(value, factor, factor, sum, depth),
            IrOpcode.Or => IsDisjoint(value) && TryDecomposeBoth(value, factor, factor, sum, depth),
            IrOpcode.Sub => TryDecomposeBoth(value, factor, unchecked(-factor), sum, depth),
            IrOpcode.Shl or IrOpcode.Mul => TryScale(value, factor, sum, depth),
            _ => false,
        };
    }

    private bool TryDecomposeBoth(nint value, int left, int right, AffineSum sum, int depth) =>
        TryDecompose(Operand(value, 0), left, sum, depth + 1) && TryDecompose(Operand(value, 1), right, sum, depth + 1);

    private bool TryScale(nint value, int factor, AffineSum sum, int depth)
    {
        nint constant = AsConstantInt(Operand(value, 1));
        if (constant == 0) return false;
        int by = unchecked((int)GetSignedConstant(constant));
        if (OpcodeOf(value) == IrOpcode.Shl) by = by is >= 0 and < 32 ? 1 << by : 0;
        return by != 0 && TryDecompose(Operand(value, 0), unchecked(factor * by), sum, depth + 1);
    }

    /// <summary>Before version 18 nothing says so.</summary>
    private static bool IsDisjoint(nint value) => LlvmLibrary.Version >= 18 && GetIsDisjoint(value) != 0;
}
