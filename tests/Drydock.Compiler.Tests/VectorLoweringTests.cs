using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Drydock.Compiler.X64;
using Drydock.Wasm;
using R = Drydock.Compiler.X64.Register;
using V = Drydock.Compiler.X64.VectorRegister;

namespace Drydock.Compiler.Tests;

/// <summary>Runs every lowering on the processor and compares it with <see cref="VectorModel"/>.</summary>
public sealed class VectorLoweringTests
{
    private const CpuFeatures Least = CpuFeatures.Avx, Most = CpuFeatures.Avx | CpuFeatures.Avx2 | CpuFeatures.Fma;
    private const int ScalarOffset = 48;
    private static readonly Address Source = new(R.Rsi, 64);
    private static readonly V[][] Registers =
    [
        [V.Xmm0, V.Xmm1, V.Xmm2, V.Xmm3], [V.Xmm1, V.Xmm1, V.Xmm2, V.Xmm3], [V.Xmm2, V.Xmm1, V.Xmm2, V.Xmm3],
        [V.Xmm3, V.Xmm1, V.Xmm2, V.Xmm3], [V.Xmm9, V.Xmm10, V.Xmm11, V.Xmm12], [V.Xmm4, V.Xmm5, V.Xmm5, V.Xmm5],
    ];

    private static readonly byte[][] Inputs = [.. Vectors()];

    public static TheoryData<string> Unaries() => OfShape("v:v");
    public static TheoryData<string> Binaries() => OfShape("vv:v");
    public static TheoryData<string> Ternaries() => OfShape("vvv:v");
    public static TheoryData<string> Shifts() => OfShape("vi:v");
    public static TheoryData<string> Tests() => OfShape("v:i");

    [Theory, MemberData(nameof(Unaries))]
    public void A_unary_instruction_does_what_the_model_says(string name) => Check(name,
        (l, op, r) => l.Unary(op, r[0], r[1]), (x, _, _, _) => VectorModel.Unary(name, x));

    [Theory, MemberData(nameof(Binaries))]
    public void A_binary_instruction_does_what_the_model_says(string name) => Check(name,
        (l, op, r) => l.Binary(op, r[0], r[1], r[2]), (x, y, _, _) => VectorModel.Binary(name, x, y));

    [Theory, MemberData(nameof(Ternaries))]
    public void A_ternary_instruction_does_what_the_model_says(string name) => Check(name,
        (l, op, r) => l.Ternary(op, r[0], r[1], r[2], r[3]),
        (x, y, z, fused) => VectorModel.Ternary(name, x, y, z, fused));

    [Theory, MemberData(nameof(Shifts))]
    public void A_shift_takes_as_many_bits_of_its_count_as_lanes_have(string name)
    {
        foreach (int count in new[] { 0, 1, 3, 7, 8, 13, 15, 16, 31, 32, 47, 63, 64, 255, -1 })
        {
            byte[] Model(byte[] x) => VectorModel.Shift(name, x, count);
            Check(name, (l, op, r) => l.Shift(op, r[0], r[1], count), (x, _, _, _) => Model(x));
            Check(name, (l, op, r) => l.Shift(op, r[0], r[1], R.Rcx), (x, _, _, _) => Model(x), count);
        }
    }

    [Theory, MemberData(nameof(Tests))]
    public void A_test_gives_an_i32(string name)
    {
        byte[][] edges = [new byte[16], [.. Enumerable.Repeat((byte)0xFF, 16)], [.. Enumerable.Repeat((byte)0, 15), 1]];
        var assembler = new Assembler();
        Emit(assembler, Most, Registers[0], l => EmitTest(assembler, l, OpcodeOf(name)));
        using var code = new NativeCode(assembler.Text);
        foreach (byte[] x in edges.Concat(Inputs))
        {
            byte[] output = Run(code, x, x, x, 0);
            Assert.Equal(VectorModel.Test(name, x), BinaryPrimitives.ReadInt32LittleEndian(output));
        }
    }

    [Fact]
    public void A_shuffle_takes_its_lanes_from_both_vectors()
    {
        foreach (byte[] lanes in Shuffles())
        {
            Check("i8x16.shuffle", (l, _, r) => l.Shuffle(r[0], r[1], r[2], lanes),
                (x, y, _, _) => [.. lanes.Select(i => i < 16 ? x[i] : y[i - 16])]);
        }
    }

