namespace Drydock.Wasm.Text;

/// <summary>How reading a number went.</summary>
internal enum NumberStatus : byte
{
    Ok,
    Malformed,
    OutOfRange,
}

/// <summary>Integer literals (spec: 6.3.1).</summary>
internal static class TextNumber
{
    /// <summary>Reads an unsigned integer, decimal or hexadecimal.</summary>
    public static NumberStatus TryParseUnsigned(ReadOnlySpan<byte> text, out ulong value) =>
        text.StartsWith("0x"u8)
            ? TryParseDigits(text[2..], 16, out value)
            : TryParseDigits(text, 10, out value);

    /// <summary>
    /// Reads an integer of <paramref name="bits"/> bits, signed or unsigned: from -2^(bits-1) to 2^bits - 1. The value
    /// is its two's complement, cut to <paramref name="bits"/>.
    /// </summary>
    public static NumberStatus TryParseInteger(ReadOnlySpan<byte> text, int bits, out ulong value)
    {
        var isSigned = text.Length > 0 && text[0] is (byte)'+' or (byte)'-';
        var isNegative = isSigned && text[0] == '-';
        var status = TryParseUnsigned(isSigned ? text[1..] : text, out value);
        if (status != NumberStatus.Ok) return status;
        var mask = ulong.MaxValue >> (64 - bits);
        var limit = isNegative ? 1UL << (bits - 1) : mask;
        if (value > limit) return NumberStatus.OutOfRange;
        value = (isNegative ? 0 - value : value) & mask;
        return NumberStatus.Ok;
    }

    /// <summary>Reads digits with single underscores between them.</summary>
    public static NumberStatus TryParseDigits(ReadOnlySpan<byte> text, uint radix, out ulong value)
    {
        value = 0;
        if (!AreDigits(text, radix)) return NumberStatus.Malformed;
        foreach (var character in text)
        {
            if (character == '_') continue;
            var next = (value * (UInt128)radix) + (uint)HexDigit(character);
            if (next > ulong.MaxValue) return NumberStatus.OutOfRange;
            value = (ulong)next;
        }

        return NumberStatus.Ok;
    }

    /// <summary>Whether the text is one or more digits, with single underscores between digits only.</summary>
    public static bool AreDigits(ReadOnlySpan<byte> text, uint radix)
    {
        var afterDigit = false;
        foreach (var character in text)
        {
            var isDigit = HexDigit(character) is var digit && digit >= 0 && digit < radix;
            if (!isDigit && (character != '_' || !afterDigit)) return false;
            afterDigit = isDigit;
        }

        return afterDigit;
    }

    /// <summary>The value of a hexadecimal digit, or -1.</summary>
    public static int HexDigit(byte character) => character switch
    {
        >= (byte)'0' and <= (byte)'9' => character - '0',
        >= (byte)'a' and <= (byte)'f' => character - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => character - 'A' + 10,
        _ => -1,
    };
}
