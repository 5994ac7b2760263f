using System.Diagnostics;
using Drydock.Compiler;
using Drydock.Runtime.Cache;
using Drydock.Wasm;
using Drydock.Wasm.Text;

namespace Drydock.Runtime.Tests.Cache;

/// <summary>What must never be run.</summary>
public sealed class DamageTests : CacheFixture
{
    /// <summary>Places in the header: of the format's version, and of the checksum of all before it.</summary>
    private const int VersionAt = 8, ChecksumAt = 288;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(300)]
    [InlineData(4096)]
    [InlineData(-1)]
    [InlineData(-4096)]
    public void A_truncated_entry_is_removed_and_can_be_replaced(int length)
    {
        byte[] binary = Store();
        string entry = Entry;
        using (var file = File.OpenWrite(entry)) file.SetLength(length >= 0 ? length : file.Length + length);
        Assert.False(Works(binary));
        Store();
        Assert.True(Works(binary));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(20)]
    [InlineData(60)]
    [InlineData(120)]
    [InlineData(4096)]
    [InlineData(4100)]
    [InlineData(8192)]
    public void A_flipped_bit_is_found_even_after_the_entry_was_used(int offset)
    {
        byte[] binary = Store();
        Assert.True(Works(binary));
        Flip(Entry, offset);
        Assert.False(Works(binary));
        Assert.Empty(Cache.List());
        Store();
        Assert.True(Works(binary));
    }

    [Fact]
    public void Every_flipped_byte_is_found_by_verification()
    {
        Store();
        string entry = Entry;
        Assert.Empty(Cache.Verify());
        Flip(entry, 4096);
        Assert.Equal(entry, Assert.Single(Cache.Verify()).Path);
        Assert.False(File.Exists(entry));
    }

    [Theory]
    [InlineData(UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.OtherWrite)]
    public void An_entry_that_others_may_touch_is_not_used(UnixFileMode more)
    {
        byte[] binary = Store();
        File.SetUnixFileMode(Entry, UnixFileMode.UserRead | UnixFileMode.UserWrite | more);
        Assert.False(Works(binary));
    }

    [Fact]
    public void An_entry_of_another_user_is_not_used()
    {
        if (!Environment.IsPrivilegedProcess) return;
        byte[] binary = Store();
        Process.Start("chown", ["65534", Entry]).WaitForExit();
        Assert.False(Works(binary));
    }

    [Fact]
    public void A_directory_of_another_user_is_not_used()
    {
        if (!Environment.IsPrivilegedProcess) return;
        byte[] binary = Store();
        Process.Start("chown", ["65534", Cache.Path]).WaitForExit();
        Assert.False(Works(binary));
        var module = ModuleDecoder.Decode(binary);
        Assert.Equal(-1, Cache.Store(DigestOf(binary), Settings, module, Compile(module)));
    }

    [Fact]
    public void A_directory_that_others_may_write_to_is_not_used()
    {
        byte[] binary = Store();
        File.SetUnixFileMode(Cache.Path, (UnixFileMode)0x1FF);
        Assert.False(Works(binary));
        var module = ModuleDecoder.Decode(binary);
        Assert.Equal(-1, Cache.Store(DigestOf(binary), Settings, module, Compile(module)));
    }

    [Fact]
    public void A_link_to_an_entry_is_not_used()
    {
        byte[] binary = Store();
        string entry = Entry, elsewhere = Path.Join(Directory, "elsewhere");
        File.Move(entry, elsewhere);
        File.CreateSymbolicLink(entry, elsewhere);
        Assert.False(Works(binary));
    }

    [Fact]
    public void The_entry_of_another_module_is_not_used()
    {
        byte[] other = TextModule.Assemble("(module (func (export \"twice\") (param i32) (result i32) (i32.const 1)))");
        Store();
        string entry = Entry, name = CodeCache.NameOf(new CodeImageIdentity(DigestOf(other), Settings));
        File.Copy(entry, Path.Join(Cache.Path, name));
        Assert.False(Works(other));
    }

    [Fact]
    public void An_entry_that_is_what_its_name_says_is_used()
    {
        byte[] binary = TextModule.Assemble(Text);
        WriteAs(binary, new CodeImageIdentity(DigestOf(binary), Settings));
        Assert.True(Works(binary));
    }

    [Fact]
    public void An_entry_of_another_build_is_not_used_and_pruned()
    {
        byte[] binary = TextModule.Assemble(Text), identity = new CodeImageIdentity(DigestOf(binary), Settings)
            .Bytes.ToArray();
        identity[40] ^= 1;
        WriteAs(binary, new CodeImageIdentity(identity.AsSpan()));
        Assert.False(Cache.List()[0].IsUsable);
        Assert.False(Works(binary));
        WriteAs(binary, new CodeImageIdentity(identity.AsSpan()));
        Assert.Single(Cache.Prune(long.MaxValue));
    }

    [Fact]
    public void An_entry_of_an_older_version_of_the_format_is_not_used()
    {
        byte[] binary = Store();
        Assert.True(Works(binary));
        byte[] bytes = File.ReadAllBytes(Entry);
        uint version = BitConverter.ToUInt32(bytes, VersionAt);
        SetVersion(version);
        Assert.True(Works(binary)); // The checksum is as it should be.
        SetVersion(version - 1);
        Assert.False(Works(binary));
        Assert.Empty(Cache.List());

        void SetVersion(uint value)
        {
            BitConverter.TryWriteBytes(bytes.AsSpan(VersionAt), value);
            BitConverter.TryWriteBytes(bytes.AsSpan(ChecksumAt), Checksum.Of(bytes.AsSpan(0, ChecksumAt)));
            File.WriteAllBytes(Entry, bytes);
        }
    }

    [Fact]
    public void Optimized_code_for_another_processor_is_not_used()
    {
        byte[] binary = TextModule.Assemble(Text);
        var here = Processor.Optimized(Settings, 2);
        foreach (ulong machine in (ulong[])[here.Machine ^ 2, here.Machine])
        {
            var identity = new CodeImageIdentity(DigestOf(binary), here with { Machine = machine });
            WriteAs(binary, identity, CodeCache.NameOf(new CodeImageIdentity(DigestOf(binary), here)));
            using var module = Cache.TryLoad(Engine, DigestOf(binary), here, () => binary);
            Assert.Equal(machine == here.Machine, module is not null);
        }
    }

    [Fact]
    public void An_entry_for_another_processor_is_not_used()
    {
        byte[] binary = TextModule.Assemble(Text);
        var settings = new CompilerSettings { Features = (CpuFeatures)(1 << 30) | Processor.Features };
        WriteAs(binary, new CodeImageIdentity(DigestOf(binary), settings));
        Assert.False(Cache.List()[0].IsUsable);
        Assert.False(Works(binary));
        var module = ModuleDecoder.Decode(binary);
        Cache.Store(DigestOf(binary), new() { Features = CpuFeatures.Avx }, module, Compile(module));
        Assert.Equal(Processor.Features == CpuFeatures.Avx, Works(binary));
    }

    [Fact]
    public void An_engine_with_other_settings_does_not_use_it()
    {
        byte[] binary = Store();
        using var engine = new Engine(new() { EpochInterruption = true });
        Assert.Null(Cache.TryLoad(engine, DigestOf(binary), () => binary));
    }

    [Fact]
    public void A_cache_that_cannot_be_made_is_done_without()
    {
        string file = Path.Join(Directory, "file");
        File.WriteAllText(file, "");
        var cache = CodeCache.Open(file)!;
        byte[] binary = TextModule.Assemble(Text);
        var module = ModuleDecoder.Decode(binary);
        Assert.Equal(-1, cache.Store(DigestOf(binary), Settings, module, Compile(module)));
        Assert.Null(cache.TryLoad(Engine, DigestOf(binary), () => binary));
        Assert.Empty(cache.List());
        Assert.Null(cache.TryTakeTurn());
    }

    [Fact]
    public void A_full_disk_leaves_nothing_behind()
    {
        string small = Path.Join(Directory, "small");
        System.IO.Directory.CreateDirectory(small);
        if (!TryMount(small)) return;
        try
        {
            var cache = CodeCache.Open(small)!;
            byte[] binary = TextModule.Assemble(Text);
            var module = ModuleDecoder.Decode(binary);
            Assert.Equal(-1, cache.Store(DigestOf(binary), Settings, module, Compile(module)));
            Assert.Empty(System.IO.Directory.GetFiles(cache.Path));
            Assert.Null(cache.TryLoad(Engine, DigestOf(binary), () => binary));
        }
        finally
        {
            Process.Start("umount", [small]).WaitForExit();
        }
    }

    [Fact]
    public void A_directory_that_cannot_be_written_to_is_read()
    {
        string mounted = Path.Join(Directory, "read-only");
        System.IO.Directory.CreateDirectory(mounted);
        if (!TryMount(mounted, "size=1m")) return;
        try
        {
            var cache = CodeCache.Open(mounted)!;
            byte[] binary = TextModule.Assemble(Text), other = TextModule.Assemble("(module (func))");
            var module = ModuleDecoder.Decode(binary);
            Assert.True(cache.Store(DigestOf(binary), Settings, module, Compile(module)) > 0);
            Process.Start("mount", ["-o", "remount,ro", mounted]).WaitForExit();
            module = ModuleDecoder.Decode(other);
            Assert.Equal(-1, cache.Store(DigestOf(other), Settings, module, Compile(module)));
            using var loaded = cache.TryLoad(Engine, DigestOf(binary), () => binary);
            Assert.NotNull(loaded);
            Assert.Empty(cache.Prune(long.MaxValue));
            Assert.Null(cache.TryTakeTurn());
        }
        finally
        {
            Process.Start("umount", [mounted]).WaitForExit();
        }
    }

    [Fact]
    public void One_process_at_a_time_fills_the_cache()
    {
        using var turn = Cache.TryTakeTurn();
        Assert.NotNull(turn);
        Assert.Null(Cache.TryTakeTurn());
        turn.Dispose();
        using var next = Cache.TryTakeTurn();
        Assert.NotNull(next);
    }

    private static bool TryMount(string directory, string options = "size=8k")
    {
        if (!Environment.IsPrivilegedProcess) return false;
        var start = new ProcessStartInfo("mount",
            ["-t", "tmpfs", "-o", options, "tmpfs", directory])
        { RedirectStandardError = true };
        using var mount = Process.Start(start)!;
        mount.WaitForExit();
        return mount.ExitCode == 0;
    }

    /// <summary>Writes an entry that says it is something else than its name says.</summary>
    private void WriteAs(byte[] binary, CodeImageIdentity identity, string? name = null)
    {
        Store();
        name ??= CodeCache.NameOf(new CodeImageIdentity(DigestOf(binary), Settings));
        var module = ModuleDecoder.Decode(binary);
        using var file = File.Create(Path.Join(Cache.Path, name));
        File.SetUnixFileMode(file.SafeFileHandle, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        foreach (var piece in CodeCache.Serialize(identity, module, Compile(module))) file.Write(piece.Span);
    }

    private static void Flip(string path, int offset)
    {
        using var file = File.Open(path, FileMode.Open);
        file.Position = offset;
        int value = file.ReadByte();
        file.Position = offset;
        file.WriteByte((byte)(value ^ 1));
    }
}
