using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Drydock.Compiler;
using Drydock.Runtime.Native;

namespace Drydock.Runtime;

/// <summary>
/// What this machine's processor can do, asked of the processor itself: in an executable compiled ahead of time
/// <c>Avx.IsSupported</c> tells what the executable was compiled for.
/// </summary>
public static class Processor
{
    private const int OsSavesVectors = 1 << 27;

    /// <summary>
    /// The features generated code may use; none where vectors are not saved by the operating system.
    /// </summary>
    public static CpuFeatures Features { get; } = Detect();

    /// <summary>What tells this machine's processor from those that have other instructions.</summary>
    public static ulong Machine { get; } = Identify();

    /// <summary>The settings for code that the optimizing tier makes for this machine.</summary>
    /// <param name="settings">Other settings.</param>
    /// <param name="level">How hard it tries, 1 to 3.</param>
    public static CompilerSettings Optimized(CompilerSettings settings, int level) =>
        settings with { Level = level, Machine = Machine };

    /// <summary>Whether code that was compiled by this build can run here.</summary>
    public static bool CanRun(CodeImageIdentity code) =>
        (code.Features & ~Features) == 0
        && (code.Machine == 0 || code.Machine == Machine || TargetCpu.Find(code.Machine) is { } target && Has(target));

    /// <summary>Whether the processor, and the system, have all of a level.</summary>
    private static bool Has(TargetCpu target)
    {
        const string Title = "flags";
        string line = File.ReadLines("/proc/cpuinfo")
            .FirstOrDefault(line => line.StartsWith(Title, StringComparison.Ordinal)) ?? "";
        string[] flags = line[Math.Min(line.IndexOf(':', StringComparison.Ordinal) + 1, line.Length)..].Split(' ');
        return target.Flags.All(flag => flags.Contains(flag));
    }

    /// <summary>
    /// A digest of every leaf in which the processor says what it has, and of its model: LLVM looks at both.
    /// </summary>
    private static ulong Identify()
    {
        if (!X86Base.IsSupported) return 1;
        int highest = X86Base.CpuId(0, 0).Eax;
        var (model, _, basic, oldest) = X86Base.CpuId(1, 0);
        var (_, extended, more, most) = highest >= 7 ? X86Base.CpuId(7, 0) : default;
        var (last, _, _, _) = highest >= 7 ? X86Base.CpuId(7, 1) : default;
        var (_, _, amd, amdMore) = X86Base.CpuId(unchecked((int)0x8000_0001), 0);
        const int WithoutStepping = ~15, WithoutSystemBits = ~(1 << 27);
        ReadOnlySpan<int> facts =
            [model & WithoutStepping, basic & WithoutSystemBits, oldest, extended, more, most, last, amd, amdMore,
                (int)Features];
        return Checksum.Of(MemoryMarshal.AsBytes(facts)) | 1;
    }

    private static CpuFeatures Detect()
    {
        if (!X86Base.IsSupported) return CpuFeatures.None;
        int highest = X86Base.CpuId(0, 0).Eax;
        int basic = X86Base.CpuId(1, 0).Ecx;
        int extended = highest >= 7 ? X86Base.CpuId(7, 0).Ebx : 0;
        int amd = X86Base.CpuId(unchecked((int)0x8000_0001), 0).Ecx;
        if ((basic & OsSavesVectors) == 0) return CpuFeatures.None;
        return If(CpuFeatures.Avx, basic, 28) | If(CpuFeatures.Fma, basic, 12) | If(CpuFeatures.Popcnt, basic, 23)
            | If(CpuFeatures.Avx2, extended, 5) | If(CpuFeatures.Lzcnt, amd, 5)
            | (If(CpuFeatures.Bmi, extended, 3) & If(CpuFeatures.Bmi, extended, 8))
            | (If(CpuFeatures.FsGsBase, extended, 0) & If(CpuFeatures.FsGsBase, SystemAllows(), 1));
    }

    /// <summary>What the system says that programs may use.</summary>
    private static int SystemAllows() => (int)Libc.AuxiliaryValue(Libc.AuxiliaryHardware2);

    private static CpuFeatures If(CpuFeatures feature, int register, int bit) =>
        (register >> bit & 1) != 0 ? feature : CpuFeatures.None;
}
