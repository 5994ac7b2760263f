using Drydock.Wasm;

namespace Drydock.Runtime.Tests;

/// <summary>What holds a module is read whole, and no more of it than a module may have.</summary>
public sealed class ModuleBytesTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(64 << 10)]
    [InlineData((64 << 10) + 1)]
    [InlineData(3_000_001)]
    public void A_file_and_a_stream_are_read_whole(int length)
    {
        var content = new byte[length];
        new Random(length).NextBytes(content);
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, content);
            Assert.Equal(content, ModuleBytes.Read(path));
            Assert.Equal(content, ModuleBytes.Read(new Trickle(content)));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_file_of_the_system_that_has_no_size_is_read_to_its_end() =>
        Assert.Equal(File.ReadAllBytes("/proc/version"), ModuleBytes.Read("/proc/version"));

    [Fact]
    public void What_does_not_end_is_refused() =>
        Assert.Contains("1 GiB", Assert.Throws<IOException>(() => ModuleBytes.Read("/dev/zero")).Message);

    [Fact]
    public void A_directory_and_nothing_are_refused_as_by_the_framework()
    {
        Assert.Throws<UnauthorizedAccessException>(() => ModuleBytes.Read("/"));
        Assert.Throws<FileNotFoundException>(() => ModuleBytes.Read("/none"));
        Assert.Equal(1 << 30, ModuleDecoder.MaxLength);
    }

    /// <summary>Gives less than it is asked for, as pipes do.</summary>
    private sealed class Trickle(byte[] content) : MemoryStream(content)
    {
        public override int Read(byte[] buffer, int offset, int count) =>
            base.Read(buffer, offset, Math.Min(count, 4097));
    }
}
