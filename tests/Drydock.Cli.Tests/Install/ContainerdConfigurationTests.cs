using Drydock.Cli.Install;
using Drydock.Containers;

namespace Drydock.Cli.Tests.Install;

public sealed class ContainerdConfigurationTests : TemporaryDirectory
{
    private const string Shim = "/opt/bin/containerd-shim-drydock-v1";

    [Theory]
    [InlineData("version = 2\n[plugins]\n", 2)]
    [InlineData("# version = 9\n  version=3 # new\n", 3)]
    [InlineData("root = \"/r\"\nversion = 2\n", 2)]
    [InlineData("[grpc]\nversion = 2\n", null)]
    [InlineData("version = two\n", null)]
    [InlineData("", null)]
    public void The_format_is_what_the_file_says(string text, int? format) =>
        Assert.Equal(format, ContainerdConfiguration.FormatOf(text));

    [Theory]
    [InlineData("version = 2\n[grpc]\n  address = \"/tmp/c.sock\"\n", "/tmp/c.sock")]
    [InlineData("[ttrpc]\naddress = \"/t\"\n[grpc]\n  uid = 0\n", null)]
    [InlineData("address = \"/t\"\n", null)]
    public void The_address_is_that_of_grpc(string text, string? address) =>
        Assert.Equal(address, ContainerdConfiguration.AddressOf(text));

    [Theory]
    [InlineData(1, "[plugins.cri.containerd.runtimes.drydock]")]
    [InlineData(2, "[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.drydock]")]
    [InlineData(3, "[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.drydock]")]
    public void The_table_is_that_of_the_format(int format, string table)
    {
        var text = ContainerdConfiguration.With("a = 1\n", format, Shim);
        Assert.StartsWith("a = 1\n", text, StringComparison.Ordinal);
        Assert.Contains($"\n{table}\n  runtime_type = \"{Shim}\"\n", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("version = 2\n")]
    [InlineData("{{ template \"base\" . }}\n")]
    public void What_is_written_twice_is_there_once_and_comes_out_whole(string before)
    {
        var with = ContainerdConfiguration.With(before, 2, Shim);
        Assert.Equal(with, ContainerdConfiguration.With(with, 2, Shim));
        Assert.True(ContainerdConfiguration.Mentions(with));
        Assert.Equal(before, ContainerdConfiguration.Without(with));
    }

    [Fact]
    public void What_was_added_behind_it_stays()
    {
        var text = ContainerdConfiguration.With("a = 1", 2, Shim) + "[debug]\n";
        Assert.Equal("a = 1\n[debug]\n", ContainerdConfiguration.Without(text));
    }

    [Fact]
    public void A_runtime_that_somebody_else_wrote_is_not_replaced() => Assert.Throws<ContainerException>(() =>
        ContainerdConfiguration.With("[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.drydock]\n", 2, Shim));

    [Fact]
    public void A_file_that_nobody_changed_since_comes_back_as_it_was()
    {
        var file = Configured("# mine\nversion = 2\n");
        file.TakeOut(ContainerdConfiguration.Without, "version = 2\n");
        Assert.Equal(("# mine\nversion = 2\n", false), (file.Read(), File.Exists(file.Backup)));
    }

    [Fact]
    public void A_file_that_was_changed_since_keeps_the_change()
    {
        var file = Configured("version = 2\n");
        File.AppendAllText(file.Path, "[debug]\n");
        file.TakeOut(ContainerdConfiguration.Without, "");
        Assert.Equal(("version = 2\n[debug]\n", false), (file.Read(), File.Exists(file.Backup)));
    }

    [Fact]
    public void A_file_that_drydock_began_goes_away()
    {
        var file = new ConfigurationFile(Path.Join(Home, "new.toml"));
        file.Write(ContainerdConfiguration.With("version = 2\n", 2, Shim), ContainerdConfiguration.Mentions);
        file.TakeOut(ContainerdConfiguration.Without, "version = 2\n");
        Assert.Null(file.Read());
    }

    [Fact]
    public void A_file_keeps_its_mode()
    {
        var path = Write("config.toml", "version = 2\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        new ConfigurationFile(path).Write("version = 3\n", _ => false);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
    }

    [Theory]
    [InlineData("containerd github.com/containerd/containerd 1.6.20~ds1 1.6.20~ds1-1+deb12u1", "1.6.20")]
    [InlineData("containerd containerd.io v2.1.3 c787fb98911740dd3ff2d0e45ce88cdf01410486", "2.1.3")]
    [InlineData("k3s version v1.31.6+k3s1 (6ab750f9)", "1.31.6")]
    [InlineData("crio version 1.29.1\nVersion: 1.29.1", "1.29.1")]
    [InlineData("no version", null)]
    public void The_version_is_found_in_what_programs_say(string text, string? version) =>
        Assert.Equal(version, Verification.VersionIn(text)?.ToString());

    [Fact]
    public void Crio_chooses_by_platform_from_the_version_that_can()
    {
        var text = CrioInstallation.Text(new(1, 29), isDefault: false, "/d");
        Assert.Contains("\"wasi/wasm32\" = \"/d\"", text, StringComparison.Ordinal);
        Assert.DoesNotContain("default_runtime", text, StringComparison.Ordinal);
        Assert.DoesNotContain("wasi", CrioInstallation.Text(new(1, 26), isDefault: false, "/d"),
            StringComparison.Ordinal);
        Assert.Contains("default_runtime = \"drydock\"", CrioInstallation.Text(new(1, 29), isDefault: true, "/d"),
            StringComparison.Ordinal);
    }

    private ConfigurationFile Configured(string before)
    {
        var file = new ConfigurationFile(Write("config.toml", before));
        file.Write(ContainerdConfiguration.With(before, 2, Shim), ContainerdConfiguration.Mentions);
        return file;
    }
}
