using System.Globalization;
using System.Runtime.CompilerServices;
using Drydock.Wasm;

namespace Drydock.Runtime.Tests;

/// <summary>Which memory the system may back with large pages, as /proc/self/smaps tells.</summary>
public sealed class LargePageTests
{
    private const ulong PagesPerMebibyte = 16;

    [Fact]
    public void A_memory_that_grows_large_gets_large_pages_behind_where_it_began()
    {
        using var engine = new Engine();
        using var store = new Store(engine);
        using var memory = Memory.Create(store, new MemoryType(new Limits(PagesPerMebibyte, null, false)));

        Assert.Equal((long)PagesPerMebibyte, memory.Grow(32 * PagesPerMebibyte));

        Assert.True(MayBeLarge(memory, 20 << 20));
        Assert.False(MayBeLarge(memory, 0));
    }

    [Fact]
    public void A_memory_that_grows_little_does_not()
    {
        using var engine = new Engine();
        using var store = new Store(engine);
        using var memory = Memory.Create(store, new MemoryType(new Limits(PagesPerMebibyte, null, false)));

        memory.Grow(PagesPerMebibyte);

        Assert.False(MayBeLarge(memory, 1 << 20));
    }

    private static bool MayBeLarge(Memory memory, int offset)
    {
        // What is behind a memory's span does not move.
        nint address = Unsafe.ByteOffset(ref Unsafe.NullRef<byte>(), ref memory.Span[offset]);
        bool isInside = false;
        foreach (string line in File.ReadLines("/proc/self/smaps"))
        {
            if (line.StartsWith("VmFlags:", StringComparison.Ordinal))
            {
                if (isInside) return line.Contains(" hg", StringComparison.Ordinal);
                continue;
            }
            int dash = line.IndexOf('-', StringComparison.Ordinal), space = line.IndexOf(' ', StringComparison.Ordinal);
            if (dash <= 0 || space < dash || !TryHex(line[..dash], out nint from)) continue;
            isInside = TryHex(line[(dash + 1)..space], out nint to) && from <= address && address < to;
        }
        throw new InvalidOperationException("the memory is not among the process's mappings");
    }

    private static bool TryHex(string text, out nint value) =>
        nint.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
}
