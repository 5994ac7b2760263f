using static Drydock.Compiler.Llvm.LlvmNative;

namespace Drydock.Compiler.Llvm;

/// <summary>
/// Lets loops that search memory leap. After a few turns such a loop looks at many turns at once: if all that they
/// read is within the memory, those before the one that ends the loop are passed over. The loop itself goes on from
/// there as it was, so that it ends, or traps, exactly where it did before.
/// </summary>
internal sealed class SearchLoopVectorizer(IrBuilder ir, VmContextLayout layout)
{
    /// <summary>Turns before the first leap, which costs as much as a few: many searches end in the first.</summary>
    private const int TurnsBefore = 2;
    private const int VectorSize = 32;

    private readonly Dictionary<nint, nint> _vectors = [];
    private readonly Dictionary<nint, nint> _leaping = [];
    private nint _function;
    private int _lanes;

    /// <summary>Rewrites the loops of a function.</summary>
    public void Run(nint function)
    {
        _function = function;
        var heads = new List<nint>();
        for (nint block = FirstBlock(function); block != 0; block = NextBlock(block))
            if (Match(block) is not null) heads.Add(block);
        // Looked at again: what one loop finds may be where another ends, and it is replaced when that is rewritten.
        foreach (nint head in heads)
            if (Match(head) is { } loop) Rewrite(loop);
    }

    private SearchLoop? Match(nint block) => SearchLoop.Match(ir, GetParam(_function, 0), block);

    private void Rewrite(SearchLoop loop)
    {
        _lanes = Math.Min(VectorSize / loop.Size, 2 * VectorSize / Math.Max(loop.WidestSize, loop.Size));
        nint count = ir.NewBlock(_function), start = ir.NewBlock(_function), check = ir.NewBlock(_function);
        nint look = ir.NewBlock(_function), found = ir.NewBlock(_function);
        ControlFlow.Redirect(Terminator(loop.Latch), loop.Head, count);
        nint turns = CountTurns(loop, count, start);
        nint length = LoadLength(start, check);
        StartLeaping(loop, start, check);
        Check(loop, check, length, look);
        nint exits = Look(loop, look, check, found);
        var landed = Land(loop, found, exits);
        foreach (var variable in loop.Variables) ReplacePhi(loop, variable, count, check, found, landed[variable.Phi]);
        FinishTurns(loop, turns, count, check, found);
        _vectors.Clear();
        _leaping.Clear();
    }

    /// <summary>Counts turns on the way back; the count's phi gets its values last.</summary>
    private nint CountTurns(SearchLoop loop, nint count, nint start)
    {
        ir.MoveBefore(GetFirstInstruction(loop.Head));
        nint turns = ir.Phi(ir.I32);
        ir.MoveTo(count);
        nint next = ir.Binary(BinaryOperation.Add, turns, ir.Int32(1));
        ir.Branch(ir.Compare(IntegerPredicate.Equal, next, ir.Int32(TurnsBefore)), start, loop.Head);
        return turns;
    }

    private nint LoadLength(nint start, nint check)
    {
        ir.MoveTo(start);
        nint context = GetParam(_function, 0);
        nint block = ir.Load(ir.Pointer, ir.Offset(context, layout.Memory(0)), AliasClass.Constant);
        nint length = ir.Load(ir.I64, ir.Offset(block, MemoryLayout.ByteLength), AliasClass.MemorySize);
        ir.Branch(check);
        return length;
    }

    private void StartLeaping(SearchLoop loop, nint start, nint check)
    {
        ir.MoveTo(check);
        foreach (var variable in loop.Variables)
        {
            nint phi = _leaping[variable.Phi] = ir.Phi(TypeOf(variable.Phi));
            IrBuilder.AddIncoming(phi, variable.Next, start);
        }
    }

    private nint Sum(nint value, long addend) =>
        addend == 0 ? value : ir.Binary(BinaryOperation.Add, value, ConstInt(TypeOf(value), (ulong)addend, 1));

