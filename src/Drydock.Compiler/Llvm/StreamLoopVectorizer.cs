using static Drydock.Compiler.Llvm.LlvmNative;

namespace Drydock.Compiler.Llvm;

/// <summary>
/// Gives loops that stream through memory a second body for LLVM to vectorize. Before it one look tells whether all
/// that its turns will touch is within the memory, and that what is written meets nothing else; if so no turn can
/// trap, and the order of accesses is LLVM's to choose. The second body takes all turns but the last ones; the loop
/// itself goes on from there as it was.
/// </summary>
internal sealed class StreamLoopVectorizer(IrBuilder ir, VmContextLayout layout)
{
    /// <summary>Instructions of a function, and for each such loop in it: in longer ones LLVM looks too long.</summary>
    private const int LargestFunction = 1600, LargestForOne = 400;
    /// <summary>With fewer turns than this the look costs more than it brings.</summary>
    private const int FewestTurns = 6;
    /// <summary><c>LLVMVectorTypeKind</c>.</summary>
    private const int VectorKind = 13;

    /// <summary>A stream: where it is before the first turn, and what all turns touch of the memory.</summary>
    private sealed class Range(StreamLoop.Stream stream, nint start, nint low, nint high)
    {
        public StreamLoop.Stream Stream => stream;
        public nint Start => start;
        public nint Low => low;
        public nint High => high;
    }

    /// <summary>A second body: the block that chooses it, the one that looks whether it may, and itself.</summary>
    private sealed class Version(nint guard, nint check, nint body)
    {
        public nint Guard => guard;
        public nint Check => check;
        public nint Body => body;
    }

    private readonly List<Version> _versions = [];
    private readonly Dictionary<nint, nint> _atStart = [], _now = [];
    private nint _function;

    /// <summary>Rewrites loops of a function; true if LLVM may find vectors in it.</summary>
    public bool Run(nint function)
    {
        _function = function;
        _versions.Clear();
        var heads = new List<nint>();
        bool hasOthers = false;
        for (nint block = FirstBlock(function); block != 0; block = NextBlock(block))
        {
            if (Match(block) is not null) heads.Add(block);
            else hasOthers |= StreamLoop.HasParallelValues(ir, block);
        }
        if (!IsShort(function, heads.Count + (hasOthers ? 1 : 0))) return false;
        // Looked at again: what one loop makes may be what another starts with, and is replaced when that is rewritten.
        foreach (nint head in heads)
            if (Match(head) is { } loop) Rewrite(loop, loop.CountRepeats());
        return true;
    }

    private StreamLoop? Match(nint block) =>
        StreamLoop.Match(ir, GetParam(_function, 0), block) is { } loop && loop.CountRepeats() > 0 ? loop : null;

    private static bool IsShort(nint function, int loops)
    {
        if (loops == 0) return false;
        int count = 0, largest = Math.Min(LargestFunction, loops * LargestForOne);
        for (nint block = FirstBlock(function); block != 0; block = NextBlock(block))
            for (nint at = GetFirstInstruction(block); at != 0; at = NextInstruction(at))
                if (++count > largest) return false;
        return true;
    }

    /// <summary>Leaves out the second bodies that did not become vectors; true if there are any.</summary>
    public bool DropOthers()
    {
        bool hasChanged = false;
        foreach (var version in _versions)
        {
            nint branch = Terminator(version.Guard);
            if (HasVectors(version.Body) || IsDecided(branch)) continue;
            SetCondition(branch, ir.Bool(Successor(branch, 0) != version.Check));
            hasChanged = true;
        }
        return hasChanged;
    }

    /// <summary>Then LLVM took it that one way is never gone, and forgot the values for it.</summary>
    private static bool IsDecided(nint branch) => CountSuccessors(branch) < 2 || IsConstant(Condition(branch)) != 0;

