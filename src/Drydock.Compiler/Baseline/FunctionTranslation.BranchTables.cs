using System.Runtime.CompilerServices;
using Drydock.Compiler.X64;
using Drydock.Wasm.Binary;
using R = Drydock.Compiler.X64.Register;

namespace Drydock.Compiler.Baseline;

/// <content>Branches to one of several targets: a few comparisons, or a jump through a table.</content>
internal sealed partial class FunctionTranslation
{
    private readonly List<(int Patch, int First, int Count)> _tables = [];
    private readonly List<int> _tableTargets = [];

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void BranchTable(ref InstructionReader reader)
    {
        const int MostCompares = 4;
        int count = reader.ReadIndex();
        R index = ToTemporary(Pop());
        _depths.Clear();
        bool takesSlots = false;
        for (int i = 0; i <= count; i++)
        {
            int depth = reader.ReadIndex();
            _depths.Add(depth);
            takesSlots |= ControlAt(depth).TakesSlots;
        }
        if (ControlAt(_depths[^1]).Arity == 1) PrepareTableResult(ref index, takesSlots);
        if (count <= MostCompares && !takesSlots) CompareChain(index, count);
        else TableJump(index, count);
        Free(index);
        EndPath();
    }

    private readonly List<int> _depths = [];
    /// <summary>Where the stub is that leads to a depth, if there is one: an offset, or 0.</summary>
    private int[] _stubs = new int[32];

    /// <summary>
    /// A single result goes to its register at once, unless some targets take it in a slot: then the stubs fetch it,
    /// from where it must not be rax, which the index could be in.
    /// </summary>
    private void PrepareTableResult(ref R index, bool takesSlots)
    {
        if (takesSlots) return;
        if (index == R.Rax)
        {
            index = Allocate();
            _assembler.Mov(false, index, R.Rax);
            Free(R.Rax);
        }
        LoadResult(_stack[_height - 1]);
    }

    private void CompareChain(R index, int count)
    {
        for (int i = 0; i < count; i++)
        {
            _assembler.Alu(AluOperation.Cmp, false, index, i);
            JumpTo(ref ControlAt(_depths[i]), Condition.Equal);
        }
        JumpTo(ref ControlAt(_depths[count]));
    }

    /// <summary>A jump through a table, behind the code, of offsets of stubs, one for each different target.</summary>
    private void TableJump(R index, int count)
    {
        _assembler.Alu(AluOperation.Cmp, false, index, count);
        int toDefault = _assembler.Jcc(Condition.AboveOrEqual);
        int table = _assembler.LeaForward(Scratch);
        _assembler.Movsxd(index, new Address(Scratch, index, 4, 0));
        _assembler.Alu(AluOperation.Add, true, Scratch, index);
        _assembler.JmpIndirect(Scratch);
        if (_stubs.Length < _controlCount) _stubs = new int[_controlCount * 2];
        _stubs.AsSpan(0, _controlCount).Clear();
        _tables.Add((table, _tableTargets.Count, count));
        for (int i = 0; i < count; i++) _tableTargets.Add(StubOf(_depths[i]));
        _assembler.BindForward(toDefault);
        EmitStub(_depths[count]);
    }

    private int StubOf(int depth)
    {
        if (_stubs[depth] != 0) return _stubs[depth];
        int offset = _stubs[depth] = _assembler.Length;
        EmitStub(depth);
        return offset;
    }

    private void EmitStub(int depth)
    {
        ref Control control = ref ControlAt(depth);
        TakeResults(control);
        JumpTo(ref control);
    }

    private void EmitJumpTables()
    {
        foreach ((int patch, int first, int count) in _tables)
        {
            _assembler.Align(4);
            _assembler.BindForward(patch);
            int table = _assembler.Length;
            for (int i = first; i < first + count; i++)
            {
                _assembler.Reserve();
                _assembler.Int32(_tableTargets[i] - table);
            }
        }
    }
}