    /// <summary>Whether the next turns read within the memory, and none is the last by a count that skips.</summary>
    private void Check(SearchLoop loop, nint check, nint length, nint look)
    {
        ir.MoveTo(check);
        nint mayLeap = ir.Bool(true);
        foreach (var read in loop.Reads.Values)
        {
            nint end = Sum(AddressOf(read), read.Offset + (long)_lanes * loop.Size);
            mayLeap = And(mayLeap, ir.Compare(IntegerPredicate.BelowOrEqual, end, length));
        }
        foreach (var counter in loop.Counters)
            if (!CountsOne(loop, counter)) mayLeap = And(mayLeap, HasTurnsLeft(loop, counter));
        ir.Branch(mayLeap, look, loop.Head);
    }

    private nint And(nint left, nint right) => ir.Binary(BinaryOperation.And, left, right);

    private nint AddressOf(SearchLoop.Read read) =>
        ir.Cast(CastOperation.ZExt, Sum(_leaping[read.Phi], read.Addend), ir.I64);

    private static long StepOf(SearchLoop loop, SearchLoop.Counter counter) =>
        loop.Variables.Find(variable => variable.Phi == counter.Phi).Step;

    private static bool CountsOne(SearchLoop loop, SearchLoop.Counter counter) => StepOf(loop, counter) is 1 or -1;

    /// <summary>How far a counter is from where it ends the loop.</summary>
    private nint Left(SearchLoop loop, SearchLoop.Counter counter)
    {
        nint value = Sum(_leaping[counter.Phi], counter.Addend);
        return StepOf(loop, counter) > 0
            ? ir.Binary(BinaryOperation.Sub, counter.Bound, value)
            : ir.Binary(BinaryOperation.Sub, value, counter.Bound);
    }

    private nint HasTurnsLeft(SearchLoop loop, SearchLoop.Counter counter)
    {
        nint needed = ConstInt(TypeOf(counter.Bound), (ulong)(Math.Abs(StepOf(loop, counter)) * _lanes), 0);
        return ir.Compare(IntegerPredicate.AboveOrEqual, Left(loop, counter), needed);
    }

    /// <summary>The bit of the turn that a count ends the loop in, if that is one of those looked at.</summary>
    private nint LastTurn(SearchLoop loop, SearchLoop.Counter counter)
    {
        nint left = Left(loop, counter);
        if (TypeOf(left) != ir.I64) left = ir.Cast(CastOperation.ZExt, left, ir.I64);
        nint isNear = ir.Compare(IntegerPredicate.Below, left, ir.Int64(_lanes));
        return ir.Select(isNear, ir.Binary(BinaryOperation.Shl, ir.Int64(1), left), ir.Int64(0));
    }

    /// <summary>Leaps if no turn ends the loop; gives a bit for each that does.</summary>
    private nint Look(SearchLoop loop, nint look, nint check, nint found)
    {
        ir.MoveTo(look);
        nint exits = 0;
        foreach (var test in loop.Tests)
        {
            nint ends = Vector(loop, test.Condition);
            if (test.GoesOnWhen)
                ends = ir.Binary(BinaryOperation.Xor, ends, IrBuilder.Splat(ir.Bool(true), _lanes));
            exits = exits == 0 ? ends : ir.Binary(BinaryOperation.Or, exits, ends);
        }
        nint bits = ir.Cast(CastOperation.BitCast, exits, IntType(ir.Context, (uint)_lanes));
        nint wide = ir.Cast(CastOperation.ZExt, bits, ir.I64);
        foreach (var counter in loop.Counters)
            if (CountsOne(loop, counter)) wide = ir.Binary(BinaryOperation.Or, wide, LastTurn(loop, counter));
        foreach (var variable in loop.Variables)
        {
            nint phi = _leaping[variable.Phi];
            IrBuilder.AddIncoming(phi, Sum(phi, variable.Step * _lanes), look);
        }
        ir.Branch(ir.Compare(IntegerPredicate.Equal, wide, ir.Int64(0)), check, found);
        return wide;
    }

