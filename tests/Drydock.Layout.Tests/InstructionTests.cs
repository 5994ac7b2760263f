using Iced.Intel;

namespace Drydock.Layout.Tests;

/// <summary>Lengths of instructions, and the distances in them, as Iced reads them.</summary>
public sealed class InstructionTests
{
    /// <summary>What may stand before the opcode, so that every map of opcodes is met often.</summary>
    private static readonly byte[][] Beginnings =
    [
        [], [0x66], [0xf3], [0xf2], [0x48], [0x66, 0x48], [0x0f], [0x66, 0x0f], [0xf3, 0x48, 0x0f], [0x0f, 0x38],
        [0x66, 0x0f, 0x3a], [0x64], [0xc5], [0xc4, 0xe2, 0x7d], [0xc4, 0xe3, 0x7d], [0x62, 0xf1, 0x7c, 0x48],
        [0x62, 0xf2, 0x7d, 0x48],
    ];

    [Theory]
    [InlineData("c3", 1, 0, 0)]
    [InlineData("e800000000", 5, 1, 4)]
    [InlineData("666648e800000000", 8, 4, 4)]
    [InlineData("0f8400000000", 6, 2, 4)]
    [InlineData("eb4b", 2, 1, 1)]
    [InlineData("488d3500000000", 7, 3, 4)]
    [InlineData("833d0000000005", 7, 2, 4)]
    [InlineData("f7050000000005000000", 10, 2, 4)]
    [InlineData("48b80102030405060708", 10, 0, 0)]
    [InlineData("66b80102", 4, 0, 0)]
    [InlineData("488b842400010000", 8, 0, 0)]
    [InlineData("8b0c8500010000", 7, 0, 0)]
    [InlineData("c5f877", 3, 0, 0)]
    [InlineData("c4e37d190500000000010000", 10, 5, 4)]
    [InlineData("62f17c48104701", 7, 0, 0)]
    public void An_instruction_is_read(string hex, int length, int relativeAt, int relativeSize)
    {
        Assert.True(Instruction.TryRead(Convert.FromHexString(hex), out Instruction instruction));
        Assert.Equal(new Instruction(length, relativeAt, relativeSize), instruction);
    }

    [Theory]
    [InlineData("")]
    [InlineData("06")]
    [InlineData("e8000000")]
    [InlineData("4848c3")]
    [InlineData("66666666666666666666666666666690")]
    public void What_is_none_is_refused(string hex) =>
        Assert.False(Instruction.TryRead(Convert.FromHexString(hex), out _));

    [Fact]
    public void Any_instruction_is_read_as_Iced_reads_it()
    {
        var random = new Random(20);
        int[] compared = new int[Beginnings.Length];
        byte[] code = new byte[15];
        for (int turn = 0; turn < 600_000; turn++)
        {
            random.NextBytes(code);
            Beginnings[turn % Beginnings.Length].CopyTo(code, 0);
            var decoder = Decoder.Create(64, code);
            decoder.Decode(out Iced.Intel.Instruction expected);
            // Its distance goes to where a transaction is aborted, and stands where others have a value.
            if (expected.IsInvalid || expected.Mnemonic == Mnemonic.Xbegin) continue;
            if (!Instruction.TryRead(code, out Instruction instruction)) continue;
            Assert.Equal((Convert.ToHexString(code), Read(decoder, expected)), (Convert.ToHexString(code), instruction));
            compared[turn % Beginnings.Length]++;
        }
        Assert.All(compared, count => Assert.True(count > 1000, string.Join(' ', compared)));
    }

    private static Instruction Read(Decoder decoder, in Iced.Intel.Instruction expected)
    {
        ConstantOffsets offsets = decoder.GetConstantOffsets(expected);
        return expected.IsIPRelativeMemoryOperand ? new(expected.Length, offsets.DisplacementOffset, 4)
            : expected.Op0Kind == OpKind.NearBranch64
                ? new(expected.Length, offsets.ImmediateOffset, offsets.ImmediateSize)
            : new(expected.Length, 0, 0);
    }
}