    private static bool HasVectors(nint block)
    {
        for (nint at = GetFirstInstruction(block); at != 0; at = NextInstruction(at))
            if (KindOf(TypeOf(at)) == VectorKind) return true;
        return false;
    }

    private void Rewrite(StreamLoop loop, int repeats)
    {
        nint guard = ir.NewBlock(_function), check = ir.NewBlock(_function);
        nint before = ir.NewBlock(_function), body = ir.NewBlock(_function), after = ir.NewBlock(_function);
        Enter(loop, guard);
        nint turns = CountTurns(loop, repeats, guard, check);
        var ranges = Check(loop, turns, check, before);
        var landed = Land(loop, turns, before, body);
        Repeat(loop, repeats, turns, ranges, before, body, after);
        Leave(loop, after, landed);
        foreach (var variable in loop.Variables)
            ReplacePhi(loop, variable.Phi, guard, check, after, landed[variable.Phi]);
        _versions.Add(new(guard, check, body));
        _atStart.Clear();
        _now.Clear();
    }

    /// <summary>Makes all ways into the loop lead through a block.</summary>
    private void Enter(StreamLoop loop, nint guard)
    {
        ir.MoveTo(guard);
        foreach (var (phi, _, _) in loop.Variables)
        {
            nint start = _atStart[phi] = ir.Phi(TypeOf(phi));
            for (uint i = 0, count = CountIncoming(phi); i < count; i++)
                if (IncomingBlock(phi, i) is var from && from != loop.Block)
                    IrBuilder.AddIncoming(start, IncomingValue(phi, i), from);
        }
        nint sample = loop.Variables[0].Phi;
        for (uint i = 0, count = CountIncoming(sample); i < count; i++)
            if (IncomingBlock(sample, i) is var from && from != loop.Block)
                ControlFlow.Redirect(Terminator(from), loop.Block, guard);
    }

    /// <summary>
    /// How many turns the second body takes: surely fewer than the loop has, and a multiple of its repeats.
    /// </summary>
    private nint CountTurns(StreamLoop loop, int repeats, nint guard, nint check)
    {
        var (value, step, goesOn, bound) = loop.Exit;
        nint first = Evaluate(value), from = step > 0 ? first : bound, to = step > 0 ? bound : first;
        nint distance = goesOn switch
        {
            IntegerPredicate.NotEqual => Wide(ir.Binary(BinaryOperation.Sub, to, from)),
            IntegerPredicate.Above or IntegerPredicate.AboveOrEqual or IntegerPredicate.Below
                or IntegerPredicate.BelowOrEqual => ir.Binary(BinaryOperation.Sub, Wide(to), Wide(from)),
            _ => ir.Binary(BinaryOperation.Sub, SignedWide(to), SignedWide(from)),
        };
        nint turns = ir.Binary(BinaryOperation.SDiv, distance, ir.Int64(Math.Abs(step)));
        turns = ir.Binary(BinaryOperation.And, turns, ir.Int64(-repeats));
        nint fewest = ir.Int64(Math.Max(FewestTurns, 2 * repeats));
        ir.Branch(ir.Compare(IntegerPredicate.GreaterOrEqual, turns, fewest), check, loop.Block);
        return turns;
    }

    /// <summary>A sum as it is in the first turn.</summary>
    private nint Evaluate(AffineSum sum)
    {
        nint result = ir.Int32(sum.Constant);
        foreach (var (value, factor) in sum.Terms)
        {
            nint start = _atStart.GetValueOrDefault(value, value);
            nint part = factor == 1 ? start : ir.Binary(BinaryOperation.Mul, start, ir.Int32(factor));
            result = ir.Binary(BinaryOperation.Add, part, result);
        }
        return result;
    }

    private nint Wide(nint value) => ir.Cast(CastOperation.ZExt, value, ir.I64);
    private nint SignedWide(nint value) => ir.Cast(CastOperation.SExt, value, ir.I64);
    private nint Add(nint left, nint right) => ir.Binary(BinaryOperation.Add, left, right);
    private nint And(nint left, nint right) => ir.Binary(BinaryOperation.And, left, right);

