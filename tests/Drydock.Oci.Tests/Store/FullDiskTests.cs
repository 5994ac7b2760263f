using Drydock.Oci.Registry;
using Drydock.Oci.Tests.Registry;

namespace Drydock.Oci.Tests;

/// <summary>A store on a file system that is too small.</summary>
public sealed class FullDiskTests : IDisposable
{
    private readonly Sandbox _box = new();
    private readonly string _mount;
    private readonly bool _isMounted;

    public FullDiskTests()
    {
        _mount = Path.Join(_box.Directory, "small");
        Directory.CreateDirectory(_mount);
        _isMounted = Environment.IsPrivilegedProcess
            && Tools.TryRun("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", _mount).Code == 0;
        if (!_isMounted)
            Console.WriteLine("skipped: a small file system cannot be mounted here");
        _box.Store = ImageStore.Open(Path.Join(_mount, "store"));
    }

    public void Dispose()
    {
        if (_isMounted)
            Tools.Run("umount", _mount);
        _box.Dispose();
    }

    [Fact]
    public void What_does_not_fit_leaves_the_store_as_it_was()
    {
        if (!_isMounted)
            return;
        _box.With("small.wasm", Sandbox.Module).Build("FROM scratch\nCOPY small.wasm /", "small");
        var index = File.ReadAllText(_box.Store.Layout.Index);
        var random = new Random(3);
        for (var size = 100_000; size < 1_400_000; size += 100_000)
        {
            var content = new byte[size];
            random.NextBytes(content);
            _box.With("big.bin", content);
            if (Attempt(() => _box.Build("FROM scratch\nCOPY big.bin /", "big")) is not { } message)
            {
                _box.Store.Remove("big");
                continue;
            }
            Assert.Contains("no space left", message);
            Assert.Equal(index, File.ReadAllText(_box.Store.Layout.Index));
            Assert.Single(_box.Store.List());
            Assert.Equal(["small.wasm"], _box.Files("small"));
        }
        Assert.Contains("no space left", Attempt(() => _box.Build("FROM scratch\nCOPY big.bin /", "big"))
            ?? "it did fit");
        _box.Store.Prune();
        _box.Build("FROM scratch\nCOPY small.wasm /other", "other");
        Assert.Equal(["other"], _box.Files("other"));
    }

    [Fact]
    public void Tags_and_removals_on_a_full_disk_are_whole_or_not_at_all()
    {
        if (!_isMounted)
            return;
        _box.With("small.wasm", Sandbox.Module).Build("FROM scratch\nCOPY small.wasm /", "small");
        Fill();
        for (var i = 0; i < 40; i++)
        {
            var before = _box.Store.List().Count;
            var failed = Attempt(() => _box.Store.Tag("small", Reference.Parse($"another-name-{i}"))) is not null;
            Assert.Equal(failed ? before : before + 1, _box.Store.List().Count);
        }
        Assert.Equal(["small.wasm"], _box.Files("small"));
    }

    [Fact]
    public void A_pull_that_does_not_fit_leaves_the_store_and_the_disk_as_they_were()
    {
        if (!_isMounted)
            return;
        using var server = new ScriptedRegistry();
        var registry = new ImageRegistry(new());
        var small = registry.Pull(_box.Store, Offer(server, 1000, "small")).Image;
        var index = File.ReadAllText(_box.Store.Layout.Index);
        for (var size = 300_000; size < 2_000_000; size += 150_000)
        {
            var name = Offer(server, size, "big");
            if (Attempt(() => registry.Pull(_box.Store, name)) is not { } message)
            {
                _box.Store.Remove(name.ToString());
                index = File.ReadAllText(_box.Store.Layout.Index);
                continue;
            }
            Assert.Contains("no space left", message);
            Assert.Equal(index, File.ReadAllText(_box.Store.Layout.Index));
            Assert.Equal(small.Id, Assert.Single(_box.Store.List()).Id);
            Assert.Empty(Directory.EnumerateFiles(_box.Store.Layout.Downloads));
            Assert.Empty(Directory.EnumerateDirectories(_box.Store.Layout.Temporary));
        }
        Assert.Contains("no space left", Attempt(() => registry.Pull(_box.Store, Offer(server, 2_000_000, "big")))
            ?? "it did fit");
        Assert.True(registry.Pull(_box.Store, Offer(server, 2000, "other")).IsNew);
    }

    private static Reference Offer(ScriptedRegistry server, int size, string repository)
    {
        var content = new byte[size];
        Random.Shared.NextBytes(content);
        server.Offer(Served.Tar(("file", content)), MediaTypes.Layer, repository: repository);
        return server.Name($"{repository}:1");
    }

    /// <summary>Leaves a page or two.</summary>
    private void Fill()
    {
        try
        {
            using var file = File.Create(Path.Join(_mount, "filler"));
            for (var page = new byte[4096]; ;)
            {
                file.Write(page);
                file.Flush();
            }
        }
        catch (IOException)
        {
        }
        using var shrunk = File.OpenWrite(Path.Join(_mount, "filler"));
        shrunk.SetLength(Math.Max(0, shrunk.Length - 8192));
    }

    private static string? Attempt(Action action)
    {
        try
        {
            action();
            return null;
        }
        catch (ImageException e)
        {
            return e.Message;
        }
    }
}
