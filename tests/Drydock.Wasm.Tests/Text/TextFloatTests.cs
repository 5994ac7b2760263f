using System.Text;
using Drydock.Wasm.Text;

namespace Drydock.Wasm.Tests.Text;

public class TextFloatTests
{
    private static NumberStatus Parse(string text, FloatFormat format, out ulong bits) =>
        TextFloat.TryParse(Encoding.ASCII.GetBytes(text), format, out bits);

    private static ulong Single(string text)
    {
        Assert.Equal(NumberStatus.Ok, Parse(text, FloatFormat.Single, out var bits));
        return bits;
    }

    private static ulong Double(string text)
    {
        Assert.Equal(NumberStatus.Ok, Parse(text, FloatFormat.Double, out var bits));
        return bits;
    }

    [Theory]
    [InlineData("0", 0x00000000)]
    [InlineData("-0.0", 0x80000000)]
    [InlineData("1.", 0x3F800000)]
    [InlineData("0x1.fffffep127", 0x7F7FFFFF)]
    [InlineData("0x1p-149", 0x00000001)]
    [InlineData("0x1p-150", 0x00000000)]
    [InlineData("0x1.000001p-150", 0x00000001)]
    [InlineData("0x1.8p-149", 0x00000002)]
    [InlineData("0x0.ffffffp-126", 0x00800000)]
    [InlineData("0x1.000001p0", 0x3F800000)]
    [InlineData("0x1.000003p0", 0x3F800002)]
    [InlineData("0x1.00000100000000000000000001p0", 0x3F800001)]
    [InlineData("0x1_0.0p-4", 0x3F800000)]
    [InlineData("16777217", 0x4B800000)]
    [InlineData("340282356779733642748073463979561713663", 0x7F7FFFFF)]
    [InlineData("nan", 0x7FC00000)]
    [InlineData("-nan:0x1", 0xFF800001)]
    [InlineData("inf", 0x7F800000)]
    [InlineData("1e-99999999999999999999", 0)]
    [InlineData("0x1p-99999999999999999999", 0)]
    public void Singles_are_rounded_once_to_nearest_even(string text, ulong bits) => Assert.Equal(bits, Single(text));

    [Fact]
    public void A_single_is_not_rounded_by_way_of_a_double()
    {
        // Just above the middle of two singles, but nearer to the middle than any double but it.
        Assert.Equal(0x3F800001UL, Single("0x1.00000100000000001p0"));
        Assert.Equal(0x3F800001UL, Single("1.00000005960464477540000000001"));
    }

    [Theory]
    [InlineData("0x1.fffffffffffff7p1023", 0x7FEFFFFFFFFFFFFF)]
    [InlineData("0x1p-1074", 0x0000000000000001)]
    [InlineData("4.9406564584124654e-324", 0x0000000000000001)]
    [InlineData("0x1.0000000000000800000000000000000000000000000001p0", 0x3FF0000000000001)]
    [InlineData("0x1.00000000000008p0", 0x3FF0000000000000)]
    [InlineData("-nan:0xfffffffffffff", 0xFFFFFFFFFFFFFFFF)]
    public void Doubles_are_rounded_once_to_nearest_even(string text, ulong bits) => Assert.Equal(bits, Double(text));

    [Theory]
    [InlineData("0x1p128", NumberStatus.OutOfRange)]
    [InlineData("0x1.ffffffp127", NumberStatus.OutOfRange)]
    [InlineData("1e39", NumberStatus.OutOfRange)]
    [InlineData("1e99999999999999999999", NumberStatus.OutOfRange)]
    [InlineData("nan:0x0", NumberStatus.OutOfRange)]
    [InlineData("nan:0x800000", NumberStatus.OutOfRange)]
    [InlineData("0x", NumberStatus.Malformed)]
    [InlineData("1__0", NumberStatus.Malformed)]
    [InlineData("1_", NumberStatus.Malformed)]
    [InlineData(".5", NumberStatus.Malformed)]
    [InlineData("1e", NumberStatus.Malformed)]
    [InlineData("0x1p", NumberStatus.Malformed)]
    [InlineData("+-1", NumberStatus.Malformed)]
    [InlineData("Infinity", NumberStatus.Malformed)]
    internal void Anything_else_is_refused(string text, NumberStatus status) =>
        Assert.Equal(status, Parse(text, FloatFormat.Single, out _));
}