    private List<Range> Check(StreamLoop loop, nint turns, nint check, nint before)
    {
        ir.MoveTo(check);
        nint length = LoadLength(), last = Add(turns, ir.Int64(-1)), isFine = ir.Bool(true);
        var ranges = new List<Range>();
        foreach (var stream in loop.Streams)
        {
            nint index = Wide(Evaluate(stream.Index)), start = index;
            foreach (nint other in stream.Others) start = Add(start, other);
            nint growth = ir.Binary(BinaryOperation.Mul, last, ir.Int64(stream.Step));
            nint low = Add(start, stream.Step < 0 ? growth : ir.Int64(0));
            nint high = Add(start, stream.Step > 0 ? growth : ir.Int64(0));
            ranges.Add(new(stream, start, Add(low, ir.Int64(stream.Low)), Add(high, ir.Int64(stream.High))));
            isFine = And(isFine, ir.Compare(IntegerPredicate.BelowOrEqual, ranges[^1].High, length));
            if (stream.Step >= 0 && stream.LowIndex >= 0) continue;
            nint lowest = Add(index, ir.Int64(stream.LowIndex));
            if (stream.Step < 0) lowest = Add(lowest, growth);
            isFine = And(isFine, ir.Compare(IntegerPredicate.GreaterOrEqual, lowest, ir.Int64(0)));
        }
        ir.Branch(And(isFine, AreApart(ranges)), before, loop.Block);
        return ranges;
    }

    private nint LoadLength()
    {
        nint context = GetParam(_function, 0);
        nint block = ir.Load(ir.Pointer, ir.Offset(context, layout.Memory(0)), AliasClass.Constant);
        return ir.Load(ir.I64, ir.Offset(block, MemoryLayout.ByteLength), AliasClass.MemorySize);
    }

    private nint AreApart(List<Range> ranges)
    {
        nint areApart = ir.Bool(true);
        for (int i = 0; i < ranges.Count; i++)
            for (int j = 0; j < i; j++)
                if (ranges[i].Stream.IsWritten || ranges[j].Stream.IsWritten)
                    areApart = And(areApart, AreApart(ranges[i], ranges[j]));
        return areApart;
    }

    private nint AreApart(Range left, Range right) => ir.Binary(BinaryOperation.Or,
        ir.Compare(IntegerPredicate.LessOrEqual, left.High, right.Low),
        ir.Compare(IntegerPredicate.LessOrEqual, right.High, left.Low));

    /// <summary>What grows evenly as it is after the second body.</summary>
    private Dictionary<nint, nint> Land(StreamLoop loop, nint turns, nint before, nint body)
    {
        ir.MoveTo(before);
        var landed = new Dictionary<nint, nint>();
        nint narrow = ir.Cast(CastOperation.Trunc, turns, ir.I32);
        foreach (var (phi, _, step) in loop.Variables)
            if (step is { } by)
                landed[phi] = Add(_atStart[phi], ir.Binary(BinaryOperation.Mul, narrow, ir.Int32(by)));
        ir.Branch(body);
        return landed;
    }

    private void Repeat(StreamLoop loop, int repeats, nint turns, List<Range> ranges, nint before, nint body,
        nint after)
    {
        ir.MoveTo(body);
        nint turn = ir.Phi(ir.I64);
        var phis = new List<nint>();
        foreach (var (phi, _, _) in loop.Variables)
        {
            phis.Add(_now[phi] = ir.Phi(TypeOf(phi)));
            IrBuilder.AddIncoming(phis[^1], _atStart[phi], before);
        }
        var places = ranges.ConvertAll(range => Move(range, repeats, before, body));
        nint[] scopes = ir.Alias.NewScopes(ranges.Count);
        for (int i = 0; i < repeats; i++) CopyBody(loop, i, places, scopes);
        nint next = Add(turn, ir.Int64(repeats));
        IrBuilder.AddIncoming(turn, ir.Int64(0), before);
        IrBuilder.AddIncoming(turn, next, body);
        for (int i = 0; i < phis.Count; i++)
            IrBuilder.AddIncoming(phis[i], _now[loop.Variables[i].Phi], body);
        ir.Branch(ir.Compare(IntegerPredicate.NotEqual, next, turns), body, after);
    }