    private nint Vector(SearchLoop loop, nint value)
    {
        if (_vectors.TryGetValue(value, out nint vector)) return vector;
        return _vectors[value] = MakeVector(loop, value);
    }

    private nint MakeVector(SearchLoop loop, nint value)
    {
        if (AsConstantInt(value) != 0) return IrBuilder.Splat(value, _lanes);
        if (loop.Reads.TryGetValue(value, out var read)) return ReadVector(read, TypeOf(value));
        if (BlockOf(value) is var block && block != loop.Head && block != loop.Latch) return Repeat(value);
        nint left = Vector(loop, Operand(value, 0));
        return OpcodeOf(value) switch
        {
            IrOpcode.ZExt => ir.Cast(CastOperation.ZExt, left, VectorType(TypeOf(value), (uint)_lanes)),
            IrOpcode.SExt => ir.Cast(CastOperation.SExt, left, VectorType(TypeOf(value), (uint)_lanes)),
            IrOpcode.IntegerCompare => ir.Compare(PredicateOf(value), left, Vector(loop, Operand(value, 1))),
            var operation => ir.Binary((BinaryOperation)operation, left, Vector(loop, Operand(value, 1))),
        };
    }

    private nint ReadVector(SearchLoop.Read read, nint element)
    {
        nint address = ir.Offset(ir.Index(read.Base, AddressOf(read)), read.Offset);
        nint load = ir.Load(VectorType(element, (uint)_lanes), address, AliasClass.Memory);
        SetAlignment(load, 1);
        return load;
    }

    private nint Repeat(nint value)
    {
        nint type = VectorType(TypeOf(value), (uint)_lanes);
        nint first = ir.Insert(GetPoison(type), value, ir.Int32(0));
        return ir.Shuffle(first, GetPoison(type), ConstNull(VectorType(ir.I32, (uint)_lanes)));
    }

    /// <summary>What goes round, as it is in the turn that ends the loop.</summary>
    private Dictionary<nint, nint> Land(SearchLoop loop, nint found, nint exits)
    {
        ir.MoveTo(found);
        nint turns = ir.Intrinsic("llvm.cttz", ir.I64, exits, ir.Bool(true));
        var landed = new Dictionary<nint, nint>();
        foreach (var variable in loop.Variables)
        {
            nint type = TypeOf(variable.Phi);
            nint count = type == ir.I64 ? turns : ir.Cast(CastOperation.Trunc, turns, type);
            nint moved = ir.Binary(BinaryOperation.Mul, count, ConstInt(type, (ulong)variable.Step, 1));
            landed[variable.Phi] = ir.Binary(BinaryOperation.Add, _leaping[variable.Phi], moved);
        }
        ir.Branch(loop.Head);
        return landed;
    }

    private void ReplacePhi(SearchLoop loop, SearchLoop.Variable variable, nint count, nint check, nint found,
        nint landed)
    {
        nint old = variable.Phi;
        ir.MoveBefore(old);
        nint phi = ir.Phi(TypeOf(old));
        for (uint i = 0, incoming = CountIncoming(old); i < incoming; i++)
        {
            nint from = IncomingBlock(old, i);
            IrBuilder.AddIncoming(phi, IncomingValue(old, i), from == loop.Latch ? count : from);
        }
        IrBuilder.AddIncoming(phi, _leaping[old], check);
        IrBuilder.AddIncoming(phi, landed, found);
        ReplaceUses(old, phi);
        Erase(old);
    }

    /// <summary>After a leap the count is past the number that leads to one.</summary>
    private void FinishTurns(SearchLoop loop, nint turns, nint count, nint check, nint found)
    {
        nint sample = NextInstruction(turns);
        for (uint i = 0, incoming = CountIncoming(sample); i < incoming; i++)
        {
            nint from = IncomingBlock(sample, i);
            nint value = from == count ? GetFirstInstruction(count)
                : ir.Int32(from == check || from == found ? TurnsBefore : 0);
            IrBuilder.AddIncoming(turns, value, from);
        }
    }
}