    [Theory]
    [InlineData("i8x16", 1), InlineData("i16x8", 2), InlineData("i32x4", 4), InlineData("i64x2", 8)]
    public void Integer_lanes_are_copied_replaced_and_extracted(string shape, int width)
    {
        const long Value = 0x0123_4567_89AB_CDEF;
        byte[] bytes = [.. BitConverter.GetBytes(Value).Take(width)];
        Check(shape + ".splat", (l, op, r) => l.Splat(op, r[0], R.Rcx), (_, _, _, _) => Repeat(bytes), Value);
        for (int lane = 0; lane < 16 / width; lane++)
        {
            Check(shape + ".replace_lane", (l, op, r) => l.ReplaceLane(op, r[0], r[1], R.Rcx, lane),
                (x, _, _, _) => [.. x[..(lane * width)], .. bytes, .. x[((lane + 1) * width)..]], Value);
            Check(shape + (width < 4 ? ".extract_lane_u" : ".extract_lane"),
                (l, op, r) => l.ExtractLane(op, R.R10, r[1], lane),
                (x, _, _, _) => [.. x.AsSpan(lane * width, width), .. new byte[16 - width]], 0, R.R10);
        }
    }

    [Theory]
    [InlineData("f32x4", 4), InlineData("f64x2", 8)]
    public void Float_lanes_are_copied_replaced_and_extracted(string shape, int width)
    {
        Check(shape + ".splat", (l, op, r) => l.Splat(op, r[0], r[1]), (x, _, _, _) => Repeat(x[..width]));
        for (int lane = 0; lane < 16 / width; lane++)
        {
            Check(shape + ".replace_lane", (l, op, r) => l.ReplaceLane(op, r[0], r[1], r[2], lane),
                (x, y, _, _) => [.. x[..(lane * width)], .. y[..width], .. x[((lane + 1) * width)..]]);
            Check(shape + ".extract_lane", (l, op, r) => l.ExtractLane(op, r[0], r[1], lane),
                (x, _, _, _) => x[(lane * width)..((lane + 1) * width)]);
        }
    }

    [Theory]
    [InlineData("v128.load8x8_s", "i16x8.extend_low_i8x16_s")]
    [InlineData("v128.load8x8_u", "i16x8.extend_low_i8x16_u")]
    [InlineData("v128.load16x4_s", "i32x4.extend_low_i16x8_s")]
    [InlineData("v128.load16x4_u", "i32x4.extend_low_i16x8_u")]
    [InlineData("v128.load32x2_s", "i64x2.extend_low_i32x4_s")]
    [InlineData("v128.load32x2_u", "i64x2.extend_low_i32x4_u")]
    public void A_load_extends(string name, string extension) => Check(name,
        (l, op, r) => l.Load(op, r[0], Source), (x, _, _, _) => VectorModel.Unary(extension, x));

    [Theory]
    [InlineData("v128.load8_splat", 1, true), InlineData("v128.load16_splat", 2, true)]
    [InlineData("v128.load32_splat", 4, true), InlineData("v128.load64_splat", 8, true)]
    [InlineData("v128.load32_zero", 4, false), InlineData("v128.load64_zero", 8, false)]
    [InlineData("v128.load", 16, true)]
    public void A_load_fills_up(string name, int width, bool repeats) => Check(name,
        (l, op, r) => l.Load(op, r[0], Source),
        (x, _, _, _) => repeats ? Repeat(x[..width]) : [.. x[..width], .. new byte[16 - width]]);

    [Theory]
    [InlineData(1), InlineData(2), InlineData(4), InlineData(8)]
    public void Lanes_are_loaded_and_stored(int width)
    {
        for (int lane = 0; lane < 16 / width; lane++)
        {
            Check($"v128.load{width * 8}_lane", (l, op, r) => l.LoadLane(op, r[0], r[2], Source, lane),
                (x, y, _, _) => [.. y[..(lane * width)], .. x[..width], .. y[((lane + 1) * width)..]]);
            Check($"v128.store{width * 8}_lane", (l, op, r) =>
                {
                    l.StoreLane(op, Source, r[2], lane);
                    l.Load(Opcode.V128Load, r[0], Source);
                },
                (x, y, _, _) => [.. y[(lane * width)..((lane + 1) * width)], .. x[width..]]);
        }
    }

    private static TheoryData<string> OfShape(string signature) => [.. OpcodeTable.All.ToArray()
        .Where(i => (uint)i.Opcode >> 16 == 0xFD && i.Immediate == Immediate.None && i.Signature == signature)
        .Select(i => i.Name)];

    private static Opcode OpcodeOf(string name) => OpcodeTable.All.ToArray().First(i => i.Name == name).Opcode;

    private static byte[] Repeat(byte[] lane) => [.. Enumerable.Range(0, 16).Select(i => lane[i % lane.Length])];

