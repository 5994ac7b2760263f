using Drydock.Containers.Tasks;

namespace Drydock.Containers.Tests.Tasks;

public class RootMountsTests
{
    [Fact]
    public void Options_are_flags_or_the_file_systems_own()
    {
        (nuint flags, string data) =
            RootMounts.ReadOptions(["rbind", "ro", "nosuid", "index=off", "rw", "lowerdir=/a"]);
        Assert.Equal((nuint)(0x1000 | 0x4000 | 2), flags);
        Assert.Equal("index=off,lowerdir=/a", data);
    }

    [Fact]
    public void Many_layers_are_named_from_the_directory_they_share()
    {
        (string? common, string data) =
            RootMounts.Shorten("workdir=/s/9/work,upperdir=/s/9/fs,lowerdir=/s/3/fs:/s/2/fs");
        Assert.Equal("/s", common);
        Assert.Equal("workdir=/s/9/work,upperdir=/s/9/fs,lowerdir=3/fs:2/fs", data);
    }

    [Theory]
    [InlineData("lowerdir=/a/fs:/b/fs")]
    [InlineData("upperdir=/a")]
    public void Layers_that_share_nothing_stay(string data) => Assert.Equal((null, data), RootMounts.Shorten(data));

    [Fact]
    public void A_mount_that_fails_says_which()
    {
        string root = Directory.CreateTempSubdirectory("drydock-mounts").FullName;
        var mount = new RootMount("no-such-fs", "/nothing", "", []);
        TaskException e = Assert.Throws<TaskException>(() => RootMounts.MountAll([mount], root));
        Assert.StartsWith($"cannot mount no-such-fs /nothing at {root}: ", e.Message, StringComparison.Ordinal);
        Directory.Delete(root);
    }
}
