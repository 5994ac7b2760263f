using Drydock.Wasm;

namespace Drydock.Compiler.Baseline;

/// <summary>
/// What <see cref="Survey"/> has to know of an opcode that is followed by numbers alone. It is eight bytes, so that
/// the address of one is found in a single step.
/// </summary>
internal readonly struct PlainInstruction
{
    /// <summary>The locals whose number takes a byte.</summary>
    public const int Locals = 0x80;

    /// <summary>The kinds of instructions that name no local, as they are counted behind the locals.</summary>
    public const byte Other = Locals, Memory = Locals + 1, Context = Locals + 2, Call = Locals + 3;

    /// <summary>The kind of what leaves or enters a block or a loop has bits that say so.</summary>
    public const byte Nesting = Locals + 8, Leave = 1, Enter = 2, IsLoop = 4;

    /// <summary>How many locals and kinds there are.</summary>
    public const int Weights = Locals + 16;

    /// <summary>The bits of the first three bytes that ask for a second look.</summary>
    public readonly uint UnusualBits;
    /// <summary>The length where all numbers take a byte; 0 of what is none of the plain.</summary>
    public readonly byte Length;
    /// <summary>The bits of the second byte that name a local.</summary>
    public readonly byte LocalMask;
    /// <summary>The kind, if it names no local.</summary>
    public readonly byte Kind;
    /// <summary>The bits of the second byte that make it none of the plain.</summary>
    public readonly byte StopBits;

    private const uint AnyOpcode = 0xFF;
    private const byte LongNumber = 0x80, OtherMemory = 0xC0, LongType = 0xA0;

    /// <summary>Where the opcodes begin that are in no loop, and those in one, where it matters which blocks end.</summary>
    public const int OutsideLoops = 0, InLoops = 256;

    /// <summary>The opcodes of one byte, twice.</summary>
    public static readonly PlainInstruction[] All = Build();

    private PlainInstruction(uint unusual, int length, byte kind, byte stops = 0)
    {
        UnusualBits = unusual;
        Length = (byte)length;
        LocalMask = (byte)(kind == 0 ? Locals - 1 : 0);
        Kind = kind;
        StopBits = stops;
    }

    private static PlainInstruction[] Build()
    {
        var all = new PlainInstruction[2 * 256];
        for (int i = 0; i < 256; i++)
        {
            all[OutsideLoops + i] = Of((Opcode)i, unusualBlock: 0);
            all[InLoops + i] = Of((Opcode)i, unusualBlock: AnyOpcode);
        }
        return all;
    }

    private static PlainInstruction Of(Opcode opcode, uint unusualBlock) => opcode switch
    {
        Opcode.LocalGet or Opcode.LocalSet or Opcode.LocalTee => OneNumber(kind: 0, LongNumber),
        >= Opcode.I32Eqz and <= Opcode.I64Extend32S => new(0, 1, Other),
        Opcode.Unreachable or Opcode.Nop or Opcode.Else or Opcode.Return or Opcode.Drop or Opcode.Select =>
            new(0, 1, Other),
        >= Opcode.I32Load and <= Opcode.I64Store32 => TwoNumbers(Memory, OtherMemory),
        Opcode.I32Const or Opcode.I64Const or Opcode.Br or Opcode.BrIf => OneNumber(Other),
        Opcode.Block or Opcode.If => OneNumber(Nesting | Enter, LongType, unusualBlock),
        Opcode.Loop => OneNumber(Nesting | Enter | IsLoop, LongType, AnyOpcode),
        Opcode.End => new(unusualBlock, 1, Nesting | Leave),
        Opcode.GlobalGet or Opcode.GlobalSet => OneNumber(Context),
        Opcode.Call => OneNumber(Call),
        Opcode.CallIndirect => TwoNumbers(Call),
        _ => new(AnyOpcode, 0, Other),
    };

    private static PlainInstruction OneNumber(byte kind, byte stops = 0, uint unusual = 0) =>
        new(unusual | (uint)(LongNumber | stops) << 8, 2, kind, stops);

    private static PlainInstruction TwoNumbers(byte kind, byte stops = 0) =>
        new((uint)(LongNumber | stops) << 8 | LongNumber << 16, 3, kind, stops);
}