    private static void Check(string name, Action<VectorLowering, Opcode, V[]> emit,
        Func<byte[], byte[], byte[], bool, byte[]> model, long scalar = 0, R? result = null)
    {
        Opcode opcode = OpcodeOf(name);
        foreach (CpuFeatures features in new[] { Least, Most })
        {
            foreach (V[] registers in Registers)
            {
                var assembler = new Assembler();
                Emit(assembler, features, registers, l => emit(l, opcode, registers), result);
                using var code = new NativeCode(assembler.Text);
                CheckValues(name, code, registers, (x, y, z) => model(x, y, z, features == Most), scalar,
                    hasVectorResult: result == null);
            }
        }
    }

    private static void CheckValues(string name, NativeCode code, V[] registers,
        Func<byte[], byte[], byte[], byte[]> model, long scalar, bool hasVectorResult)
    {
        for (int i = 0; i < Inputs.Length; i++)
        {
            byte[] x = Inputs[i], y = Inputs[i * 7 % Inputs.Length], z = Inputs[(i * 5 + 3) % Inputs.Length];
            if (registers[1] == registers[2]) y = z = x;
            byte[] output = Run(code, x, y, z, scalar);
            AssertSame(name, model(x, y, z), output[..16], x, y, z);
            byte[][] sources = [x, y, z];
            for (int s = 0; s < 3; s++)
                if (!hasVectorResult || registers[s + 1] != registers[0])
                    Assert.Equal(sources[s], output[(16 + s * 16)..(32 + s * 16)]);
        }
    }

    /// <summary>Two lanes are the same if they are equal or both a quiet NaN, where an operation gives any.</summary>
    private static void AssertSame(string name, byte[] expected, byte[] actual, byte[] x, byte[] y, byte[] z)
    {
        actual = actual[..expected.Length];
        if (expected.AsSpan().SequenceEqual(actual) || name[0] == 'f' && AreSameFloats(name, expected, actual)) return;
        Assert.Fail($"{name}: {Convert.ToHexString(x)} {Convert.ToHexString(y)} {Convert.ToHexString(z)}: "
            + $"expected {Convert.ToHexString(expected)}, got {Convert.ToHexString(actual)}");
    }

    private static bool AreSameFloats(string name, byte[] expected, byte[] actual)
    {
        if (name.Contains("abs", StringComparison.Ordinal) || name.Contains(".p", StringComparison.Ordinal)
            && !name.Contains("promote", StringComparison.Ordinal)) return false;
        return name.StartsWith("f32x4", StringComparison.Ordinal)
            ? MemoryMarshal.Cast<byte, uint>(expected).ToArray().Zip(MemoryMarshal.Cast<byte, uint>(actual).ToArray())
                .All(p => p.First == p.Second || float.IsNaN(BitConverter.UInt32BitsToSingle(p.First))
                    && (p.Second & 0x7FC0_0000) == 0x7FC0_0000)
            : MemoryMarshal.Cast<byte, ulong>(expected).ToArray().Zip(MemoryMarshal.Cast<byte, ulong>(actual).ToArray())
                .All(p => p.First == p.Second || double.IsNaN(BitConverter.UInt64BitsToDouble(p.First))
                    && (p.Second & 0x7FF8_0000_0000_0000) == 0x7FF8_0000_0000_0000);
    }

    /// <summary>
    /// Code that loads three vectors and rcx from its second argument, and stores the result and the three vectors to
    /// its first.
    /// </summary>
    private static void Emit(Assembler a, CpuFeatures features, V[] registers, Action<VectorLowering> emit,
        R? result = null)
    {
        for (int i = 1; i < 4; i++) a.Vmovdqu(registers[i], new Address(R.Rsi, (i - 1) * 16));
        a.Vmovq(V.Xmm15, new Address(R.Rsi, ScalarOffset));
        a.Vmovq(R.Rcx, V.Xmm15);
        emit(new VectorLowering(a, features));
        V resultVector = result == null ? registers[0] : V.Xmm15;
        if (result is { } r) a.Vmovq(V.Xmm15, r);
        a.Vmovdqu(new Address(R.Rdi), resultVector);
        for (int i = 1; i < 4; i++) a.Vmovdqu(new Address(R.Rdi, i * 16), registers[i]);
        Raw(a, 0xC3);
        a.FinishConstants();
    }

    private static void EmitTest(Assembler a, VectorLowering lowering, Opcode opcode)
    {
        if (OpcodeTable.All.ToArray().First(i => i.Opcode == opcode).Name.EndsWith("bitmask", StringComparison.Ordinal))
        {
            lowering.Bitmask(opcode, R.Rax, V.Xmm1);
        }
        else
        {
            bool ofZero = lowering.Test(opcode, V.Xmm1);
            Raw(a, 0x0F, (byte)(ofZero ? 0x94 : 0x95), 0xC0, 0x0F, 0xB6, 0xC0); // set al, movzx eax, al
        }
        a.Vmovd(V.Xmm0, R.Rax);
    }