    /// <summary>
    /// Hands on what the second body made. LLVM's vectorizer does not look through a fence, so that it chooses lanes of
    /// floating point by this body rather than by the order in which they are added up later.
    /// </summary>
    private void Leave(StreamLoop loop, nint after, Dictionary<nint, nint> landed)
    {
        ir.MoveTo(after);
        foreach (var (phi, _, step) in loop.Variables)
            if (step == null) landed[phi] = IsFloat(phi) ? Fence(_now[phi]) : _now[phi];
        ir.Branch(loop.Block);
    }

    /// <summary>The address of a stream in the turn that a round of the second body begins with.</summary>
    private nint Move(Range range, int repeats, nint before, nint body)
    {
        nint place = range.Start;
        if (range.Stream.Step != 0)
        {
            ir.MoveBefore(GetFirstInstruction(body));
            place = ir.Phi(ir.I64);
            ir.MoveTo(body);
            IrBuilder.AddIncoming(place, range.Start, before);
            IrBuilder.AddIncoming(place, Add(place, ir.Int64(range.Stream.Step * repeats)), body);
        }
        return ir.Index(range.Stream.Memory, place);
    }

    private void CopyBody(StreamLoop loop, int repeat, List<nint> places, nint[] scopes)
    {
        nint end = Terminator(loop.Block);
        for (nint at = GetFirstInstruction(loop.Block); at != end; at = NextInstruction(at))
        {
            if (OpcodeOf(at) == IrOpcode.Phi) continue;
            nint copy = _now[at] = ir.Copy(at);
            for (uint i = 0, count = (uint)CountOperands(copy); i < count; i++)
                if (_now.TryGetValue(Operand(copy, i), out nint now)) SetOperand(copy, i, now);
            if (!loop.Accesses.TryGetValue(at, out var access)) continue;
            int stream = loop.Streams.IndexOf(access.Stream);
            ir.MoveBefore(copy);
            nint address = ir.Offset(places[stream], access.Delta + repeat * access.Stream.Step);
            ir.MoveTo(BlockOf(copy));
            SetOperand(copy, OpcodeOf(at) == IrOpcode.Store ? 1u : 0u, address);
            SetVolatile(copy, 0);
            ir.Alias.MarkScope(copy, scopes, stream);
        }
        var nexts = loop.Variables.ConvertAll(variable => _now.GetValueOrDefault(variable.Next, variable.Next));
        for (int i = 0; i < nexts.Count; i++) _now[loop.Variables[i].Phi] = nexts[i];
    }

    private bool IsFloat(nint value) => TypeOf(value) == ir.F32 || TypeOf(value) == ir.F64;

    private nint Fence(nint value) => ir.Intrinsic("llvm.arithmetic.fence", TypeOf(value), value);

    private void ReplacePhi(StreamLoop loop, nint old, nint guard, nint check, nint after, nint landed)
    {
        ir.MoveBefore(old);
        nint phi = ir.Phi(TypeOf(old));
        IrBuilder.AddIncoming(phi, ControlFlow.ValueFrom(loop.Block, old), loop.Block);
        IrBuilder.AddIncoming(phi, _atStart[old], guard);
        IrBuilder.AddIncoming(phi, _atStart[old], check);
        IrBuilder.AddIncoming(phi, landed, after);
        ReplaceUses(old, phi);
        Erase(old);
    }
}
