using Drydock.Wasm.Validation;
using static Drydock.Wasm.Tests.ModuleBuilder;

namespace Drydock.Wasm.Tests.Validation;

public class FunctionValidatorTests
{
    private static readonly byte[] None = [];

    [Theory]
    [InlineData("200020006A0B")] // i32.add of parameters
    [InlineData("0240" + "0B41000B")] // a block
    [InlineData("000B")] // anything follows from unreachable
    [InlineData("006A0B")]
    [InlineData("2000047F41010541020B0B")] // if with else
    [InlineData("034041000D000B41000B")] // loop and br_if
    [InlineData("41002000" + "0E0100000B")] // br_table
    [InlineData("200028020" + "00B")] // i32.load
    [InlineData("2000410036020041000B")] // i32.store
    [InlineData("41004101" + "20001B0B")] // select
    [InlineData("23002400" + "23000B")] // globals
    [InlineData("FD0C000102030405060708090A0B0C0D0E0FFD1B030B")] // v128.const, i32x4.extract_lane 3
    [InlineData("41004100" + "4100FC0B0041000B")] // memory.fill
    [InlineData("4100FE0300" + "0B")] // atomic.fence
    public void Sound_code_is_accepted(string hex) =>
        Assert.Single(ModuleDecoder.Decode(OneFunction([I32], [I32], Convert.FromHexString(hex))).Bodies);

    [Theory]
    [InlineData("0B", "type mismatch: expected i32, found nothing")]
    [InlineData("420" + "00B", "type mismatch: expected i32, found i64")]
    [InlineData("410041000B", "type mismatch: 1 values remaining")]
    [InlineData("41006A0B", "type mismatch")]
    [InlineData("00420" + "06A0B", "type mismatch: expected i32, found i64")]
    [InlineData("20010B", "unknown local 1")]
    [InlineData("23010B", "unknown global 1")]
    [InlineData("0C010B", "unknown label 1")]
    [InlineData("10010B", "unknown function 1")]
    [InlineData("2500" + "0B", "type mismatch: expected i32, found nothing")]
    [InlineData("410025010B", "unknown table 1")]
    [InlineData("410028030" + "00B", "alignment must not be larger than natural")]
    [InlineData("41002842010" + "00B", "unknown memory 1")]
    [InlineData("4100288001000B", "malformed memop flags")]
    [InlineData("41002802808080801" + "00B", "offset out of range")]
    [InlineData("D2000B", "undeclared function reference 0")]
    [InlineData("2000047F41010B0B", "type mismatch: an if without else")]
    [InlineData("050B", "END opcode expected")]
    [InlineData("41000B01", "END opcode expected")]
    [InlineData("4100", "unexpected end of section or function")]
    [InlineData("27", "illegal opcode 27")]
    [InlineData("FF", "illegal opcode ff")]
    [InlineData("FDFF07", "illegal opcode fd 3ff")]
    [InlineData("FC80808080100B", "integer too large")]
    [InlineData("FD0C0001", "unexpected end of section or function")]
    [InlineData("41FFFFFFFF0F0B", "integer too large")]
    [InlineData("418080808080000B", "integer representation too long")]
    [InlineData("00FD1B040B", "invalid lane index 4")]
    [InlineData("00FC0800000B", "unknown data segment 0")]
    [InlineData("00FC0D000B", "unknown elem segment 0")]
    [InlineData("001C000B", "invalid result arity")]
    [InlineData("D070D07041001B1A41000B", "type mismatch: select of references")]
    [InlineData("02050B0B", "unknown type 5")]
    [InlineData("4100FE1001000B", "atomic alignment must be natural")]
    public void Unsound_code_is_refused(string hex, string phrase) =>
        Assert.StartsWith(phrase, Rejected(OneFunction([I32], [I32], Convert.FromHexString(hex))).Message);

    [Theory]
    [InlineData(0, null)]
    [InlineData(127, null)]
    [InlineData(128, null)]
    [InlineData(199, null)]
    [InlineData(200, "type mismatch: expected i32, found nothing")]
    [InlineData(201, "unknown label 201")]
    public void A_branch_goes_to_any_label_there_is(int label, string? error)
    {
        byte[] number = label < 0x80 ? [(byte)label] : [(byte)(label | 0x80), (byte)(label >> 7)];
        byte[] branch = [0x41, 0, 0x0D, .. number];
        AssertVerdict([.. Repeated([0x02, 0x40], 200), .. branch, .. Repeated([0x0B], 200), 0x41, 0, 0x0B], error);
    }

