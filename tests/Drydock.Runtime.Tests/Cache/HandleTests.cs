using Drydock.Runtime.Cache;
using Microsoft.Win32.SafeHandles;

namespace Drydock.Runtime.Tests.Cache;

/// <summary>Entries that a process gets open, and not by their names.</summary>
public sealed class HandleTests : CacheFixture
{
    [Fact]
    public void A_module_runs_from_an_open_entry()
    {
        byte[] binary = Store();
        using Module module = LoadOpen(binary, Cache.FindIntact(DigestOf(binary), Settings)!)!;
        using var store = new Store(Engine);
        Function twice = new Linker(Engine).Instantiate(store, module).GetFunction("twice")!;
        Assert.Equal(14, twice.Invoke(7)[0].AsInt32());
    }

    [Fact]
    public void What_the_cache_lacks_is_not_found() => Assert.Null(Cache.FindIntact(DigestOf([1]), Settings));

    [Fact]
    public void The_code_of_another_module_is_not_taken()
    {
        byte[] binary = Store();
        Assert.Null(LoadOpen([1], Cache.FindIntact(DigestOf(binary), Settings)!));
    }

    [Fact]
    public void A_file_that_is_no_entry_is_not_taken()
    {
        string path = Path.Join(Cache.Path, "other");
        byte[] binary = Store();
        File.WriteAllText(path, new string('x', 5000));
        Assert.Null(LoadOpen(binary, path));
        File.WriteAllText(path, "");
        Assert.Null(LoadOpen(binary, path));
    }

    /// <summary>The module takes the descriptor over.</summary>
    private Module? LoadOpen(byte[] binary, string path)
    {
        SafeFileHandle file = File.OpenHandle(path);
        Module? module = CodeCache.TryLoad(
            Engine, (int)file.DangerousGetHandle(), DigestOf(binary), _ => Settings, () => binary);
        file.SetHandleAsInvalid();
        return module;
    }
}
