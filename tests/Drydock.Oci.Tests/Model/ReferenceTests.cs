namespace Drydock.Oci.Tests;

public class ReferenceTests
{
    private const string Hex = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    [Theory]
    [InlineData("hello", "docker.io/library/hello:latest", "hello:latest")]
    [InlineData("hello:1.0", "docker.io/library/hello:1.0", "hello:1.0")]
    [InlineData("me/hello", "docker.io/me/hello:latest", "me/hello:latest")]
    [InlineData("docker.io/hello", "docker.io/library/hello:latest", "hello:latest")]
    [InlineData("index.docker.io/me/hello", "docker.io/me/hello:latest", "me/hello:latest")]
    [InlineData("localhost/hello", "localhost/hello:latest", "localhost/hello:latest")]
    [InlineData("localhost:5000/hello", "localhost:5000/hello:latest", "localhost:5000/hello:latest")]
    [InlineData("ghcr.io/a/b__c/d-e:V1_x", "ghcr.io/a/b__c/d-e:V1_x", "ghcr.io/a/b__c/d-e:V1_x")]
    [InlineData("[::1]:5000/x", "[::1]:5000/x:latest", "[::1]:5000/x:latest")]
    [InlineData("hello@sha256:" + Hex, "docker.io/library/hello@sha256:" + Hex, "hello@sha256:" + Hex)]
    [InlineData("r.io/h:1@sha256:" + Hex, "r.io/h:1@sha256:" + Hex, "r.io/h:1@sha256:" + Hex)]
    public void Reads_and_normalises(string text, string full, string familiar)
    {
        var reference = Reference.Parse(text);
        Assert.Equal(full, reference.ToString());
        Assert.Equal(familiar, reference.Familiar);
        Assert.Equal(reference, Reference.Parse(full));
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("Hello", "lower case")]
    [InlineData("hello:", "tag")]
    [InlineData("hello:-x", "tag")]
    [InlineData(":x", "no name")]
    [InlineData("a//b", "separated")]
    [InlineData("a..b/c", "malformed")]
    [InlineData("a___b", "separated")]
    [InlineData("a-", "separated")]
    [InlineData("a b", "separated")]
    [InlineData("../../etc", "malformed")]
    [InlineData("hello@sha256:12", "64 hexadecimal")]
    [InlineData("hello@md5:12", "64 hexadecimal")]
    [InlineData("host:port/x", "malformed")]
    [InlineData("/x", "separated")]
    public void Refuses_with_a_reason(string text, string reason)
    {
        var error = Assert.Throws<ImageException>(() => Reference.Parse(text));
        Assert.Equal(ImageError.InvalidReference, error.Error);
        Assert.Equal(125, error.ExitCode);
        Assert.Contains(reason, error.Message);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void Refuses_names_longer_than_registries_take() =>
        Assert.False(Reference.TryParse(new string('a', 256), out _));
}

public class PlatformTests
{
    [Theory]
    [InlineData("wasi/wasm", "wasi/wasm")]
    [InlineData("WASI/Wasm32", "wasi/wasm")]
    [InlineData("wasm32/wasi", "wasi/wasm")]
    [InlineData("wasip1/wasm", "wasip1/wasm")]
    [InlineData("wasm/wasip2", "wasip2/wasm")]
    [InlineData("wasi/wasm64", "wasi/wasm")]
    [InlineData("linux/x86_64", "linux/amd64")]
    [InlineData("linux/arm/v7", "linux/arm/v7")]
    public void Reads_any_spelling(string text, string normal) => Assert.Equal(normal, Platform.Parse(text).ToString());

    [Theory]
    [InlineData("wasi")]
    [InlineData("a/b/c/d")]
    [InlineData("wasi/")]
    [InlineData("wa si/wasm")]
    public void Refuses(string text) =>
        Assert.Equal(ImageError.InvalidPlatform, Assert.Throws<ImageException>(() => Platform.Parse(text)).Error);

    [Theory]
    [InlineData("wasip1/wasm", "wasi/wasm", true)]
    [InlineData("wasi/wasm", "wasip2/wasm", true)]
    [InlineData("wasip1/wasm", "wasip2/wasm", false)]
    [InlineData("linux/amd64", "wasi/wasm", false)]
    public void Serves(string offered, string requested, bool expected) =>
        Assert.Equal(expected, Platform.Parse(offered).Serves(Platform.Parse(requested)));
}

public class DigestTests
{
    [Theory]
    [InlineData("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    public void Hashes_the_known_messages(string text, string hex) =>
        Assert.Equal("sha256:" + hex, Digest.Of(System.Text.Encoding.ASCII.GetBytes(text)).ToString());

    [Fact]
    public void Hashes_any_length_in_any_pieces_as_the_framework_does()
    {
        var random = new Random(1);
        for (var length = 0; length < 300; length++)
        {
            var data = new byte[length];
            random.NextBytes(data);
            var hash = new Sha256();
            for (var at = 0; at < length;)
            {
                var piece = Math.Min(length - at, random.Next(1, 90));
                hash.Append(data.AsSpan(at, piece));
                at += piece;
            }
            Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(data)),
                hash.Finish().Hex);
        }
    }

    [Theory]
    [InlineData("sha256:zz")]
    [InlineData("sha512:0123")]
    [InlineData("sha256:BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD")]
    [InlineData("sha256:../../../../../../../../../../../../../../../../../../../etc/passwd")]
    public void Refuses(string text) => Assert.False(Digest.TryParse(text, out _));
}