    /// <summary>Labels around a block with a result are as they were when it is left, and inside it.</summary>
    [Theory]
    [InlineData("0240" + "027F" + "4101410" + "00D01" + "0B" + "1A" + "410" + "00D00" + "0B" + "41000B", null)]
    [InlineData("0240" + "027F" + "4100" + "0D00" + "41010B" + "1A" + "0B" + "41000B",
        "type mismatch: expected i32, found nothing")]
    [InlineData("0240" + "0240" + "0C00" + "0B" + "6A" + "0B" + "41000B", "type mismatch: expected i32, found nothing")]
    [InlineData("0240" + "0C00" + "0B" + "4101" + "0240" + "0B" + "4101" + "6A" + "0B", null)]
    [InlineData("4101" + "0240" + "1A" + "0B" + "41010B", "type mismatch: expected a value, found nothing")]
    [InlineData("4101" + "0440" + "2000" + "0B" + "41010B", "type mismatch: 1 values remaining")]
    [InlineData("4201" + "0440" + "0B" + "41010B", "type mismatch: expected i32, found i64")]
    public void Blocks_without_values_leave_the_operands_around_them(string hex, string? error) =>
        AssertVerdict([.. Convert.FromHexString(hex)[..^1], .. Repeated([0x01], 8), 0x0B], error);

    [Theory]
    [InlineData(0, null)]
    [InlineData(1, "type mismatch: expected a value, found nothing")]
    public void Operands_are_counted_however_many_there_are(int missing, string? error)
    {
        byte[] code =
        [
            .. Repeated([0x41, 1, 0x42, 1], 50), .. Repeated([0x1A, 0x45, 0x1A], 50), .. Repeated([0x1A], missing),
            0x41, 0, .. Repeated([0x01], 8), 0x0B,
        ];
        AssertVerdict(code, error);
    }

    private static byte[] Repeated(byte[] bytes, int count) => [.. Enumerable.Repeat(bytes, count).SelectMany(b => b)];

    private static void AssertVerdict(byte[] code, string? error)
    {
        byte[] module = OneFunction([I32], [I32], code);
        if (error is null) Assert.Single(ModuleDecoder.Decode(module).Bodies);
        else Assert.StartsWith(error, Rejected(module).Message);
    }

    /// <summary>Spec 3.3.8: all labels of br_table take the same number of operands.</summary>
    [Fact]
    public void Branch_table_labels_must_agree_in_arity()
    {
        byte[] code = [0x02, 0x40, 0x41, 0, 0x41, 0, 0x0E, 1, 0, 1, 0x0B, 0x41, 0, 0x0B];
        Assert.StartsWith("type mismatch: the labels take", Rejected(OneFunction(None, [I32], code)).Message);
    }

    [Theory]
    [InlineData(49_999, true)]
    [InlineData(50_001, false)]
    public void The_number_of_locals_is_limited(int count, bool isAccepted)
    {
        var bytes = new ModuleBuilder().Types((None, None)).Section(3, 1, 0)
            .Code([1, .. Number(count), I32, 0x20, .. Number(Math.Min(count, 50_000) - 1), 0x1A, 0x0B]).Bytes;
        if (isAccepted) Assert.Equal(count, ModuleDecoder.Decode(bytes).Bodies[0].Locals[0].Count);
        else Assert.StartsWith("too many locals", Rejected(bytes).Message);
    }

    [Theory]
    [InlineData(0, ValueKind.I32)]
    [InlineData(299, ValueKind.I32)]
    [InlineData(300, ValueKind.F64)]
    [InlineData(301, ValueKind.I64)]
    public void Locals_beyond_the_first_few_have_their_types_too(int index, ValueKind kind)
    {
        var code = new ModuleBuilder().Types((None, [(byte)kind])).Section(3, 1, 0)
            .Code([3, .. Number(300), I32, 1, F64, 1, I64, 0x20, .. Number(index), 0x0B]).Bytes;
        ModuleDecoder.Decode(code);
        var other = new ModuleBuilder().Types((None, [V128])).Section(3, 1, 0)
            .Code([3, .. Number(300), I32, 1, F64, 1, I64, 0x20, .. Number(index), 0x0B]).Bytes;
        Assert.StartsWith("type mismatch: expected v128", Rejected(other).Message);
    }

