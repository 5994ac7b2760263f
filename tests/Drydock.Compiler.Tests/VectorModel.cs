using System.Numerics;
using System.Runtime.InteropServices;

namespace Drydock.Compiler.Tests;

/// <summary>
/// What the vector instructions mean (spec: 4.3.2 to 4.3.5), lane by lane and with no thought for speed. Instructions
/// are named as in the text format; the relaxed ones behave as this processor family's implementations do.
/// </summary>
internal static class VectorModel
{
    public static byte[] Unary(string name, byte[] s)
    {
        (string shape, string operation) = Split(name);
        return (shape, operation) switch
        {
            ("v128", "not") => Map<byte, byte>(s, x => (byte)~x),
            (_, "abs") when shape[0] == 'f' => Sign(shape, s, x => x & 0x7F),
            (_, "neg") when shape[0] == 'f' => Sign(shape, s, x => x ^ 0x80),
            ("i8x16", "popcnt") => Map<byte, byte>(s, x => (byte)BitOperations.PopCount(x)),
            ("i8x16", _) => Map<sbyte, sbyte>(s, x => (sbyte)(operation == "abs" && x >= 0 ? x : -x)),
            ("i16x8", "abs" or "neg") => Map<short, short>(s, x => (short)(operation == "abs" && x >= 0 ? x : -x)),
            ("i32x4", "abs" or "neg") => Map<int, int>(s, x => operation == "abs" && x >= 0 ? x : -x),
            ("i64x2", "abs" or "neg") => Map<long, long>(s, x => operation == "abs" && x >= 0 ? x : -x),
            ("i16x8", "extadd_pairwise_i8x16_s") => Pairs<sbyte, short>(s, (x, y) => (short)(x + y)),
            ("i16x8", "extadd_pairwise_i8x16_u") => Pairs<byte, ushort>(s, (x, y) => (ushort)(x + y)),
            ("i32x4", "extadd_pairwise_i16x8_s") => Pairs<short, int>(s, (x, y) => x + y),
            ("i32x4", "extadd_pairwise_i16x8_u") => Pairs<ushort, uint>(s, (x, y) => (uint)(x + y)),
            (_, "extend_low_i8x16_s") => Widen<sbyte, short>(s, 0, x => x),
            (_, "extend_high_i8x16_s") => Widen<sbyte, short>(s, 1, x => x),
            (_, "extend_low_i8x16_u") => Widen<byte, short>(s, 0, x => x),
            (_, "extend_high_i8x16_u") => Widen<byte, short>(s, 1, x => x),
            (_, "extend_low_i16x8_s") => Widen<short, int>(s, 0, x => x),
            (_, "extend_high_i16x8_s") => Widen<short, int>(s, 1, x => x),
            (_, "extend_low_i16x8_u") => Widen<ushort, int>(s, 0, x => x),
            (_, "extend_high_i16x8_u") => Widen<ushort, int>(s, 1, x => x),
            (_, "extend_low_i32x4_s") => Widen<int, long>(s, 0, x => x),
            (_, "extend_high_i32x4_s") => Widen<int, long>(s, 1, x => x),
            (_, "extend_low_i32x4_u") => Widen<uint, long>(s, 0, x => x),
            (_, "extend_high_i32x4_u") => Widen<uint, long>(s, 1, x => x),
            ("f32x4", "convert_i32x4_s") => Map<int, float>(s, x => x),
            ("f32x4", "convert_i32x4_u") => Map<uint, float>(s, x => x),
            ("f64x2", "convert_low_i32x4_s") => Widen<int, double>(s, 0, x => x),
            ("f64x2", "convert_low_i32x4_u") => Widen<uint, double>(s, 0, x => x),
            ("f64x2", "promote_low_f32x4") => Widen<float, double>(s, 0, x => x),
            ("f32x4", "demote_f64x2_zero") => Narrow<double, float>(s, x => (float)x),
            ("i32x4", "trunc_sat_f32x4_s") => Map<float, int>(s, x => Signed(x)),
            ("i32x4", "trunc_sat_f32x4_u" or "relaxed_trunc_f32x4_u") => Map<float, uint>(s, x => Unsigned(x)),
            ("i32x4", "trunc_sat_f64x2_s_zero") => Narrow<double, int>(s, Signed),
            ("i32x4", "trunc_sat_f64x2_u_zero" or "relaxed_trunc_f64x2_u_zero") => Narrow<double, uint>(s, Unsigned),
            ("i32x4", "relaxed_trunc_f32x4_s") => Map<float, int>(s, x => Machine(x)),
            ("i32x4", "relaxed_trunc_f64x2_s_zero") => Narrow<double, int>(s, Machine),
            ("f32x4", _) => Map<float, float>(s, x => (float)Round(operation, x, MathF.Sqrt(x))),
            ("f64x2", _) => Map<double, double>(s, x => Round(operation, x, Math.Sqrt(x))),
            _ => throw new NotSupportedException($"no model of {name}"),
        };
    }

