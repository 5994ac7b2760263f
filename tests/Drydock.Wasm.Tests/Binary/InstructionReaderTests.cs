using Drydock.Wasm.Binary;

namespace Drydock.Wasm.Tests.Binary;

public class InstructionReaderTests
{
    [Fact]
    public void Plain_and_prefixed_opcodes()
    {
        var reader = new InstructionReader([0x6A, 0xFD, 0x93, 0x02, 0xFC, 0x0A]);
        Assert.Equal(Opcode.I32Add, reader.ReadOpcode());
        Assert.Equal(Opcode.I32x4RelaxedDotI8x16I7x16AddS, reader.ReadOpcode());
        Assert.Equal(Opcode.MemoryCopy, reader.ReadOpcode());
        Assert.True(reader.AtEnd);
    }

    [Fact]
    public void Numbers_at_the_ends_of_their_ranges()
    {
        Assert.Equal(uint.MaxValue, new InstructionReader([0xFF, 0xFF, 0xFF, 0xFF, 0x0F]).ReadU32());
        Assert.Equal(int.MinValue, new InstructionReader([0x80, 0x80, 0x80, 0x80, 0x78]).ReadS32());
        Assert.Equal(int.MaxValue, new InstructionReader([0xFF, 0xFF, 0xFF, 0xFF, 0x07]).ReadS32());
        Assert.Equal(-1, new InstructionReader([0xFF, 0xFF, 0xFF, 0xFF, 0x7F]).ReadS32());
        Assert.Equal(-64, new InstructionReader([0x40]).ReadS32());
        byte[] least = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7F];
        Assert.Equal(long.MinValue, new InstructionReader(least).ReadS64());
        byte[] greatest = [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01];
        Assert.Equal(ulong.MaxValue, new InstructionReader(greatest).ReadU64());
    }

    [Fact]
    public void Memory_arguments_with_and_without_a_memory()
    {
        var reader = new InstructionReader([0x02, 0x90, 0x01, 0x43, 0x05, 0x07]);
        reader.ReadMemoryArgument(out var align, out var memory, out var offset);
        Assert.Equal((2u, 0, 0x90ul), (align, memory, offset));
        reader.ReadMemoryArgument(out align, out memory, out offset);
        Assert.Equal((3u, 5, 7ul), (align, memory, offset));
    }

    [Fact]
    public void Block_types_of_each_kind()
    {
        var reader = new InstructionReader([0x40, 0x7E, 0x03, 0x80, 0x01, 0x63, 0x02, 0x70]);
        Assert.True(reader.ReadBlockType().IsEmpty);
        Assert.Equal(ValueType.I64, reader.ReadBlockType().Result);
        Assert.Equal(3, reader.ReadBlockType().TypeIndex);
        Assert.Equal(128, reader.ReadBlockType().TypeIndex);
        Assert.Equal(ValueType.Reference(new HeapType(2), nullable: true), reader.ReadBlockType().Result);
        Assert.Equal(ValueType.FuncRef, reader.ReadBlockType().Result);
        Assert.True(reader.AtEnd);
    }

    [Fact]
    public void Code_that_ends_too_early_does_not_read_past_its_span() =>
        Assert.Throws<IndexOutOfRangeException>(() => { new InstructionReader([0x80]).ReadU32(); });
}