    private static void Raw(Assembler a, params ReadOnlySpan<byte> bytes)
    {
        a.Reserve();
        foreach (byte b in bytes) a.Byte(b);
    }

    private static byte[] Run(NativeCode code, byte[] x, byte[] y, byte[] z, long scalar)
    {
        byte[] output = new byte[64];
        code.Run(output, [.. x, .. y, .. z, .. BitConverter.GetBytes(scalar), .. new byte[8], .. x]);
        return output;
    }

    private static IEnumerable<byte[]> Vectors()
    {
        float[] floats =
        [
            0, -0f, 1, -1, 0.5f, -0.5f, 1.5f, 2.5f, float.NaN, BitConverter.UInt32BitsToSingle(0x7F80_0001),
            2147483648f, float.PositiveInfinity, float.NegativeInfinity, 2147483520f, -2147483648f,
            -2147483904f, 4294967040f,
            4294967296f, float.MaxValue, float.MinValue, float.Epsilon, -0.9f, 3e9f, 65535.5f,
            BitConverter.UInt32BitsToSingle(0xFFC1_2345),
        ];
        double[] doubles =
        [
            0, -0d, 1, -1, 0.5, 1.5, 2.5, double.NaN, BitConverter.UInt64BitsToDouble(0x7FF0_0000_0000_0001),
            2147483647, 2147483647.9, 2147483648, -2147483648.9, -2147483649, 4294967295, 4294967295.5, 4294967296,
            1e300, -1e300,
            double.PositiveInfinity, double.NegativeInfinity, 1e-310, -0.9, 4503599627370497.5, 3e9,
        ];
        long[] integers =
        [
            0, -1, long.MinValue, long.MaxValue, unchecked((long)0x8000_8000_8000_8000), 0x7FFF_7FFF_8000_8000,
            0x0080_7F80_FF01_00FF, 0x0123_4567_89AB_CDEF, unchecked((long)0x8080_8080_8080_8080),
            0x7F7F_7F7F_7F7F_7F7F, 0x0000_0001_FFFF_FFFF,
        ];
        for (int i = 0; i < floats.Length; i++)
        {
            yield return Pack(
                [floats[i], floats[(i + 1) % floats.Length], floats[^(i + 1)], floats[i * 3 % floats.Length]]);
        }
        for (int i = 0; i < doubles.Length; i++)
            for (int j = 0; j < doubles.Length; j += 8)
                yield return Pack([doubles[i], doubles[(i + j) % doubles.Length]]);
        for (int i = 0; i < integers.Length; i++)
            for (int j = 0; j < integers.Length; j += 3)
                yield return Pack([integers[i], integers[(i + j) % integers.Length]]);
        var random = new Random(1);
        for (int i = 0; i < 60; i++)
        {
            byte[] bytes = new byte[16];
            random.NextBytes(bytes);
            yield return bytes;
        }
    }

    private static byte[] Pack<T>(T[] lanes) where T : unmanaged => MemoryMarshal.AsBytes<T>(lanes).ToArray();

    private static IEnumerable<byte[]> Shuffles()
    {
        byte[] Lanes(Func<int, int> f) => [.. Enumerable.Range(0, 16).Select(i => (byte)f(i))];
        for (int n = 0; n < 32; n++) yield return Lanes(i => (i + n) % 32);
        for (int n = 1; n < 16; n += 2) yield return Lanes(i => (i + n) % 16);
        for (int width = 1; width <= 8; width *= 2)
        {
            foreach (int start in new[] { 0, 8 })
            {
                yield return Lanes(i => i / width % 2 * 16 + start + i / width / 2 * width + i % width);
                yield return Lanes(i => 16 - i / width % 2 * 16 + start + i / width / 2 * width + i % width);
            }
            yield return Lanes(i => i / width % 2 * 16 + i);
            yield return Lanes(i => 15 - i / width * width - (width - 1) + i % width);
        }
        int[][] pairs = [[0, 2, 5, 7], [4, 7, 3, 0], [6, 6, 1, 1], [3, 2, 1, 0], [0, 5, 2, 3], [4, 5, 4, 4]];
        foreach (int[] pair in pairs) yield return Lanes(i => pair[i / 4] * 4 + i % 4);
        var random = new Random(2);
        for (int i = 0; i < 20; i++) yield return Lanes(_ => random.Next(32));
    }
}
