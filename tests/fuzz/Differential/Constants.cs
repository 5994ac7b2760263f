namespace Drydock.Fuzz.Differential;

/// <summary>Numbers where instructions change their behaviour, and others.</summary>
internal static class Constants
{
    private static readonly long[] Integers =
    [
        0, 1, -1, 2, -2, 3, 4, 7, 8, 15, 16, 31, 32, 33, 63, 64, 65, 127, 128, -128, 255, 256, 32767, 32768, -32768,
        65535, 65536,
        int.MaxValue, int.MinValue, uint.MaxValue, 1L << 32, long.MaxValue, long.MinValue, 0x0102030405060708,
        0x5555555555555555,
    ];

    private static readonly double[] Floats =
    [
        0, -0.0, 1, -1, 0.5, -0.5, 1.5, 2.5, -3.5, 1e-40, 5e-324, 1e38, 1e300, float.MaxValue, double.MaxValue,
        -double.MaxValue,
        int.MaxValue, int.MinValue, uint.MaxValue, 4294967296.0, 9223372036854775807.0, -9223372036854775808.0,
        18446744073709551616.0,
        16777217, 9007199254740993, double.PositiveInfinity, double.NegativeInfinity, double.NaN, 127.5, -128.5,
        65535.5, 0.1,
    ];

    public static byte[] Encode(Decisions decisions, Sort sort) => sort.Code switch
    {
        'i' => Bytes.Int32((int)Integer(decisions)),
        'I' => Bytes.Int64(Integer(decisions)),
        'f' or 'g' => Bytes.Single(Single(decisions)),
        'd' or 'h' => Bytes.Double(Double(decisions)),
        'F' => Bytes.Vector(Singles(decisions), Singles(decisions)),
        'D' => Bytes.Vector(Double(decisions), Double(decisions)),
        _ => Vector(decisions),
    };

    public static byte[] Zero(Sort sort) => sort.Code switch
    {
        'i' => Bytes.Int32(0),
        'I' => Bytes.Int64(0),
        'f' or 'g' => Bytes.Single(0),
        'd' or 'h' => Bytes.Double(0),
        'r' => [0xD0, 0x70],
        'e' => [0xD0, 0x6F],
        'n' => [0xD0, 0x6E],
        'q' => [0xD0, 0x6D],
        'j' => [0xD0, 0x6C],
        'c' => [0xD0, .. Bytes.Signed(sort.Index)],
        _ => Bytes.Vector(0, 0),
    };

    private static long Integer(Decisions decisions) => decisions.Next(10) switch
    {
        < 6 => decisions.Pick(Integers),
        < 8 => decisions.Next(200) - 100,
        8 => 1L << decisions.Next(64),
        _ => (long)decisions.Bits(),
    };

    private static uint Single(Decisions decisions) => decisions.Next(10) switch
    {
        < 7 => BitConverter.SingleToUInt32Bits((float)decisions.Pick(Floats)),
        < 9 => BitConverter.SingleToUInt32Bits(decisions.Next(2000) - 1000),
        _ => (uint)decisions.Bits(),
    };

    private static ulong Double(Decisions decisions) => decisions.Next(10) switch
    {
        < 7 => BitConverter.DoubleToUInt64Bits(decisions.Pick(Floats)),
        < 9 => BitConverter.DoubleToUInt64Bits(decisions.Next(2000) - 1000),
        _ => decisions.Bits(),
    };

    private static ulong Singles(Decisions decisions) => Single(decisions) | (ulong)Single(decisions) << 32;

    private static byte[] Vector(Decisions decisions) => decisions.Next(6) switch
    {
        0 => Bytes.Vector(0, 0),
        1 => Bytes.Vector(ulong.MaxValue, ulong.MaxValue),
        2 => Bytes.Vector((ulong)Integer(decisions), (ulong)Integer(decisions)),
        3 => Bytes.Vector(Singles(decisions), Singles(decisions)),
        4 => Bytes.Vector(Lanes(decisions), Lanes(decisions)),
        _ => Bytes.Vector(decisions.Bits(), decisions.Bits()),
    };

    /// <summary>Eight bytes at the ends of their range, as saturating arithmetic and swizzles like them.</summary>
    private static ulong Lanes(Decisions decisions)
    {
        ulong lanes = 0;
        for (int i = 0; i < 8; i++)
            lanes = lanes << 8 | (byte)decisions.Pick<int>([0, 1, 15, 16, 127, 128, 129, 254, 255]);
        return lanes;
    }
}
