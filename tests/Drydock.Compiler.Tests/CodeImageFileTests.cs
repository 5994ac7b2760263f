using System.Text;

namespace Drydock.Compiler.Tests;

/// <summary>The file form of code images, whole and damaged.</summary>
public sealed class CodeImageFileTests
{
    private static readonly CompilerSettings Settings = new() { Features = CpuFeatures.Avx };
    private static readonly CodeImageIdentity Identity =
        new(Enumerable.Range(0, 32).Select(i => (byte)i).ToArray(), Settings);

    private static readonly CodeSite[] Sites =
        [new(0, TrapCode.Unreachable, 70000), new(3, TrapCode.None, 20), new(9, TrapCode.OutOfBoundsMemoryAccess, 21)];

    [Fact]
    public void A_file_gives_back_what_was_written()
    {
        byte[] module = [1, 2, 3], runs = [4, 5], pages = new byte[8192];
        var file = CodeImageFile.Read(Bytes(CodeImageFile.Write(Identity, Image(), 77, module, runs, pages)));
        Assert.True(file.IsIntact());
        Assert.Equal(Identity, file.Identity);
        Assert.Equal(77, file.MissingSize);
        Assert.Equal(module, file[CodeImageSection.Module].ToArray());
        Assert.Equal(runs, file[CodeImageSection.MemoryRuns].ToArray());
        Assert.Equal(pages, file[CodeImageSection.MemoryPages].ToArray());
        Assert.Equal(0, file.OffsetOf(CodeImageSection.MemoryPages) % 4096);
        Assert.Equal((3, 2, 1), (file.Image.FunctionCount, file.Image.PresentCount, file.Image.MissingCount));
    }

    [Fact]
    public void Every_site_of_every_function_is_found()
    {
        var image = Image();
        foreach (int body in (ReadOnlySpan<int>)[0, 2])
        {
            foreach (var site in Sites)
            {
                Assert.True(image.TryFind(image.EntryOffset(body) + site.Offset, out int found, out var recorded));
                Assert.Equal((body, site), (found, recorded));
            }
            Assert.True(image.TryFind(image.EntryOffset(body) + 1, out int other, out var none));
            Assert.Equal((body, -1), (other, none.WasmOffset));
        }
        Assert.False(image.TryFind(0, out _, out _));
        Assert.False(image.TryFind(image.Text.Length + 1, out _, out _));
    }

    [Fact]
    public void A_trap_right_behind_a_call_is_found_rather_than_the_call()
    {
        var trap = new CodeSite(6, TrapCode.Unreachable, 12);
        var image = CodeImageLinker.Link(0, new FunctionCode(new byte[8], [], [new(6, TrapCode.None, 10), trap]));
        Assert.True(image.TryFind(image.EntryOffset(0) + 6, out _, out var found));
        Assert.Equal(trap, found);
    }

    [Fact]
    public void A_cut_file_is_refused_at_any_length()
    {
        byte[] bytes = Bytes(CodeImageFile.Write(Identity, Image(), 0));
        for (int length = 0; length < bytes.Length; length += length < 400 ? 1 : 511)
            Assert.Throws<InvalidDataException>(() => CodeImageFile.Read(bytes.AsMemory(0, length)));
    }

    [Fact]
    public void A_flipped_bit_is_found_wherever_it_matters()
    {
        byte[] bytes = Bytes(CodeImageFile.Write(Identity, Image(), 0, new byte[100], new byte[100], new byte[100]));
        var whole = CodeImageFile.Read(bytes);
        for (int section = 0; section < 7; section++)
        {
            int start = (int)whole.OffsetOf((CodeImageSection)section), length = whole[(CodeImageSection)section]
                .Length;
            for (int at = start; at < start + length; at++)
                Assert.False(IsUsable(bytes, at), $"byte {at} of {(CodeImageSection)section}");
        }
        for (int at = 0; at < 296; at++) Assert.False(IsUsable(bytes, at), $"byte {at} of the header");
    }

