using System.Buffers.Binary;
using Drydock.Compiler.X64;

namespace Drydock.Compiler;

/// <summary>
/// What stands at the beginning of an image's text in place of the functions it lacks. A stub jumps through the
/// function's slot, which leads to the stub's second half until the function is compiled: that puts the function's
/// number into eax and goes to code common to all, which has it compiled (<see cref="Builtin.CompileFunction"/>) and
/// goes on there.
/// </summary>
internal static class CodeImageStubs
{
    /// <summary>Bytes of a stub.</summary>
    public const int Size = 16;
    /// <summary>Offset in a stub of its second half.</summary>
    public const int ResumeOffset = 6;

    private const int VectorArguments = 8;
    private static readonly byte[] Common = EmitCommon();

    /// <summary>Offset of the first stub.</summary>
    public static int First { get; } = (Common.Length + Size - 1) & -Size;

    /// <summary>
    /// Bytes that the stubs of <paramref name="count"/> functions take up, with what is common to them.
    /// </summary>
    public static long TextSize(int count) => count == 0 ? 0 : First + (long)count * Size;

    /// <summary>Writes the common code and the stubs.</summary>
    /// <param name="text">The beginning of the text.</param>
    /// <param name="missing">The functions without code; their slots are in the same order.</param>
    public static void Write(Span<byte> text, ReadOnlySpan<int> missing)
    {
        if (missing.IsEmpty) return;
        Common.CopyTo(text);
        int slots = CodeImage.SlotAreaSizeFor(missing.Length);
        for (int i = 0; i < missing.Length; i++)
        {
            int offset = First + i * Size;
            var stub = text.Slice(offset, Size);
            BinaryPrimitives.WriteInt16LittleEndian(stub, 0x25FF); // jmp [rip + slot]
            BinaryPrimitives.WriteInt32LittleEndian(stub[2..],
                i * CodeImage.SlotSize - slots - (offset + ResumeOffset));
            stub[ResumeOffset] = 0xB8; // mov eax, function
            BinaryPrimitives.WriteInt32LittleEndian(stub[7..], missing[i]);
            stub[11] = 0xE9; // jmp common
            BinaryPrimitives.WriteInt32LittleEndian(stub[12..], -(offset + Size));
        }
    }

    /// <summary>
    /// With the function in eax and its context in rdi: keeps everything that may be an argument, compiles, jumps.
    /// Where compiling fails the runtime has kept the reason, which it finds when it sees a trap outside of any
    /// function.
    /// </summary>
    private static byte[] EmitCommon()
    {
        var code = new Assembler();
        code.Push(Register.Rbp);
        code.Mov(true, Register.Rbp, Register.Rsp);
        foreach (byte register in CallingConvention.GeneralParameterRegisters) code.Push((Register)register);
        code.Alu(AluOperation.Sub, true, Register.Rsp, VectorArguments * 16);
        for (int i = 0; i < VectorArguments; i++)
            code.Vmovups(new Address(Register.Rsp, i * 16), (VectorRegister)i);
        code.Mov(false, Register.Rsi, Register.Rax);
        code.Mov(true, Register.Rax, new Address(Register.Rdi, VmContextLayout.Builtins));
        code.CallIndirect(new Address(Register.Rax, (int)Builtin.CompileFunction * 8));
        code.Test(true, Register.Rax, Register.Rax);
        int failed = code.Jcc(Condition.Equal);
        EmitResume(code);
        code.BindForward(failed);
        code.Ud2();
        return code.Text.ToArray();
    }

    private static void EmitResume(Assembler code)
    {
        for (int i = 0; i < VectorArguments; i++)
            code.Vmovups((VectorRegister)i, new Address(Register.Rsp, i * 16));
        code.Alu(AluOperation.Add, true, Register.Rsp, VectorArguments * 16);
        var registers = CallingConvention.GeneralParameterRegisters;
        for (int i = registers.Length - 1; i >= 0; i--) code.Pop((Register)registers[i]);
        code.Pop(Register.Rbp);
        code.JmpIndirect(Register.Rax);
    }
}
