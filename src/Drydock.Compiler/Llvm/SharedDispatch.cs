using static Drydock.Compiler.Llvm.LlvmNative;

namespace Drydock.Compiler.Llvm;

/// <summary>
/// Lets every case of an interpreter go on to the next one by itself, where one <c>br_table</c> serves all of them:
/// that is what computed gotos become in WebAssembly. The code generator copies a block to all that lead to it if it
/// ends in a jump through a table, and nothing else; here it ends in a comparison with the size of the table first.
/// So the index is limited to the size instead, and what is past the table becomes its last case. Each copy is
/// predicted by itself, and finds its values in registers where the one block for all keeps them on the stack.
/// </summary>
internal sealed class SharedDispatch(IrBuilder ir)
{
    private const int FewestCases = 16, FewestWays = 8, LongestWay = 24;
    /// <summary>Jumps from copies to cases. The time that LLVM takes grows with them.</summary>
    private const int MostEdges = 1 << 13;
    /// <summary>From this version on the values of cases are no operands.</summary>
    private const int FirstWithCaseValues = 22;

    private readonly SortedSet<ulong> _cases = [];
    private readonly Dictionary<nint, nint> _copies = [];

    /// <summary>Rewrites the switches of a function that many blocks lead to.</summary>
    public void Run(nint function)
    {
        for (nint block = FirstBlock(function); block != 0; block = NextBlock(block))
            if (OpcodeOf(Terminator(block)) == IrOpcode.Switch && IsShared(block)) Rewrite(function, block);
    }

    private static bool IsShared(nint block)
    {
        uint cases = CountSuccessors(Terminator(block)) - 1;
        if (cases < FewestCases) return false;
        int ways = CountWays(block);
        return ways >= FewestWays && ways * cases <= MostEdges;
    }

    /// <summary>The blocks that lead to a block, at once or by one that is copied with it.</summary>
    private static int CountWays(nint block)
    {
        int ways = 0;
        for (nint use = FirstUse(BlockAsValue(block)); use != 0; use = NextUse(use))
        {
            nint end = UserOf(use), before = BlockOf(end);
            ways += CountSuccessors(end) == 1 && before != block && IsShort(before) ? CountUses(before) : 1;
        }
        return ways;
    }

    private static bool IsShort(nint block)
    {
        int count = 0;
        for (nint at = GetFirstInstruction(block); at != 0; at = NextInstruction(at))
            if (OpcodeOf(at) != IrOpcode.Phi && ++count > LongestWay) return false;
        return true;
    }

    private static int CountUses(nint block)
    {
        int count = 0;
        for (nint use = FirstUse(BlockAsValue(block)); use != 0; use = NextUse(use)) count++;
        return count;
    }

    private void Rewrite(nint function, nint block)
    {
        nint @switch = Terminator(block), otherwise = Successor(@switch, 0);
        ReadCases(@switch);
        if (_cases.Max > 2 * (ulong)_cases.Count) return;
        ulong last = Math.Min(_cases.Max + 1, LargestOf(TypeOf(Operand(@switch, 0))));
        if (last < (ulong)_cases.Count) return;
        SinkTruncations(block);
        Limit(@switch, last);
        int added = AddMissing(@switch, last, otherwise);
        RepeatIncoming(otherwise, block, added - 1);
        nint never = ir.NewBlock(function);
        SetSuccessor(@switch, 0, never);
        ir.MoveTo(never);
        ir.Unreachable();
    }

    private static ulong LargestOf(nint type) => ulong.MaxValue >> (64 - (int)WidthOf(type));

    private void Limit(nint @switch, ulong last)
    {
        nint index = Operand(@switch, 0), type = TypeOf(index);
        if (last == LargestOf(type)) return;
        ir.MoveBefore(@switch);
        SetOperand(@switch, 0, ir.Intrinsic("llvm.umin", type, index, ConstInt(type, last, 0)));
    }

    /// <summary>Makes values cases that are none; returns how many.</summary>
    private int AddMissing(nint @switch, ulong last, nint target)
    {
        nint type = TypeOf(Operand(@switch, 0));
        int added = 0;
        for (ulong value = 0; value <= last; value++)
        {
            if (_cases.Contains(value)) continue;
            AddCase(@switch, ConstInt(type, value, 0), target);
            added++;
        }
        return added;
    }

    /// <summary>
    /// Makes what is cut to 32 bits where it is used: a phi of its own for each, in every case, would take a second
    /// register.
    /// </summary>
    private void SinkTruncations(nint block)
    {
        for (nint at = GetFirstInstruction(block); at != 0; at = NextInstruction(at))
            if (OpcodeOf(at) == IrOpcode.Trunc) SinkTruncation(at, block);
    }

    private void SinkTruncation(nint truncation, nint block)
    {
        _copies.Clear();
        foreach (nint user in UsersOf(truncation))
        {
            if (BlockOf(user) == block || OpcodeOf(user) == IrOpcode.Phi) continue;
            nint copy = CopyIn(BlockOf(user), truncation);
            for (uint i = 0, count = (uint)CountOperands(user); i < count; i++)
                if (Operand(user, i) == truncation) SetOperand(user, i, copy);
        }
    }

    private static HashSet<nint> UsersOf(nint value)
    {
        var users = new HashSet<nint>();
        for (nint use = FirstUse(value); use != 0; use = NextUse(use)) users.Add(UserOf(use));
        return users;
    }

    private nint CopyIn(nint block, nint instruction)
    {
        if (_copies.TryGetValue(block, out nint copy)) return copy;
        ir.MoveBefore(ControlFlow.AfterPhis(block));
        return _copies[block] = ir.Copy(instruction);
    }

    private void ReadCases(nint @switch)
    {
        _cases.Clear();
        for (uint i = 1, count = CountSuccessors(@switch); i < count; i++)
            _cases.Add(GetConstant(CaseOf(@switch, i)));
    }

    /// <summary>The value that a successor of a switch belongs to.</summary>
    private static nint CaseOf(nint @switch, uint successor) => LlvmLibrary.Version >= FirstWithCaseValues
        ? SwitchCase(@switch, successor)
        : Operand(@switch, 2 * successor);

    /// <summary>A phi has a value for each edge, also where several come from the same block.</summary>
    private static void RepeatIncoming(nint block, nint from, int times)
    {
        for (nint phi = GetFirstInstruction(block); OpcodeOf(phi) == IrOpcode.Phi; phi = NextInstruction(phi))
        {
            nint value = ControlFlow.ValueFrom(from, phi);
            for (int i = 0; i < times; i++) IrBuilder.AddIncoming(phi, value, from);
        }
    }
}
