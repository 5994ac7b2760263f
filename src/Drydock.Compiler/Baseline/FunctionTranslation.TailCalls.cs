using System.Numerics;
using Drydock.Compiler.X64;
using Drydock.Wasm.Binary;
using R = Drydock.Compiler.X64.Register;

namespace Drydock.Compiler.Baseline;

/// <content>
/// Tail calls. The callee takes over the frame's place and its result buffer. Arguments that go on the stack take the
/// place of the function's own; where those have not the room, the frame is left behind as a bare area that has
/// (<see cref="Builtin.TailCallReturn"/>). A function that finds such an area as its caller uses it again, so that no
/// chain of tail calls uses up the stack.
/// </content>
internal sealed partial class FunctionTranslation
{
    private const int ArgumentsFromRbp = 16;
    /// <summary>In place of a function's index: the code address is in the scratch register.</summary>
    private const int LoadedCallee = -1;

    private void ReturnCall(int functionIndex)
    {
        PrepareTail(_module.Functions[functionIndex]);
        if (functionIndex < _module.ImportedFunctionCount)
        {
            int offset = _layout.ImportedFunction(functionIndex);
            _assembler.Mov(true, Scratch, new Address(Context, offset + VmContextLayout.ImportedFunctionCode));
            PassTailArguments();
            _assembler.Mov(true, R.Rdi, new Address(Context, offset + VmContextLayout.ImportedFunctionContext));
            Leave(LoadedCallee);
        }
        else
        {
            PassTailArguments();
            _assembler.Mov(true, R.Rdi, Context);
            Leave(functionIndex);
        }
        EndTail();
    }

    private void ReturnCallIndirect(ref InstructionReader reader)
    {
        int typeIndex = reader.ReadIndex(), table = reader.ReadIndex();
        if (!_module.Types[typeIndex].IsFinal)
        {
            FindElement(typeIndex, table);
            ReturnCallReference(typeIndex);
            return;
        }
        R index = PopCallee();
        PrepareTail(typeIndex);
        LoadFunctionReference(table, index);
        CheckSignature(typeIndex);
        LeaveToReference();
    }

    private void ReturnCallReference(int typeIndex)
    {
        R reference = PopCallee();
        PrepareTail(typeIndex);
        LoadCallee(reference);
        LeaveToReference();
    }

    /// <summary>Goes to the function whose reference is in the scratch register.</summary>
    private void LeaveToReference()
    {
        PassTailArguments();
        _assembler.Mov(true, R.Rdi, new Address(Scratch, CalleeContext));
        _assembler.Mov(true, Scratch, new Address(Scratch, CalleeCode));
        Leave(LoadedCallee);
        EndTail();
    }

    private void EndTail()
    {
        EndPath();
        _free = _temporaries;
        _freeVectors = _vectorTemporaries;
    }

    private int _tailSize, _tailRoom;

    /// <summary>
    /// Pops the arguments and stores those that go on the stack: in place if there is room, or else below.
    /// </summary>
    private void PrepareTail(int typeIndex)
    {
        _tailSize = PopArguments(typeIndex);
        bool fits = _tailSize <= IncomingSize();
        _tailRoom = fits ? 0 : (int)BitOperations.RoundUpToPowerOf2((uint)_tailSize);
        if (!fits) _outgoing = Math.Max(_outgoing, _tailSize + _tailRoom + ArgumentsFromRbp);
        if (fits) StoreStackArguments(R.Rbp, ArgumentsFromRbp);
        else StoreStackArguments(R.Rsp, 0);
        _bufferOffset = -1;
    }

    private int IncomingSize()
    {
        var places = new ArgumentPlaces(_type.Results.Length > 1);
        foreach (Drydock.Wasm.ValueType type in _type.Parameters) places.Next(type.Kind);
        return places.StackSize;
    }

    private void PassTailArguments()
    {
        PassArguments();
        if (_type.Results.Length > 1) _assembler.Mov(true, R.Rsi, new Address(R.Rbp, _resultBufferHome));
    }

    /// <summary>With everything in place but the stack: lets go of the frame and jumps.</summary>
    private void Leave(int callee)
    {
        if (_tailRoom == 0)
        {
            RestoreSaved();
            _assembler.Leave();
            Jump(callee);
            return;
        }
        _assembler.Mov(true, R.R10, new Address(Context, VmContextLayout.Builtins));
        _assembler.Mov(true, R.R10, new Address(R.R10, (int)Builtin.TailCallReturn * 8));
        RestoreSaved();
        LeaveRoom(callee);
    }

    /// <summary>With the address of <see cref="Builtin.TailCallReturn"/> in r10.</summary>
    private void LeaveRoom(int callee)
    {
        _assembler.Alu(AluOperation.Cmp, true, R.R10, new Address(R.Rbp, 8));
        int other = _assembler.Jcc(Condition.NotEqual);
        _assembler.Lea(true, R.Rax, new Address(R.Rbp, ArgumentsFromRbp + _tailSize));
        _assembler.Alu(AluOperation.Cmp, true, R.Rax, new Address(R.Rbp));
        int tooSmall = _assembler.Jcc(Condition.Above);
        CopyArguments(ArgumentsFromRbp);
        _assembler.Leave();
        Jump(callee);
        _assembler.BindForward(other);
        _assembler.BindForward(tooSmall);
        CopyArguments(-_tailRoom);
        _assembler.Mov(true, new Address(R.Rbp, -_tailRoom - 8), R.R10);
        _assembler.Lea(true, R.Rsp, new Address(R.Rbp, -_tailRoom - 8));
        Jump(callee);
    }

    private void Jump(int callee)
    {
        if (callee == LoadedCallee)
        {
            _assembler.JmpIndirect(Scratch);
            return;
        }
        AddCall(callee, isTail: true);
        _assembler.JumpSlot();
    }

    private void CopyArguments(int fromRbp)
    {
        for (int i = 0; i < _tailSize; i += 16)
        {
            _assembler.Vmovups(ScratchVector, new Address(R.Rsp, i));
            _assembler.Vmovups(new Address(R.Rbp, fromRbp + i), ScratchVector);
        }
    }
}
