using System.Globalization;
using System.Numerics;

namespace Drydock.Wasm.Text;

/// <summary>The shape of a binary floating-point format.</summary>
/// <param name="Precision">Bits of the significand with the hidden one.</param>
/// <param name="MinimumExponent">Exponent of the smallest normal number.</param>
/// <param name="Bits">Bits altogether.</param>
internal readonly record struct FloatFormat(int Precision, int MinimumExponent, int Bits)
{
    public static FloatFormat Single => new(24, -126, 32);
    public static FloatFormat Double => new(53, -1022, 64);

    public ulong SignBit => 1UL << (Bits - 1);
    public ulong Infinity => ((1UL << (Bits - Precision)) - 1) << (Precision - 1);
    public ulong QuietBit => 1UL << (Precision - 2);
    public ulong MaximumPayload => (1UL << (Precision - 1)) - 1;
}

/// <summary>
/// Floating-point literals (spec: 6.3.1), rounded once to nearest, ties to even, straight to the wanted format.
/// </summary>
internal static class TextFloat
{
    private const int ExponentLimit = 1 << 28;

    /// <summary>Reads a literal into the bits of <paramref name="format"/>.</summary>
    public static NumberStatus TryParse(ReadOnlySpan<byte> text, FloatFormat format, out ulong bits)
    {
        var isSigned = text.Length > 0 && text[0] is (byte)'+' or (byte)'-';
        var sign = isSigned && text[0] == '-' ? format.SignBit : 0;
        var status = TryParseMagnitude(isSigned ? text[1..] : text, format, out bits);
        bits |= sign;
        return status;
    }

    private static NumberStatus TryParseMagnitude(ReadOnlySpan<byte> text, FloatFormat format, out ulong bits)
    {
        bits = format.Infinity;
        if (text.SequenceEqual("inf"u8)) return NumberStatus.Ok;
        bits |= format.QuietBit;
        if (text.SequenceEqual("nan"u8)) return NumberStatus.Ok;
        if (text.StartsWith("nan:0x"u8)) return TryParsePayload(text[6..], format, out bits);
        return text.StartsWith("0x"u8)
            ? TryParseHexadecimal(text[2..], format, out bits)
            : TryParseDecimal(text, format, out bits);
    }

    private static NumberStatus TryParsePayload(ReadOnlySpan<byte> digits, FloatFormat format, out ulong bits)
    {
        var status = TextNumber.TryParseDigits(digits, 16, out var payload);
        bits = format.Infinity | payload;
        if (status != NumberStatus.Ok) return status;
        return payload == 0 || payload > format.MaximumPayload ? NumberStatus.OutOfRange : NumberStatus.Ok;
    }

    private static NumberStatus TryParseDecimal(ReadOnlySpan<byte> text, FloatFormat format, out ulong bits)
    {
        bits = 0;
        if (!FloatParts.TrySplit(text, 10, out _)) return NumberStatus.Malformed;
        var plain = new byte[text.Length];
        var length = 0;
        foreach (var character in text)
        {
            if (character != '_') plain[length++] = character;
        }

        bits = format.Bits == 32
            ? BitConverter.SingleToUInt32Bits(float.Parse(plain.AsSpan(0, length), NumberStyles.Float,
                CultureInfo.InvariantCulture))
            : BitConverter.DoubleToUInt64Bits(double.Parse(plain.AsSpan(0, length), NumberStyles.Float,
                CultureInfo.InvariantCulture));
        return bits >= format.Infinity ? NumberStatus.OutOfRange : NumberStatus.Ok;
    }

    private static NumberStatus TryParseHexadecimal(ReadOnlySpan<byte> text, FloatFormat format, out ulong bits)
    {
        bits = 0;
        if (!FloatParts.TrySplit(text, 16, out var parts)) return NumberStatus.Malformed;
        var significand = default(Significand);
        significand.Append(parts.Whole, isFraction: false);
        significand.Append(parts.Fraction, isFraction: true);
        bits = Round(significand, ReadExponent(parts.Exponent), format);
        return bits >= format.Infinity ? NumberStatus.OutOfRange : NumberStatus.Ok;
    }