    public static byte[] Binary(string name, byte[] x, byte[] y)
    {
        (string shape, string operation) = Split(name);
        bool isUnsigned = operation.EndsWith("_u", StringComparison.Ordinal);
        if (operation.StartsWith("extmul", StringComparison.Ordinal)) return ExtendedProduct(operation, x, y);
        return (shape, operation) switch
        {
            ("v128", "and") => Zip<byte>(x, y, (a, b) => (byte)(a & b)),
            ("v128", "andnot") => Zip<byte>(x, y, (a, b) => (byte)(a & ~b)),
            ("v128", "or") => Zip<byte>(x, y, (a, b) => (byte)(a | b)),
            ("v128", "xor") => Zip<byte>(x, y, (a, b) => (byte)(a ^ b)),
            (_, "swizzle") => Map<byte, byte>(y, i => i < 16 ? x[i] : (byte)0),
            (_, "relaxed_swizzle") => Map<byte, byte>(y, i => i < 128 ? x[i & 15] : (byte)0),
            (_, "narrow_i16x8_s") => [.. Clamp<short, sbyte>(x), .. Clamp<short, sbyte>(y)],
            (_, "narrow_i16x8_u") => [.. Clamp<short, byte>(x), .. Clamp<short, byte>(y)],
            (_, "narrow_i32x4_s") => [.. Clamp<int, short>(x), .. Clamp<int, short>(y)],
            (_, "narrow_i32x4_u") => [.. Clamp<int, ushort>(x), .. Clamp<int, ushort>(y)],
            (_, "q15mulr_sat_s") => Zip<short>(x, y, (a, b) => (short)Math.Min((a * b + 0x4000) >> 15, 0x7FFF)),
            (_, "relaxed_q15mulr_s") => Zip<short>(x, y, (a, b) => (short)((a * b + 0x4000) >> 15)),
            (_, "dot_i16x8_s") => Dot(x, y),
            (_, "relaxed_dot_i8x16_i7x16_s") => RelaxedDot(x, y),
            ("f32x4", _) => Zip<float>(x, y, (a, b) => Float(operation, a, b)),
            ("f64x2", _) => Zip<double>(x, y, (a, b) => Float(operation, a, b)),
            ("i8x16", _) when isUnsigned => Zip<byte>(x, y, (a, b) => Integer(operation, a, b)),
            ("i8x16", _) => Zip<sbyte>(x, y, (a, b) => Integer(operation, a, b)),
            ("i16x8", _) when isUnsigned => Zip<ushort>(x, y, (a, b) => Integer(operation, a, b)),
            ("i16x8", _) => Zip<short>(x, y, (a, b) => Integer(operation, a, b)),
            ("i32x4", _) when isUnsigned => Zip<uint>(x, y, (a, b) => Integer(operation, a, b)),
            ("i32x4", _) => Zip<int>(x, y, (a, b) => Integer(operation, a, b)),
            ("i64x2", _) => Zip<long>(x, y, (a, b) => Integer(operation, a, b)),
            _ => throw new NotSupportedException($"no model of {name}"),
        };
    }

    public static byte[] Ternary(string name, byte[] x, byte[] y, byte[] z, bool fused)
    {
        byte[] Blend(int width) => [.. x.Select((b, i) => z[i / width * width + width - 1] >= 128 ? b : y[i])];
        return name switch
        {
            "v128.bitselect" or "i16x8.relaxed_laneselect" =>
                [.. x.Select((b, i) => (byte)(b & z[i] | y[i] & ~z[i]))],
            "i8x16.relaxed_laneselect" => Blend(1),
            "i32x4.relaxed_laneselect" => Blend(4),
            "i64x2.relaxed_laneselect" => Blend(8),
            "f32x4.relaxed_madd" => Zip3<float>(x, y, z, (a, b, c) => MultiplyAdd(a, b, c, fused)),
            "f32x4.relaxed_nmadd" => Zip3<float>(x, y, z, (a, b, c) => MultiplyAdd(-a, b, c, fused)),
            "f64x2.relaxed_madd" => Zip3<double>(x, y, z, (a, b, c) => MultiplyAdd(a, b, c, fused)),
            "f64x2.relaxed_nmadd" => Zip3<double>(x, y, z, (a, b, c) => MultiplyAdd(-a, b, c, fused)),
            "i32x4.relaxed_dot_i8x16_i7x16_add_s" => Zip<int>(
                Pairs<short, int>(RelaxedDot(x, y), (a, b) => a + b), z, (a, b) => a + b),
            _ => throw new NotSupportedException($"no model of {name}"),
        };
    }

