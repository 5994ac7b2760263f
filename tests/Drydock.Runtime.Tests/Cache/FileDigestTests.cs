namespace Drydock.Runtime.Tests.Cache;

/// <summary>Digests of files, known without reading them.</summary>
public sealed class FileDigestTests : CacheFixture
{
    private string Module
    {
        get
        {
            string path = Path.Join(Directory, "module.wasm");
            if (!File.Exists(path)) File.WriteAllText(path, "content");
            return path;
        }
    }

    [Fact]
    public void A_file_is_known_once_it_was_read_until_it_is_changed()
    {
        var digest = new byte[32];
        Assert.False(Cache.TryFindDigest(Module, digest));
        var (content, read) = Cache.ReadAndRemember(Module, DigestOf);
        Assert.Equal("content"u8.ToArray(), content);
        Assert.True(Cache.TryFindDigest(Module, digest));
        Assert.Equal(DigestOf(content), digest);
        Assert.Equal(read, digest);
        var time = File.GetLastWriteTimeUtc(Module);
        File.WriteAllText(Module, "CONTENT");
        File.SetLastWriteTimeUtc(Module, time);
        Assert.False(Cache.TryFindDigest(Module, digest));
    }

    [Fact]
    public void A_file_put_in_the_place_of_another_is_not_taken_for_it()
    {
        Cache.ReadAndRemember(Module, DigestOf);
        string other = Path.Join(Directory, "other.wasm");
        File.WriteAllText(other, "CONTENT");
        File.Move(other, Module, overwrite: true);
        Assert.False(Cache.TryFindDigest(Module, new byte[32]));
    }

    [Fact]
    public void A_damaged_record_is_not_believed()
    {
        Cache.ReadAndRemember(Module, DigestOf);
        string record = Assert.Single(System.IO.Directory.GetFiles(Cache.Path, "file-*"));
        byte[] bytes = File.ReadAllBytes(record);
        for (int i = 0; i < bytes.Length; i += 7)
        {
            byte[] damaged = [.. bytes];
            damaged[i] ^= 4;
            File.WriteAllBytes(record, damaged);
            Assert.False(Cache.TryFindDigest(Module, new byte[32]), $"byte {i}");
        }
        File.WriteAllBytes(record, bytes);
        Assert.True(Cache.TryFindDigest(Module, new byte[32]));
    }

    [Fact]
    public void A_missing_file_has_no_digest()
    {
        Assert.False(Cache.TryFindDigest(Path.Join(Directory, "none"), new byte[32]));
        Assert.Throws<FileNotFoundException>(() => Cache.ReadAndRemember(Path.Join(Directory, "none"), DigestOf));
    }
}
