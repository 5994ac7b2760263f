namespace Drydock.Compiler;

/// <summary>
/// A processor that code can be compiled for where it does not run: the level of the x86-64 psABI that has AVX, which
/// guests need anyway. The level above it adds AVX-512, which guests do without.
/// </summary>
public sealed class TargetCpu
{
    private TargetCpu(string name, ulong machine, params string[] flags) =>
        (Name, Machine, Flags) = (name, machine, flags);

    /// <summary>All there are.</summary>
    public static IReadOnlyList<TargetCpu> All { get; } =
    [
        new("x86-64-v3", 6,
            "avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "abm", "movbe", "popcnt", "sse4_2", "cx16"),
    ];

    /// <summary>Its name, as the psABI and LLVM have it.</summary>
    public string Name { get; }

    /// <summary>
    /// What stands for it in <see cref="CompilerSettings.Machine"/>: an even number, as no processor's own is.
    /// </summary>
    public ulong Machine { get; }

    /// <summary>What it must have, by the names of Linux, which leaves out what the system does not allow.</summary>
    public IReadOnlyList<string> Flags { get; }

    /// <summary>What baseline may use of it.</summary>
    public const CpuFeatures Features = CpuFeatures.Avx | CpuFeatures.Avx2 | CpuFeatures.Fma | CpuFeatures.Bmi
        | CpuFeatures.Lzcnt | CpuFeatures.Popcnt;

    /// <summary>The one of a name, or null.</summary>
    public static TargetCpu? Find(string name) =>
        All.FirstOrDefault(target => target.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>The one that stands for a number, or null.</summary>
    public static TargetCpu? Find(ulong machine) => All.FirstOrDefault(target => target.Machine == machine);
}