    public static byte[] Shift(string name, byte[] s, int count)
    {
        (string shape, string operation) = Split(name);
        return (shape, operation) switch
        {
            ("i8x16", "shl") => Map<byte, byte>(s, x => (byte)(x << (count & 7))),
            ("i8x16", "shr_s") => Map<sbyte, sbyte>(s, x => (sbyte)(x >> (count & 7))),
            ("i8x16", "shr_u") => Map<byte, byte>(s, x => (byte)(x >> (count & 7))),
            ("i16x8", "shl") => Map<short, short>(s, x => (short)(x << (count & 15))),
            ("i16x8", "shr_s") => Map<short, short>(s, x => (short)(x >> (count & 15))),
            ("i16x8", "shr_u") => Map<ushort, ushort>(s, x => (ushort)(x >> (count & 15))),
            ("i32x4", "shl") => Map<int, int>(s, x => x << count),
            ("i32x4", "shr_s") => Map<int, int>(s, x => x >> count),
            ("i32x4", "shr_u") => Map<uint, uint>(s, x => x >> count),
            ("i64x2", "shl") => Map<long, long>(s, x => x << count),
            ("i64x2", "shr_s") => Map<long, long>(s, x => x >> count),
            ("i64x2", "shr_u") => Map<ulong, ulong>(s, x => x >> count),
            _ => throw new NotSupportedException($"no model of {name}"),
        };
    }

    public static int Test(string name, byte[] s)
    {
        (string shape, string operation) = Split(name);
        int width = shape switch { "i8x16" => 1, "i16x8" => 2, "i32x4" => 4, "i64x2" => 8, _ => 16 };
        byte[][] lanes = [.. s.Chunk(width)];
        if (operation == "bitmask") return lanes.Select((lane, i) => lane[^1] >> 7 << i).Sum();
        return lanes.All(lane => lane.Any(b => b != 0)) ? 1 : 0;
    }

    private static (string Shape, string Operation) Split(string name)
    {
        string[] parts = name.Split('.');
        return (parts[0], parts[1]);
    }

    private static T[] Lanes<T>(byte[] s) where T : unmanaged => MemoryMarshal.Cast<byte, T>(s).ToArray();
    private static byte[] Bytes<T>(IEnumerable<T> lanes) where T : unmanaged =>
        MemoryMarshal.AsBytes<T>(lanes.ToArray()).ToArray();

    private static byte[] Map<T, U>(byte[] s, Func<T, U> f) where T : unmanaged where U : unmanaged =>
        Bytes(Lanes<T>(s).Select(f));
    private static byte[] Zip<T>(byte[] x, byte[] y, Func<T, T, T> f) where T : unmanaged =>
        Bytes(Lanes<T>(x).Zip(Lanes<T>(y), f));
    private static byte[] Zip3<T>(byte[] x, byte[] y, byte[] z, Func<T, T, T, T> f) where T : unmanaged =>
        Bytes(Lanes<T>(x).Zip(Lanes<T>(y), Lanes<T>(z)).Select(t => f(t.First, t.Second, t.Third)));
    private static byte[] Widen<T, U>(byte[] s, int half, Func<T, U> f) where T : unmanaged where U : unmanaged =>
        Bytes(Lanes<T>(s)[(half * Lanes<U>(s).Length)..].Take(Lanes<U>(s).Length).Select(f));
    private static byte[] Narrow<T, U>(byte[] s, Func<T, U> f) where T : unmanaged where U : unmanaged =>
        [.. Map(s, f), 0, 0, 0, 0, 0, 0, 0, 0];
    private static byte[] Pairs<T, U>(byte[] s, Func<T, T, U> f) where T : unmanaged where U : unmanaged =>
        Bytes(Lanes<T>(s).Chunk(2).Select(p => f(p[0], p[1])));
    private static byte[] Clamp<T, U>(byte[] s) where T : unmanaged, INumber<T> where U : unmanaged, INumber<U> =>
        Map<T, U>(s, U.CreateSaturating);

    private static byte[] Sign(string shape, byte[] s, Func<int, int> f)
    {
        int width = shape == "f32x4" ? 4 : 8;
        return [.. s.Select((b, i) => i % width == width - 1 ? (byte)f(b) : b)];
    }

