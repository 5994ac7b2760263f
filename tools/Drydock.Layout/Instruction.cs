using System.Buffers.Binary;

namespace Drydock.Layout;

/// <summary>
/// An instruction of x86-64, as far as moving it matters: its length, and where in it stands a distance to something
/// else. (Intel's manual, volume 2, chapter 2 and appendix A.)
/// </summary>
/// <param name="Length">In bytes.</param>
/// <param name="RelativeAt">Where the distance stands, which counts from the instruction's end.</param>
/// <param name="RelativeSize">4, 1, or 0 where there is none.</param>
internal readonly record struct Instruction(int Length, int RelativeAt, int RelativeSize)
{
    /// <summary>
    /// What follows the opcode. <c>-</c> nothing, <c>M</c> operands, <c>b</c> 1 byte, <c>w</c> 2, <c>d</c> 4 (2 with the
    /// prefix 66), <c>q</c> as <c>d</c> or 8 with REX.W, <c>N</c> operands and 1 byte, <c>D</c> operands and <c>d</c>,
    /// <c>g</c> and <c>G</c> as <c>N</c> and <c>D</c> in the group's first two, <c>r</c> and <c>R</c> a distance of 1 and
    /// 4 bytes, <c>x</c> what no compiler makes.
    /// </summary>
    private const string OneByteOpcodes =
        "MMMMbdxxMMMMbdxx" + "MMMMbdxxMMMMbdxx" + "MMMMbdxxMMMMbdxx" + "MMMMbdxxMMMMbdxx" +
        "xxxxxxxxxxxxxxxx" + "----------------" + "xxxMxxxxdDbNxxxx" + "rrrrrrrrrrrrrrrr" +
        "NDxNMMMMMMMMMMMx" + "----------x-----" + "xxxx----bd------" + "bbbbbbbbqqqqqqqq" +
        "NNw-xxNDx-xx-bxx" + "MMMMxxxxMMMMMMMM" + "xxxxxxxxRRxrxxxx" + "xxxx--gG------MM";

    /// <summary>The same for opcodes behind 0F, and of VEX and EVEX instructions of the first map.</summary>
    private const string TwoByteOpcodes =
        "MMMMx-----x-xMxx" + "MMMMMMMMMMMMMMMM" + "xxxxxxxxMMMMMMMM" + "------xxxxxxxxxx" +
        "MMMMMMMMMMMMMMMM" + "MMMMMMMMMMMMMMMM" + "MMMMMMMMMMMMMMMM" + "NNNNMMM-xxxxMMMM" +
        "RRRRRRRRRRRRRRRR" + "MMMMMMMMMMMMMMMM" + "---MNMxx---MNMMM" + "MMMMMMMMMMNMMMMM" +
        "MMNMNNNM--------" + "MMMMMMMMMMMMMMMM" + "MMMMMMMMMMMMMMMM" + "MMMMMMMMMMMMMMMx";

    private const int MaxLength = 15;

    /// <summary>Reads the first instruction of some code.</summary>
    /// <returns>Whether it is one, as a whole, that a compiler makes.</returns>
    public static bool TryRead(ReadOnlySpan<byte> code, out Instruction instruction)
    {
        // Room for the longest, so that no read below leaves the span.
        Span<byte> bytes = stackalloc byte[2 * MaxLength];
        code[..Math.Min(code.Length, MaxLength)].CopyTo(bytes);
        instruction = Read(bytes);
        return instruction.Length > 0 && instruction.Length <= Math.Min(code.Length, MaxLength);
    }

    private static Instruction Read(ReadOnlySpan<byte> bytes)
    {
        int at = 0;
        bool narrow = false, wide = false;
        while (at < 8 && IsPrefix(bytes[at])) narrow |= bytes[at++] == 0x66;
        if ((bytes[at] & 0xf0) == 0x40) wide = (bytes[at++] & 8) != 0;
        char form = ReadOpcode(bytes, ref at);
        int immediate = form switch
        {
            'b' or 'N' or 'r' => 1,
            'w' => 2,
            'q' when wide => 8,
            'd' or 'q' or 'D' => narrow && !wide ? 2 : 4,
            'R' => 4,
            'g' when (bytes[at] & 0x30) == 0 => 1,
            'G' when (bytes[at] & 0x30) == 0 => narrow && !wide ? 2 : 4,
            _ => 0,
        };
        return form switch
        {
            'x' => default,
            'r' or 'R' => new(at + immediate, at, immediate),
            'M' or 'N' or 'D' or 'g' or 'G' => ReadOperands(bytes, at, immediate),
            _ => new(at + immediate, 0, 0),
        };
    }

    private static bool IsPrefix(byte value) => value is 0x66 or 0x67 or 0xf0 or 0xf2 or 0xf3 or 0x2e or 0x36 or 0x3e
        or 0x26 or 0x64 or 0x65;

    /// <summary>Reads the opcode with what says its map, and gives what follows it.</summary>
    private static char ReadOpcode(ReadOnlySpan<byte> bytes, ref int at)
    {
        switch (bytes[at++])
        {
            case 0x0f when bytes[at] is 0x38: at += 2; return 'M';
            case 0x0f when bytes[at] is 0x3a: at += 2; return 'N';
            case 0x0f: return TwoByteOpcodes[bytes[at++]];
            case 0xc5: at += 2; return OfMap(1, bytes[at - 1]);
            case 0xc4: at += 3; return OfMap(bytes[at - 3] & 31, bytes[at - 1]);
            case 0x62: at += 4; return OfMap(bytes[at - 4] & 7, bytes[at - 1]);
            default: return OneByteOpcodes[bytes[at - 1]];
        }
    }

    private static char OfMap(int map, byte opcode) => map switch
    {
        1 => TwoByteOpcodes[opcode] is 'R' ? 'x' : TwoByteOpcodes[opcode],
        2 => 'M',
        3 => 'N',
        _ => 'x',
    };

    /// <summary>The ModRM byte, what it asks for, and the immediate value behind.</summary>
    private static Instruction ReadOperands(ReadOnlySpan<byte> bytes, int at, int immediate)
    {
        int mode = bytes[at] >> 6, register = bytes[at++] & 7;
        if (mode == 3) return new(at + immediate, 0, 0);
        if (mode == 0 && register == 5) return new(at + 4 + immediate, at, 4);
        bool withoutBase = register == 4 && (bytes[at++] & 7) == 5 && mode == 0;
        return new(at + immediate + (mode == 2 || withoutBase ? 4 : mode), 0, 0);
    }

    /// <summary>Where the distance leads, from the start of the code that the instruction is in.</summary>
    /// <param name="bytes">The instruction's.</param>
    /// <param name="at">Where it stands in the code.</param>
    public long Target(ReadOnlySpan<byte> bytes, int at) => at + Length + (RelativeSize == 1
        ? (sbyte)bytes[RelativeAt]
        : BinaryPrimitives.ReadInt32LittleEndian(bytes[RelativeAt..]));
}
