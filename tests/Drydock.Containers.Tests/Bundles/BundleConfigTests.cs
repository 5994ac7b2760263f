using Drydock.Containers.Bundles;

namespace Drydock.Containers.Tests.Bundles;

public sealed class BundleConfigTests : IDisposable
{
    private readonly BundleDirectory _bundle = new();

    [Fact]
    public void Paths_of_a_bundle_start_at_the_bundle()
    {
        _bundle.Starting("\"/a.wasm\"", ""","mounts":[{"destination":"/data/","source":"data","options":["rbind","ro"]},{"destination":"/dev","type":"tmpfs","source":"tmpfs"}]""");
        using BundleConfig config = BundleConfig.Read(_bundle.Path);
        Assert.Equal(_bundle.Root, config.RootPath);
        Assert.Equal(["/data", "/dev"], config.Mounts.Select(mount => mount.Destination));
        Assert.Equal([Path.Join(_bundle.Path, "data"), "tmpfs"], config.Mounts.Select(mount => mount.Source));
        Assert.Equal(["bind", "tmpfs"], config.Mounts.Select(mount => mount.Type));
    }

    [Fact]
    public void A_directory_without_a_configuration_is_no_bundle() =>
        Assert.Equal($"{_bundle.Path} is not a bundle: it has no config.json", Refusal());

    [Theory]
    [InlineData("", "is not a container's configuration")]
    [InlineData("{", "is not a container's configuration")]
    [InlineData("[]", "it is not an object")]
    [InlineData("{\"process\":1}", "\"process\" is not an object")]
    [InlineData("{\"process\":{\"args\":\"x\"}}", "\"process.args\" is not a list of words")]
    [InlineData("{\"process\":{\"args\":[1]}}", "\"process.args\" is not a list of words")]
    [InlineData("{\"process\":{\"env\":{}}}", "\"process.env\" is not a list of words")]
    [InlineData("{\"root\":{}}", "\"root\" names no path")]
    [InlineData("{\"root\":[]}", "\"root\" names no path")]
    [InlineData("{\"mounts\":{}}", "\"mounts\" is not a list")]
    [InlineData("{\"mounts\":[1]}", "a mount names no destination")]
    public void What_is_malformed_is_one_line_with_the_file(string json, string hint)
    {
        _bundle.WithConfig(json);
        string message = Refusal();
        Assert.StartsWith(Path.Join(_bundle.Path, "config.json"), message, StringComparison.Ordinal);
        Assert.Contains(hint, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void Every_damaged_configuration_is_refused_or_read()
    {
        byte[] good = System.Text.Encoding.UTF8.GetBytes(
            """{"process":{"args":["/a"],"env":["A=b"],"cwd":"/"},"root":{"path":"r"},"mounts":[{"destination":"/d"}],"annotations":{"a":"b"}}""");
        for (int at = 0; at < good.Length; at++)
            foreach (byte value in "{}[]\",:1n\0"u8)
            {
                byte[] bad = [.. good];
                bad[at] = value;
                _bundle.WithFile("config.json", bad);
                try
                {
                    using BundleConfig config = BundleConfig.Read(_bundle.Path);
                    _ = GuestEntry.Find(config);
                    _ = config.Annotation("a");
                }
                catch (ContainerException)
                {
                    // One line for the caller: what is tested is that nothing else is thrown.
                }
            }
    }

    [Fact]
    public void Annotations_that_are_no_text_are_none()
    {
        _bundle.WithConfig("""{"annotations":{"a":"b","c":1}}""");
        using BundleConfig config = BundleConfig.Read(_bundle.Path);
        Assert.Equal(("b", null, null), (config.Annotation("a"), config.Annotation("c"), config.Annotation("d")));
    }

    public void Dispose() => _bundle.Dispose();

    private string Refusal() => Assert.Throws<ContainerException>(() => BundleConfig.Read(_bundle.Path)).Message;
}
