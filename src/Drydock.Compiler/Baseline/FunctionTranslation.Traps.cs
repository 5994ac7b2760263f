using System.Runtime.CompilerServices;
using Drydock.Compiler.X64;
using R = Drydock.Compiler.X64.Register;

namespace Drydock.Compiler.Baseline;

/// <content>Traps, sites, and the epoch: code that is rarely run and therefore behind the function's own.</content>
internal sealed partial class FunctionTranslation
{
    private CodeSite[] _sites = new CodeSite[64];
    private int _siteCount;
    private readonly List<(int Patch, TrapCode Code, int WasmOffset)> _traps = [];
    private readonly List<(int Patch, int Back, int WasmOffset)> _epochChecks = [];

    /// <summary>Where <see cref="AddSite(TrapCode)"/> recorded last.</summary>
    private int _lastSite;

    private int WasmOffset => _codeOffset + _instructionStart;

    /// <summary>
    /// Records that the instruction emitted next may fault, or that a call has just been emitted. One address means one
    /// thing: what faults does not begin where a call returns to.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void AddSite(TrapCode code) => AddSiteHere(code);

    /// <summary>The same as a part of the commonest instructions.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void AddSiteHere(TrapCode code)
    {
        int offset = _assembler.Length;
        if (_lastSite == offset)
        {
            AddSiteApart(code);
            return;
        }
        _lastSite = offset;
        AddSite(offset, code, WasmOffset);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void AddSiteApart(TrapCode code)
    {
        _assembler.Nop();
        AddSite(code);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void AddSite(int offset, TrapCode code, int wasmOffset)
    {
        CodeSite[] sites = _sites;
        int count = _siteCount++;
        sites[count] = new CodeSite(offset, code, wasmOffset);
        if (count + 1 == sites.Length) GrowSites();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void GrowSites() => Array.Resize(ref _sites, _sites.Length * 2);

    private void TrapIf(Condition condition, TrapCode code) =>
        _traps.Add((_assembler.Jcc(condition), code, WasmOffset));

    private void Trap(TrapCode code)
    {
        AddSite(code);
        _assembler.Ud2();
    }

    private void EmitOutOfLine()
    {
        foreach ((int patch, int back, int wasmOffset) in _epochChecks) EmitEpochCall(patch, back, wasmOffset);
        EmitUncaught();
        EmitAllocations();
        foreach ((int patch, TrapCode code, int wasmOffset) in _traps)
        {
            _assembler.BindForward(patch);
            AddSite(_assembler.Length, code, wasmOffset);
            _assembler.Ud2();
        }
    }

    /// <summary>Compares the epoch, where no operand is in a register.</summary>
    private void EmitEpochCheck()
    {
        if (!_unit.Settings.EpochInterruption) return;
        _assembler.Mov(true, R.Rax, new Address(Context, VmContextLayout.StoreContext));
        _assembler.Mov(true, R.Rcx, new Address(R.Rax, StoreContextLayout.EpochCounter));
        _assembler.Mov(true, R.Rcx, new Address(R.Rcx));
        _assembler.Alu(AluOperation.Cmp, true, R.Rcx, new Address(R.Rax, StoreContextLayout.EpochDeadline));
        int patch = _assembler.Jcc(Condition.AboveOrEqual);
        _epochChecks.Add((patch, _assembler.Length, WasmOffset));
    }

    private void EmitEpochCall(int patch, int back, int wasmOffset)
    {
        _assembler.BindForward(patch);
        SavePinned();
        _assembler.Mov(true, R.Rdi, Context);
        EmitBuiltinCall(Builtin.EpochExpired);
        AddSite(_assembler.Length, TrapCode.None, wasmOffset);
        RestorePinned();
        _assembler.Test(false, R.Rax, R.Rax);
        _traps.Add((_assembler.Jcc(Condition.NotEqual), TrapCode.Pending, wasmOffset));
        _assembler.JmpBack(back);
    }

    private void EmitBuiltinCall(Builtin builtin)
    {
        _assembler.Mov(true, Scratch, new Address(Context, VmContextLayout.Builtins));
        _assembler.CallIndirect(new Address(Scratch, (int)builtin * 8));
    }
}