    /// <summary>The exponent, held within a range in which no sum overflows and beyond which nothing changes.</summary>
    private static long ReadExponent(ReadOnlySpan<byte> text)
    {
        if (text.Length == 0) return 0;
        var isNegative = text[0] == '-';
        var status = TextNumber.TryParseDigits(text[0] is (byte)'-' or (byte)'+' ? text[1..] : text, 10, out var value);
        var magnitude = status == NumberStatus.Ok ? (long)Math.Min(value, ExponentLimit * 64UL) : ExponentLimit * 64L;
        return isNegative ? -magnitude : magnitude;
    }

    private static ulong Round(Significand significand, long exponent, FloatFormat format)
    {
        if (significand.Value == 0) return 0;
        var shift = BitOperations.LeadingZeroCount(significand.Value);
        var value = significand.Value << shift;
        var leading = exponent + significand.Exponent - shift + 63;
        var subnormalBy = Math.Max(0, format.MinimumExponent - leading);
        if (subnormalBy > format.Precision) return 0;
        if (leading > -format.MinimumExponent + 1) return format.Infinity;
        var kept = RoundTo(value, significand.IsInexact, format.Precision - (int)subnormalBy);
        if (subnormalBy > 0) return kept;
        // A carry out of the significand lands in the exponent, as it should.
        return ((ulong)(leading - format.MinimumExponent) << (format.Precision - 1)) + kept;
    }

    /// <summary>The top <paramref name="count"/> bits of a value, rounded by those below.</summary>
    private static ulong RoundTo(ulong value, bool isInexact, int count)
    {
        var kept = count == 0 ? 0 : value >> (64 - count);
        var rest = value << count;
        const ulong half = 1UL << 63;
        var roundsUp = rest > half || (rest == half && (isInexact || (kept & 1) == 1));
        return kept + (roundsUp ? 1UL : 0);
    }

    /// <summary>
    /// The first 64 significant bits of a hexadecimal number: <c>Value * 2^Exponent</c> and a bit more.
    /// </summary>
    private struct Significand
    {
        public ulong Value;
        public long Exponent;
        public bool IsInexact;

        public void Append(ReadOnlySpan<byte> digits, bool isFraction)
        {
            foreach (var character in digits)
            {
                if (character != '_') Append((uint)TextNumber.HexDigit(character), isFraction);
            }
        }

        private void Append(uint digit, bool isFraction)
        {
            var isFull = Value >> 60 != 0;
            if (isFull) IsInexact |= digit != 0;
            else Value = (Value << 4) | digit;
            Exponent += (isFull ? 4 : 0) - (isFraction ? 4 : 0);
        }
    }

    /// <summary>The three runs of digits of a literal, checked; fraction and exponent may be empty.</summary>
    private readonly ref struct FloatParts
    {
        public ReadOnlySpan<byte> Whole { get; private init; }
        public ReadOnlySpan<byte> Fraction { get; private init; }
        public ReadOnlySpan<byte> Exponent { get; private init; }

        public static bool TrySplit(ReadOnlySpan<byte> text, uint radix, out FloatParts parts)
        {
            var mark = radix == 16 ? text.IndexOfAny((byte)'p', (byte)'P') : text.IndexOfAny((byte)'e', (byte)'E');
            var mantissa = mark < 0 ? text : text[..mark];
            var exponent = mark < 0 ? [] : text[(mark + 1)..];
            var point = mantissa.IndexOf((byte)'.');
            var whole = point < 0 ? mantissa : mantissa[..point];
            var fraction = point < 0 ? [] : mantissa[(point + 1)..];
            parts = new FloatParts { Whole = whole, Fraction = fraction, Exponent = exponent };
            return TextNumber.AreDigits(whole, radix)
                && (fraction.Length == 0 || TextNumber.AreDigits(fraction, radix))
                && (mark < 0 || IsExponent(exponent));
        }

        private static bool IsExponent(ReadOnlySpan<byte> text) =>
            TextNumber.AreDigits(text.Length > 0 && text[0] is (byte)'+' or (byte)'-' ? text[1..] : text, 10);
    }
}
