using System.Reflection;
using Drydock.Compiler.X64;
using Iced.Intel;
using DrydockAssembler = Drydock.Compiler.X64.Assembler;
using DrydockRegister = Drydock.Compiler.X64.Register;
using Register = Iced.Intel.Register;

namespace Drydock.Compiler.Tests;

/// <summary>
/// Emits every VEX instruction of the assembler with low and high registers and memory operands, and has an independent
/// decoder read it back: the mnemonic is the method's name, the operands are its arguments in their order.
/// </summary>
public sealed class VectorEncodingTests
{
    /// <summary>What the addresses below are made of; rsp, which cannot be an index, stands for none.</summary>
    private static readonly (DrydockRegister Base, DrydockRegister Index, int Scale, int Displacement)[] Places =
    [
        (DrydockRegister.Rax, DrydockRegister.Rsp, 1, 0), (DrydockRegister.Rbp, DrydockRegister.Rsp, 1, 0),
        (DrydockRegister.R13, DrydockRegister.Rsp, 1, 8), (DrydockRegister.Rsp, DrydockRegister.Rsp, 1, 16),
        (DrydockRegister.R12, DrydockRegister.Rsp, 1, -129), (DrydockRegister.R15, DrydockRegister.Rcx, 1, 0x12345),
        (DrydockRegister.Rbx, DrydockRegister.R9, 8, 4), (DrydockRegister.R8, DrydockRegister.R12, 4, 0),
    ];

    private static readonly Address[] Addresses = [.. Places.Select(p => p.Index == DrydockRegister.Rsp
        ? new Address(p.Base, p.Displacement)
        : new Address(p.Base, p.Index, p.Scale, p.Displacement))];

    public static TheoryData<string> Methods() =>
        [.. VexMethods().Select(Describe).Distinct()];

    [Theory]
    [MemberData(nameof(Methods))]
    public void An_instruction_decodes_as_what_it_is_named(string name)
    {
        MethodInfo method = VexMethods().First(m => Describe(m) == name);
        for (int round = 0; round < 16; round++) Check(method, round);
    }

    [Fact]
    public void Constants_follow_the_code_and_equal_ones_share_their_bytes()
    {
        var assembler = new DrydockAssembler();
        assembler.Vpshufd(VectorRegister.Xmm9, assembler.Constant16(1, 2), 3);
        int second = assembler.Length;
        assembler.Vandps(VectorRegister.Xmm1, VectorRegister.Xmm2, assembler.Constant16(3, 4));
        int third = assembler.Length;
        assembler.Vpaddb(VectorRegister.Xmm1, VectorRegister.Xmm2, assembler.Constant16(1, 2));
        int end = assembler.Length;
        assembler.FinishConstants();

        byte[] text = assembler.Text.ToArray();
        int pool = (end + 15) & ~15;
        Assert.Equal(pool + 32, text.Length);
        Assert.Equal((ulong)pool, Decode(text, 0).IPRelativeMemoryAddress);
        Assert.Equal((ulong)pool + 16, Decode(text, second).IPRelativeMemoryAddress);
        Assert.Equal((ulong)pool, Decode(text, third).IPRelativeMemoryAddress);
        Assert.Equal([1, 2, 3, 4], Enumerable.Range(0, 4).Select(i => BitConverter.ToInt64(text, pool + i * 8)));
    }

    private static void Check(MethodInfo method, int round)
    {
        var assembler = new DrydockAssembler();
        ParameterInfo[] parameters = method.GetParameters();
        object[] arguments = [.. parameters.Select((p, i) => Argument(p, i, round))];
        method.Invoke(assembler, arguments);

        Instruction instruction = Decode(assembler.Text.ToArray(), 0);
        Assert.Equal(method.Name, instruction.Mnemonic.ToString(), ignoreCase: true);
        Assert.Equal(assembler.Length, instruction.Length);
        bool isWide = method.Name.EndsWith('q') || arguments.Contains(true);
        for (int i = 0, operand = 0; i < arguments.Length; i++)
            if (arguments[i] is not bool) CheckOperand(instruction, operand++, arguments[i], isWide);
    }

    private static void CheckOperand(in Instruction instruction, int operand, object expected, bool isWide)
    {
        switch (expected)
        {
            case VectorOperand { IsRegister: true } o: CheckOperand(instruction, operand, o.Register, isWide); break;
            case VectorOperand o: CheckOperand(instruction, operand, o.Address, isWide); break;
            case VectorRegister r: Assert.Equal(Register.XMM0 + (int)r, instruction.GetOpRegister(operand)); break;
            case DrydockRegister r:
                Assert.Equal((isWide ? Register.RAX : Register.EAX) + (int)r, instruction.GetOpRegister(operand));
                break;
            case Address a:
                Assert.Equal(OpKind.Memory, instruction.GetOpKind(operand));
                var place = Places[Array.IndexOf(Addresses, a)];
                bool hasIndex = place.Index != DrydockRegister.Rsp;
                Assert.Equal(Register.RAX + (int)place.Base, instruction.MemoryBase);
                Assert.Equal(hasIndex ? Register.RAX + (int)place.Index : Register.None, instruction.MemoryIndex);
                Assert.Equal(place.Scale, instruction.MemoryIndexScale);
                Assert.Equal(place.Displacement, (int)instruction.MemoryDisplacement64);
                break;
            default: Assert.Equal(Convert.ToByte(expected), instruction.GetImmediate(operand)); break;
        }
    }

    private static object Argument(ParameterInfo parameter, int position, int round)
    {
        int choice = round * (3 + 2 * position) + position * 5;
        Type type = parameter.ParameterType;
        if (type.IsByRef) type = type.GetElementType()!;
        if (type == typeof(VectorRegister)) return (VectorRegister)(choice & 15);
        if (type == typeof(DrydockRegister)) return (DrydockRegister)(choice & 15);
        if (type == typeof(Address)) return Addresses[round & 7];
        if (type == typeof(bool)) return (round & 1) != 0;
        if (type == typeof(VectorRounding)) return VectorRounding.Truncate;
        if (type == typeof(VectorComparison)) return VectorComparison.NotLessOrEqual;
        if (type == typeof(int)) return round + 1;
        return round < 8 ? (VectorOperand)(VectorRegister)(choice & 15) : (VectorOperand)Addresses[round & 7];
    }

    private static IEnumerable<MethodInfo> VexMethods() => typeof(DrydockAssembler)
        .GetMethods(BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly)
        .Where(m => m.Name.StartsWith('V'));

    private static string Describe(MethodInfo method) =>
        $"{method.Name}({string.Join(", ", method.GetParameters().Select(p => p.ParameterType.Name))})";

    private static Instruction Decode(byte[] text, int offset)
    {
        var reader = new ByteArrayCodeReader(text, offset, text.Length - offset);
        return Decoder.Create(64, reader, (ulong)offset).Decode();
    }
}