    [Fact]
    public void Deep_nesting_takes_no_native_stack()
    {
        const int Depth = 200_000;
        var code = new byte[3 * Depth + 1];
        for (var i = 0; i < Depth; i++) (code[2 * i], code[2 * i + 1], code[2 * Depth + i]) = (0x02, 0x40, 0x0B);
        code[^1] = 0x0B;
        Assert.Single(ModuleDecoder.Decode(OneFunction(None, None, code)).Bodies);
    }

    [Fact]
    public void The_operand_stack_is_bounded()
    {
        var results = Enumerable.Repeat(I32, 1000).ToArray();
        byte[] code = [.. Enumerable.Repeat((byte[])[0x10, 0], 2000).SelectMany(call => call), 0x00, 0x0B];
        Assert.StartsWith("too many operands", Rejected(OneFunction(None, results, code)).Message);
    }

    [Theory]
    [InlineData("4100FD0F1A41000B", WasmFeatures.Simd)]
    [InlineData("12000B", WasmFeatures.TailCall)]
    [InlineData("FE030041000B", WasmFeatures.Threads)]
    [InlineData("00FC150B", WasmFeatures.WideArithmetic)]
    [InlineData("06400B41000B", WasmFeatures.LegacyExceptions)]
    [InlineData("00FB0F0B", WasmFeatures.Gc)]
    public void Features_can_be_switched_off(string hex, WasmFeatures feature)
    {
        var bytes = OneFunction(None, [I32], Convert.FromHexString(hex));
        Assert.StartsWith("illegal opcode", Rejected(bytes, WasmFeatures.All & ~feature).Message);
        if (feature != WasmFeatures.WideArithmetic) ModuleDecoder.Decode(bytes);
    }

    /// <summary>Spec 3.4.10: a local without default value is set before it is read, on every path.</summary>
    [Theory]
    [InlineData("2000" + "21012001" + "1A0B", true)]
    [InlineData("20011A0B", false)]
    [InlineData("0240" + "20002101" + "0B20011A0B", false)]
    public void Locals_without_default_value_are_set_first(string hex, bool isAccepted)
    {
        byte[] reference = [0x64, 0x70];
        byte[] types = [1, 0x60, 1, .. reference, 0];
        var bytes = new ModuleBuilder().Section(1, types).Section(3, 1, 0)
            .Code([1, 1, .. reference, .. Convert.FromHexString(hex)]).Bytes;
        if (isAccepted) ModuleDecoder.Decode(bytes);
        else Assert.StartsWith("uninitialized local 1", Rejected(bytes).Message);
    }

    [Theory]
    [InlineData(0, 0x28, 2)] // i32.load
    [InlineData(0, 0x29, 3)] // i64.load
    [InlineData(0, 0x2D, 0)] // i32.load8_u
    [InlineData(0, 0x3D, 1)] // i64.store16
    [InlineData(0xFD, 0x00, 4)] // v128.load
    [InlineData(0xFD, 0x01, 3)] // v128.load8x8_s
    [InlineData(0xFD, 0x09, 2)] // v128.load32_splat
    [InlineData(0xFD, 0x54, 0)] // v128.load8_lane
    [InlineData(0xFD, 0x5D, 3)] // v128.load64_zero
    [InlineData(0xFE, 0x00, 2)] // memory.atomic.notify
    [InlineData(0xFE, 0x02, 3)] // memory.atomic.wait64
    [InlineData(0xFE, 0x10, 2)] // i32.atomic.load
    [InlineData(0xFE, 0x1F, 3)] // i64.atomic.rmw.add
    [InlineData(0xFE, 0x24, 2)] // i64.atomic.rmw32.add_u
    public void Natural_alignment_follows_from_the_name(uint prefix, uint opcode, int log2) =>
        Assert.Equal(log2, InstructionShapes.Of(prefix, opcode).AccessLog2);
}
