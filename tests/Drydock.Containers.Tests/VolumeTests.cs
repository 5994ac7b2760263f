namespace Drydock.Containers.Tests;

public sealed class VolumeTests
{
    [Fact]
    public void A_volume_is_two_paths_and_a_mode()
    {
        Assert.Equal(new Volume("/tmp", "/data", false), Volume.Parse("/tmp:/data"));
        Assert.Equal(new Volume("/tmp", "/data", true), Volume.Parse("/tmp:/data:ro"));
        Assert.Equal(new Volume("/tmp", "/data", false), Volume.Parse("/tmp:/data/./x/..//:rw"));
        Assert.Equal(new Volume("/tmp", "/", false), Volume.Parse("/tmp:/"));
    }

    [Fact]
    public void A_relative_host_path_starts_here() =>
        Assert.Equal(Environment.CurrentDirectory, Volume.Parse(".:/data").HostPath);

    [Theory]
    [InlineData("/tmp", "HOST:GUEST")]
    [InlineData(":/data", "HOST:GUEST")]
    [InlineData("/tmp:/data:rx", "HOST:GUEST")]
    [InlineData("/tmp:data", "absolute")]
    [InlineData("/no/such/place:/data", "there is no directory /no/such/place")]
    [InlineData("/etc/passwd:/data", "/etc/passwd is a file")]
    public void Others_are_refused_with_the_way_out(string text, string hint) =>
        Assert.Contains(hint, Assert.Throws<ContainerException>(() => Volume.Parse(text)).Message,
            StringComparison.Ordinal);
}
