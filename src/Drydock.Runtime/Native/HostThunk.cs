using Drydock.Compiler;
using Drydock.Compiler.X64;
using Drydock.Wasm;
using static Drydock.Compiler.X64.Register;
using static Drydock.Runtime.Native.ThunkInstructions;

namespace Drydock.Runtime.Native;

/// <summary>
/// The way from a guest to a host function, one piece of code per shape of signature: spills the arguments into slots
/// on the stack and calls <c>int dispatch(context, slots)</c>, which leaves the results in the same slots. When that
/// returns non-zero an exception is pending, and <c>ud2</c> takes the thread to its innermost entry frame; but a
/// guest's exception is left to callers that look for it.
/// </summary>
internal static class HostThunk
{
    private const int SlotSize = 16, ResultBufferFromRbp = -8, StackArgumentsFromRbp = 16;

    public static void Emit(Assembler code, FunctionType type, nint dispatcher, bool throws)
    {
        var convention = new CallingConvention(type);
        int slots = Math.Max(type.Parameters.Length, type.Results.Length);
        code.Push(Rbp);
        code.Copy(Rbp, Rsp);
        code.Arithmetic(5, Rsp, slots * SlotSize + 16);
        if (convention.UsesResultBuffer) code.Store(Rbp, ResultBufferFromRbp, Rsi);
        EmitArguments(code, convention, type);
        code.Copy(Rsi, Rsp);
        code.Immediate(Rax, dispatcher);
        code.CallRegister(Rax);
        code.Raw(0x85, 0xC0); // test eax, eax
        int failed = code.JumpIf(NotEqual);
        EmitResults(code, convention, type);
        code.Raw(0xC9); // leave
        code.Return();
        code.Bind(failed);
        if (throws) EmitThrow(code);
        code.Undefined();
    }

    /// <summary>Returns to the caller if what is pending is an exception of a guest.</summary>
    private static void EmitThrow(Assembler code)
    {
        code.Raw(0x83, 0xF8, HostDispatch.HasThrown); // cmp eax, imm8
        int failed = code.JumpIf(NotEqual);
        code.Raw(0xC9); // leave
        code.Return();
        code.Bind(failed);
    }

    private static void EmitArguments(Assembler code, CallingConvention convention, FunctionType type)
    {
        for (int i = 0; i < convention.Parameters.Length; i++)
        {
            var location = convention.Parameters[i];
            int slot = i * SlotSize;
            if (location.Kind == ValueLocationKind.General)
                code.Store(Rsp, slot, (Register)location.Index);
            else if (location.Kind == ValueLocationKind.Vector)
                code.StoreVector(Rsp, slot, location.Index);
            else
                EmitStackArgument(code, type.Parameters[i], location.Index + StackArgumentsFromRbp, slot);
        }
    }

    private static void EmitStackArgument(Assembler code, ValueType type, int offset, int slot)
    {
        code.Load(Rax, Rbp, offset);
        code.Store(Rsp, slot, Rax);
        if (type.Kind != ValueKind.V128) return;
        code.Load(Rax, Rbp, offset + 8);
        code.Store(Rsp, slot + 8, Rax);
    }

    private static void EmitResults(Assembler code, CallingConvention convention, FunctionType type)
    {
        if (convention.UsesResultBuffer) code.Load(R10, Rbp, ResultBufferFromRbp);
        for (int i = 1; i < convention.Results.Length; i++)
        {
            EmitResult(code, type.Results[i], i * SlotSize);
            if (type.Results[i].IsFloatOrVector) code.StoreVector(R10, convention.Results[i].Index, 0);
            else code.Store(R10, convention.Results[i].Index, Rax);
        }
        if (convention.Results.Length > 0) EmitResult(code, type.Results[0], 0);
    }

    /// <summary>Loads a slot into xmm0 or rax; the upper half of an i32 in a general register is zero.</summary>
    private static void EmitResult(Assembler code, ValueType type, int slot)
    {
        if (type.IsFloatOrVector) code.LoadVector(0, Rsp, slot);
        else if (type.Kind == ValueKind.I32) code.Load32(Rax, Rsp, slot);
        else code.Load(Rax, Rsp, slot);
    }
}
