using Drydock.Wasm;

namespace Drydock.Fuzz.Differential;

/// <summary>Pieces of the binary format.</summary>
internal static class Bytes
{
    public static byte[] Unsigned(ulong value)
    {
        var bytes = new List<byte>();
        for (; value >= 0x80; value >>= 7) bytes.Add((byte)(value | 0x80));
        return [.. bytes, (byte)value];
    }

    public static byte[] Unsigned(int value) => Unsigned((ulong)value);

    public static byte[] Signed(long value)
    {
        var bytes = new List<byte>();
        for (; value is < -64 or > 63; value >>= 7) bytes.Add((byte)(value | 0x80));
        return [.. bytes, (byte)(value & 0x7F)];
    }

    public static byte[] Of(Opcode opcode) =>
        (uint)opcode < 0x100 ? [(byte)opcode] : [(byte)((uint)opcode >> 16), .. Unsigned((uint)opcode & 0xFFFF)];

    public static byte[] Of(Opcode opcode, int immediate) => [.. Of(opcode), .. Unsigned(immediate)];

    public static byte[] Int32(int value) => [.. Of(Opcode.I32Const), .. Signed(value)];
    public static byte[] Int64(long value) => [.. Of(Opcode.I64Const), .. Signed(value)];
    public static byte[] Single(uint bits) => [.. Of(Opcode.F32Const), .. BitConverter.GetBytes(bits)];
    public static byte[] Double(ulong bits) => [.. Of(Opcode.F64Const), .. BitConverter.GetBytes(bits)];
    public static byte[] Vector(ulong low, ulong high) =>
        [.. Of(Opcode.V128Const), .. BitConverter.GetBytes(low), .. BitConverter.GetBytes(high)];

    public static byte[] Name(string name) => [.. Unsigned(name.Length), .. System.Text.Encoding.UTF8.GetBytes(name)];

    /// <summary>A vector of the binary format: a count and that many items.</summary>
    public static byte[] Row(IReadOnlyCollection<byte[]> items) =>
        [.. Unsigned(items.Count), .. items.SelectMany(item => item)];

    public static byte[] Types(IReadOnlyCollection<Sort> sorts) => Row([.. sorts.Select(sort => sort.Encoding)]);

    public static byte[] Section(byte id, byte[] content) => [id, .. Unsigned(content.Length), .. content];
}
