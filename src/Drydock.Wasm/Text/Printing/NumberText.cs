using System.Globalization;

namespace Drydock.Wasm.Text;

/// <summary>Floating-point numbers as text that reads back as the same bits (spec: 6.3.1).</summary>
internal static class NumberText
{
    public static string Single(uint bits) => Special(bits, FloatFormat.Single)
        ?? BitConverter.UInt32BitsToSingle(bits).ToString("R", CultureInfo.InvariantCulture);

    public static string Double(ulong bits) => Special(bits, FloatFormat.Double)
        ?? BitConverter.UInt64BitsToDouble(bits).ToString("R", CultureInfo.InvariantCulture);

    private static string? Special(ulong bits, FloatFormat format)
    {
        var magnitude = bits & ~format.SignBit;
        if (magnitude < format.Infinity) return null;
        var sign = magnitude == bits ? "" : "-";
        var payload = magnitude & format.MaximumPayload;
        if (payload == 0) return sign + "inf";
        return payload == format.QuietBit ? sign + "nan" : $"{sign}nan:0x{payload:x}";
    }

    /// <summary>A vector as four lanes.</summary>
    public static string Vector(ReadOnlySpan<byte> bytes)
    {
        var words = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, uint>(bytes);
        return $"i32x4 0x{words[0]:x8} 0x{words[1]:x8} 0x{words[2]:x8} 0x{words[3]:x8}";
    }
}
