using Drydock.Containers.Lower;

namespace Drydock.Containers.Tests.Lower;

public sealed class LowerRuntimeTests
{
    [Theory]
    [InlineData("/usr/sbin/runc", true)]
    [InlineData("/opt/runc-1.2", true)]
    [InlineData("/usr/bin/crun", false)]
    [InlineData("/opt/youki", false)]
    public void Runc_is_known_by_its_name(string path, bool isRunc) =>
        Assert.Equal(isRunc, new LowerRuntime(path).IsRunc);

    [Fact]
    public void A_line_of_the_configuration_names_the_runtime()
    {
        Assert.Equal("/bin/sh", Configured("# which\n\nlower-runtime = /bin/sh\n"));
        Assert.Null(Configured("# lower-runtime = /bin/sh\nother = x\n"));
        Assert.Null(LowerRuntime.Configured("/no/such/file"));
    }

    [Fact]
    public void A_runtime_that_is_named_and_not_there_is_an_error() => Assert.Contains(
        "/no/such/runtime", Assert.Throws<ContainerException>(() => Configured("lower-runtime=/no/such/runtime"))
            .Message, StringComparison.Ordinal);

    private static string? Configured(string text)
    {
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, text);
            return LowerRuntime.Configured(file);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