    private static byte[] ExtendedProduct(string operation, byte[] x, byte[] y)
    {
        int half = operation.Contains("high", StringComparison.Ordinal) ? 1 : 0;
        string source = operation[(operation.IndexOf("_i", StringComparison.Ordinal) + 1)..];
        byte[] Product<T, U>(Func<T, U> f) where T : unmanaged where U : unmanaged, INumber<U> =>
            Zip<U>(Widen(x, half, f), Widen(y, half, f), (a, b) => unchecked(a * b));
        return source switch
        {
            "i8x16_s" => Product<sbyte, short>(v => v),
            "i8x16_u" => Product<byte, ushort>(v => v),
            "i16x8_s" => Product<short, int>(v => v),
            "i16x8_u" => Product<ushort, uint>(v => v),
            "i32x4_s" => Product<int, long>(v => v),
            _ => Product<uint, ulong>(v => v),
        };
    }

    private static T Integer<T>(string operation, T a, T b) where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
    {
        Int128 x = Int128.CreateChecked(a), y = Int128.CreateChecked(b);
        T Truth(bool value) => value ? ~T.Zero : T.Zero;
        return operation switch
        {
            "add" => T.CreateTruncating(x + y),
            "sub" => T.CreateTruncating(x - y),
            "mul" => T.CreateTruncating(x * y),
            "add_sat_s" or "add_sat_u" => T.CreateSaturating(x + y),
            "sub_sat_s" or "sub_sat_u" => T.CreateSaturating(x - y),
            "min_s" or "min_u" => x < y ? a : b,
            "max_s" or "max_u" => x > y ? a : b,
            "avgr_u" => T.CreateTruncating((x + y + 1) / 2),
            "eq" => Truth(x == y),
            "ne" => Truth(x != y),
            "lt_s" or "lt_u" => Truth(x < y),
            "gt_s" or "gt_u" => Truth(x > y),
            "le_s" or "le_u" => Truth(x <= y),
            "ge_s" or "ge_u" => Truth(x >= y),
            _ => throw new NotSupportedException($"no model of {operation}"),
        };
    }

    private static T Float<T>(string operation, T a, T b) where T : unmanaged, IFloatingPointIeee754<T>
    {
        return operation switch
        {
            "add" => a + b,
            "sub" => a - b,
            "mul" => a * b,
            "div" => a / b,
            "min" => T.Min(a, b),
            "max" => T.Max(a, b),
            "pmin" or "relaxed_min" => b < a ? b : a,
            "pmax" or "relaxed_max" => a < b ? b : a,
            "eq" => Truth<T>(a == b),
            "ne" => Truth<T>(a != b),
            "lt" => Truth<T>(a < b),
            "gt" => Truth<T>(a > b),
            "le" => Truth<T>(a <= b),
            "ge" => Truth<T>(a >= b),
            _ => throw new NotSupportedException($"no model of {operation}"),
        };
    }

    private static T MultiplyAdd<T>(T a, T b, T c, bool fused) where T : unmanaged, IFloatingPointIeee754<T> =>
        fused ? T.FusedMultiplyAdd(a, b, c) : a * b + c;

    private static T Truth<T>(bool value) where T : unmanaged
    {
        byte[] bytes = new byte[16];
        Array.Fill(bytes, value ? (byte)0xFF : (byte)0);
        return Lanes<T>(bytes)[0];
    }

    private static double Round(string operation, double x, double root) => operation switch
    {
        "ceil" => Math.Ceiling(x),
        "floor" => Math.Floor(x),
        "trunc" => Math.Truncate(x),
        "nearest" => Math.Round(x, MidpointRounding.ToEven),
        "sqrt" => root,
        _ => throw new NotSupportedException($"no model of {operation}"),
    };

    private static int Signed(double x) =>
        double.IsNaN(x) ? 0 : x <= int.MinValue ? int.MinValue : x >= int.MaxValue ? int.MaxValue : (int)x;
    private static uint Unsigned(double x) =>
        double.IsNaN(x) || x <= 0 ? 0 : x >= uint.MaxValue ? uint.MaxValue : (uint)x;
    private static int Machine(double x) =>
        Math.Truncate(x) is >= int.MinValue and <= int.MaxValue ? (int)x : int.MinValue;

    private static byte[] Dot(byte[] x, byte[] y)
    {
        short[] a = Lanes<short>(x), b = Lanes<short>(y);
        return Bytes(Enumerable.Range(0, 4).Select(i => unchecked(a[2 * i] * b[2 * i] + a[2 * i + 1] * b[2 * i + 1])));
    }

    private static byte[] RelaxedDot(byte[] x, byte[] y)
    {
        sbyte[] a = Lanes<sbyte>(x);
        return Bytes(Enumerable.Range(0, 8).Select(i =>
            (short)Math.Clamp(a[2 * i] * y[2 * i] + a[2 * i + 1] * y[2 * i + 1], short.MinValue, short.MaxValue)));
    }
}
