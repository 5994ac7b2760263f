using System.Text;
using Drydock.Cli.Shim;
using Drydock.Cli.Shim.Protobuf;
using Drydock.Containers.Tasks;

namespace Drydock.Cli.Tests.Shim;

public class ShimTests
{
    [Fact]
    public void Flags_are_read_as_Go_programs_write_them()
    {
        ShimOptions options = ShimOptions.Parse(
            ["-namespace", "n", "-address=/a", "--id", "x", "-publish-binary", "/usr/bin/containerd", "-new", "thing",
                "-debug", "-bundle", "/b", "start"]);
        Assert.Equal(("n", "/a", "x", "/b", "start"),
            (options.Namespace, options.Address, options.Id, options.Bundle, options.Action));
        Assert.True(ShimOptions.Parse(["-v"]).IsVersion);
        Assert.Equal("", ShimOptions.Parse(["-id"]).Id);
    }

    [Theory]
    [InlineData(null, "unix:///s")]
    [InlineData("x", "unix:///s")]
    [InlineData("2", """{"version":2,"address":"unix:///s","protocol":"ttrpc"}""")]
    [InlineData("9", """{"version":3,"address":"unix:///s","protocol":"ttrpc"}""")]
    public void Who_knows_a_later_version_gets_JSON(string? maxVersion, string answer) =>
        Assert.Equal(answer, ShimStart.Answer("unix:///s", maxVersion));

    [Fact]
    public void A_container_is_read_from_its_request()
    {
        byte[] options = new ProtoWriter().Text(6, "/usr/bin/crun").Flag(9, true).ToArray();
        byte[] mount = new ProtoWriter().Text(1, "overlay").Text(2, "o").Text(4, "ro").Text(4, "lowerdir=/a").ToArray();
        TaskRequest request = CreateRequest.Read(new ProtoWriter().Text(1, "c").Text(2, "/b").Message(3, mount).Flag(4,
            true)
            .Text(5, "in").Text(6, "out").Text(7, "err").Any(10, "containerd.runc.v1.Options", options).Written);
        Assert.Equal(("c", "/b", "/usr/bin/crun", true),
            (request.Id, request.Bundle, request.LowerRuntime, request.HasSystemdGroup));
        Assert.Equal(new StreamNames("in", "out", "err", true), request.Streams);
        Assert.Equal(["ro", "lowerdir=/a"], Assert.Single(request.Mounts).Options);
    }

    [Fact]
    public void General_options_carry_lines()
    {
        byte[] lines = Encoding.UTF8.GetBytes("  SystemdCgroup = true\nBinaryName = \"/usr/bin/crun\"\n[x]\njunk");
        ShimTaskOptions options =
            ShimTaskOptions.Read(new("runtimeoptions.v1.Options", new ProtoWriter().Bytes(3, lines).ToArray()));
        Assert.Equal(new ShimTaskOptions("/usr/bin/crun", true), options);
        Assert.Equal(default, ShimTaskOptions.Read(new("something.else", [0xff])));
        Assert.Equal(default, ShimTaskOptions.ReadLines("BinaryName = \"crun\""));
    }

    [Theory]
    [InlineData("")]
    [InlineData("relative")]
    public void A_bundle_is_an_absolute_path(string bundle) => Assert.Equal(
        TaskError.InvalidArgument,
        Assert.Throws<TaskException>(() => CreateRequest.Read(new ProtoWriter().Text(1, "c").Text(2, bundle).Written))
            .Error);

    [Fact]
    public void A_checkpoint_is_refused() => Assert.Equal(
        TaskError.NotImplemented,
        Assert.Throws<TaskException>(() => CreateRequest.Read(new ProtoWriter().Text(8, "/checkpoint").Written)).Error);

    [Fact]
    public void Requests_cut_anywhere_are_read_or_refused()
    {
        byte[] mount = new ProtoWriter().Text(1, "overlay").Text(4, "ro").ToArray();
        byte[] whole = new ProtoWriter().Text(1, "c").Text(2, "/b").Message(3, mount).Any(10, "t", [1, 2]).ToArray();
        int refused = 0;
        for (int length = 0; length < whole.Length; length++)
        {
            try
            {
                CreateRequest.Read(whole.AsSpan(0, length));
            }
            catch (Exception e) when (e is ProtobufException or TaskException)
            {
                refused++;
            }
        }
        Assert.InRange(refused, whole.Length / 2, whole.Length);
    }

    [Fact]
    public void Disks_are_read_line_by_line()
    {
        string expected = Convert.ToHexString(new ProtoWriter().Message(1,
            new ProtoWriter().Number(1, 8).Number(2, 16).Number(3, 5).Number(4, 6)
            .Number(5, 7).Number(6, 8).Written).Written);
        Assert.Equal(expected, Convert.ToHexString(Metrics.UnifiedDisks(
            "8:16 rbytes=5 wbytes=6 rios=7 wios=8 dbytes=0\njunk\n").Written));
        Assert.True(Metrics.UnifiedDisks(null).Written.IsEmpty);
    }
}
