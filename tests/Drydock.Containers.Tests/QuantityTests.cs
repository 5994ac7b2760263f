namespace Drydock.Containers.Tests;

public sealed class QuantityTests
{
    [Theory]
    [InlineData("1", 1)]
    [InlineData("17b", 17)]
    [InlineData("64k", 64 << 10)]
    [InlineData("64K", 64 << 10)]
    [InlineData("512m", 512 << 20)]
    [InlineData("2g", 2L << 30)]
    public void Bytes_are_read_with_their_unit(string text, long bytes) =>
        Assert.Equal(bytes, Quantity.ParseBytes(text));

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("m")]
    [InlineData("64mb")]
    [InlineData("1.5g")]
    [InlineData("9223372036854775807g")]
    public void Other_amounts_are_refused_by_name(string text)
    {
        ContainerException error = Assert.Throws<ContainerException>(() => Quantity.ParseBytes(text));
        Assert.Contains($"\"{text}\"", error.Message, StringComparison.Ordinal);
        Assert.Equal(125, error.ExitCode);
    }

    [Theory]
    [InlineData("2", 2000)]
    [InlineData("1.5", 1500)]
    [InlineData("250ms", 250)]
    [InlineData("30s", 30_000)]
    [InlineData("5m", 300_000)]
    [InlineData("1h", 3_600_000)]
    public void Times_are_read_with_their_unit(string text, int milliseconds) =>
        Assert.Equal(milliseconds, Quantity.ParseDuration(text).TotalMilliseconds);

    [Theory]
    [InlineData("")]
    [InlineData("s")]
    [InlineData("0")]
    [InlineData("-5s")]
    [InlineData("1e300h")]
    [InlineData("999999h")]
    public void Other_times_are_refused(string text) =>
        Assert.Throws<ContainerException>(() => Quantity.ParseDuration(text));
}