    [Theory]
    [InlineData(CpuFeatures.Avx | CpuFeatures.Bmi, false, 0, 0)]
    [InlineData(CpuFeatures.Avx, true, 0, 0)]
    [InlineData(CpuFeatures.Avx, false, 1, 0)]
    [InlineData(CpuFeatures.Avx, false, 2, 0)]
    [InlineData(CpuFeatures.Avx, false, 3, 0)]
    [InlineData(CpuFeatures.Avx, false, 0, 7)]
    public void Other_settings_are_another_identity(CpuFeatures features, bool epoch, int level, ulong machine)
    {
        var other = new CodeImageIdentity(Identity.ModuleDigest, new()
        {
            Features = features,
            EpochInterruption = epoch,
            Level = level,
            Machine = machine,
        });
        Assert.Equal((level, machine, level > 0), (other.Level, other.Machine, other.IsOptimized));
        Assert.NotEqual(Identity, other);
        Assert.NotEqual(Identity.Variant, other.Variant);
        Assert.True(other.IsThisBuild);
    }

    /// <summary>
    /// A setting that is not part of the identity would let code of one setting run as that of another.
    /// </summary>
    [Fact]
    public void Every_setting_is_part_of_the_identity() =>
        Assert.Equal(["EpochInterruption", "Features", "Level", "Machine"],
            typeof(CompilerSettings).GetProperties().Select(each => each.Name).Order());

    [Theory]
    [InlineData("", 0xEF46DB3751D8E999)]
    [InlineData("a", 0xD24EC4F1A98C6E5B)]
    [InlineData("abc", 0x44BC2CF5AD770999)]
    [InlineData("Nobody inspects the spammish repetition", 0xFBCEA83C8A378BF1)]
    public void The_checksum_is_XXH64(string text, ulong expected) =>
        Assert.Equal(expected, Checksum.Of(Encoding.ASCII.GetBytes(text)));

    [Fact]
    public void Calls_within_an_image_are_relative_and_others_go_through_slots()
    {
        var caller = new FunctionCode(new byte[18],
            [new(0, 6), new(6, 6, IsTail: true), new(12, 5)], []);
        var image = CodeImageLinker.Link(4, caller, null, new FunctionCode([0xC3], [], []));
        int at = image.EntryOffset(0), callee = image.EntryOffset(2);
        byte[] text = image.Text.Span[at..].ToArray();
        Assert.Equal([0x67, 0xE8], text[..2]);
        Assert.Equal(callee - (at + 6), BitConverter.ToInt32(text, 2));
        Assert.Equal([0x67, 0xE9], text[6..8]);
        Assert.Equal(callee - (at + 12), BitConverter.ToInt32(text, 8));
        Assert.Equal([0xFF, 0x15], text[12..14]);
        Assert.Equal(image.SlotOf(1) * 8 - image.SlotAreaSize - (at + 18), BitConverter.ToInt32(text, 14));
    }

    [Fact]
    public void A_function_is_aligned_as_it_asks()
    {
        var image = CodeImageLinker.Link(0, new FunctionCode([0xC3], [], []),
            new FunctionCode([0xC3], [], []) { Alignment = 64 });
        Assert.Equal(0, image.EntryOffset(1) % 64);
    }

    private static bool IsUsable(byte[] bytes, int damagedAt)
    {
        bytes[damagedAt] ^= 0x10;
        try
        {
            return CodeImageFile.Read(bytes).IsIntact();
        }
        catch (InvalidDataException)
        {
            return false;
        }
        finally
        {
            bytes[damagedAt] ^= 0x10;
        }
    }

    private static CodeImage Image()
    {
        byte[] text = [0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0xC3];
        return CodeImageLinker.Link(1, new FunctionCode(text, [], Sites), null, new FunctionCode(text, [], Sites));
    }

    private static byte[] Bytes(IReadOnlyList<ReadOnlyMemory<byte>> pieces) =>
        [.. pieces.SelectMany(piece => piece.ToArray())];
}
