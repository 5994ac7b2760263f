using Drydock.Compiler;
using Drydock.Compiler.X64;
using Drydock.Wasm;
using static Drydock.Compiler.X64.Register;
using static Drydock.Runtime.Native.ThunkInstructions;

namespace Drydock.Runtime.Native;

/// <summary>
/// The way from managed code into a guest, one piece of code per shape of signature:
/// <c>nint enter(ThreadRecord*, code, context, Value* slots)</c>. It saves the callee-saved registers, makes its frame
/// the thread's innermost entry frame, moves arguments from the slots to where the convention has them, calls, and
/// moves the results back into the slots. It returns zero; after a trap the landing pad unwinds the same frame and
/// returns one. Where processors have it <see cref="MemorySegment"/> starts at the instance's first memory meanwhile,
/// and afterwards where it did before if another guest is active.
/// </summary>
/// <remarks>
/// The entry frame, from the stack pointer that <see cref="ThreadRecord.Innermost"/> holds: previous innermost frame,
/// slots, thread record, nothing, the segment's base, r15, r14, r13, r12, rbx, rbp, return address.
/// </remarks>
internal static class EntryThunk
{
    private const int SlotSize = 16, FrameSize = 80, SlotsFromRbp = -72;

    public static void Emit(Assembler code, FunctionType type)
    {
        var convention = new CallingConvention(type);
        EmitEnter(code);
        int outgoing = convention.StackSize + (convention.ResultBufferSize + 15 & ~15);
        if (outgoing > 0) code.Arithmetic(5, Rsp, outgoing);
        code.Copy(R10, Rcx);
        code.Copy(R11, Rsi);
        code.Copy(Rdi, Rdx);
        EmitArguments(code, convention, type);
        if (convention.UsesResultBuffer) code.AddressOf(Rsi, Rsp, convention.StackSize);
        code.CallRegister(R11);
        EmitResults(code, convention);
        code.Clear(Rax);
        code.AddressOf(Rsp, Rbp, -FrameSize);
        EmitLeave(code);
    }

    private static void EmitEnter(Assembler code)
    {
        code.Push(Rbp);
        code.Copy(Rbp, Rsp);
        code.Push(Rbx);
        code.Push(R12);
        code.Push(R13);
        code.Push(R14);
        code.Push(R15);
        EnterSegment(code);
        code.Push(Rdi);
        code.Push(Rcx);
        code.PushMemory(Rdi, ThreadRecord.InnermostOffset);
        code.Store(Rdi, ThreadRecord.InnermostOffset, Rsp);
    }

    private static void EnterSegment(Assembler code)
    {
        if (HasSegments) code.ReadSegment(Rax);
        code.Push(Rax);
        code.Push(Rax);
        if (!HasSegments) return;
        // A host function has a context of its own, and no use for the segment.
        code.Load(R8, Rdx, VmContextLayout.Memory0Base);
        code.SetSegment(R8, Rax);
    }

    /// <summary>Sets the segment back to where it was, in r8, if there is another entry frame, in rdx.</summary>
    private static void LeaveSegment(Assembler code)
    {
        if (!HasSegments) return;
        code.Test(Rdx);
        int isOutermost = code.JumpIf(Equal);
        code.ReadSegment(R9);
        code.SetSegment(R8, R9);
        code.Bind(isOutermost);
    }

    private static bool HasSegments => Processor.Features.HasFlag(CpuFeatures.FsGsBase);

    /// <summary>Unlinks the entry frame that the stack pointer is at, and returns with rax as it is.</summary>
    public static void EmitLeave(Assembler code)
    {
        code.Pop(Rdx);
        code.Pop(Rcx);
        code.Pop(Rdi);
        code.Store(Rdi, ThreadRecord.InnermostOffset, Rdx);
        code.Pop(R8);
        code.Pop(R8);
        LeaveSegment(code);
        code.Pop(R15);
        code.Pop(R14);
        code.Pop(R13);
        code.Pop(R12);
        code.Pop(Rbx);
        code.Pop(Rbp);
        code.Return();
    }

    private static void EmitArguments(Assembler code, CallingConvention convention, FunctionType type)
    {
        for (int i = 0; i < convention.Parameters.Length; i++)
        {
            var location = convention.Parameters[i];
            int slot = i * SlotSize;
            if (location.Kind == ValueLocationKind.General)
                code.Load((Register)location.Index, R10, slot);
            else if (location.Kind == ValueLocationKind.Vector)
                code.LoadVector(location.Index, R10, slot);
            else
                EmitStackArgument(code, type.Parameters[i], location.Index, slot);
        }
    }

    private static void EmitStackArgument(Assembler code, ValueType type, int offset, int slot)
    {
        code.Load(Rax, R10, slot);
        code.Store(Rsp, offset, Rax);
        if (type.Kind != ValueKind.V128) return;
        code.Load(Rax, R10, slot + 8);
        code.Store(Rsp, offset + 8, Rax);
    }

    private static void EmitResults(Assembler code, CallingConvention convention)
    {
        if (convention.Results.Length == 0) return;
        code.Load(R10, Rbp, SlotsFromRbp);
        if (convention.Results[0].Kind == ValueLocationKind.General) code.Store(R10, 0, Rax);
        else code.StoreVector(R10, 0, convention.Results[0].Index);
        for (int i = 1; i < convention.Results.Length; i++)
        {
            code.LoadVector(1, Rsp, convention.StackSize + convention.Results[i].Index);
            code.StoreVector(R10, i * SlotSize, 1);
        }
    }
}
