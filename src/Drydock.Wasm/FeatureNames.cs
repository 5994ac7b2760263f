namespace Drydock.Wasm;

/// <summary>The names of <see cref="WasmFeatures"/> as people write them: <c>tail-call</c>, <c>memory64</c>.</summary>
public static class FeatureNames
{
    private static readonly (string Name, WasmFeatures Features)[] Versions =
    [
        ("all", WasmFeatures.All), ("none", WasmFeatures.None),
        ("2.0", WasmFeatures.WebAssembly2), ("3.0", WasmFeatures.WebAssembly3),
    ];

    private static readonly (string Name, WasmFeatures Features)[] Single =
    [
        ("simd", WasmFeatures.Simd), ("reference-types", WasmFeatures.ReferenceTypes),
        ("relaxed-simd", WasmFeatures.RelaxedSimd),
        ("tail-call", WasmFeatures.TailCall),
        ("function-references", WasmFeatures.FunctionReferences), ("gc", WasmFeatures.Gc),
        ("exceptions", WasmFeatures.Exceptions), ("legacy-exceptions", WasmFeatures.LegacyExceptions),
        ("multi-memory", WasmFeatures.MultiMemory), ("memory64", WasmFeatures.Memory64),
        ("extended-const", WasmFeatures.ExtendedConst), ("threads", WasmFeatures.Threads),
        ("wide-arithmetic", WasmFeatures.WideArithmetic), ("custom-page-sizes", WasmFeatures.CustomPageSizes),
    ];

    /// <summary>Every name: versions first, then single features.</summary>
    public static IEnumerable<string> All => Versions.Concat(Single).Select(entry => entry.Name);

    /// <summary>
    /// Reads a list such as <c>2.0,gc</c> or <c>all,-threads</c>: from left to right each name adds its features, with
    /// a minus in front it takes them away. A list that begins with a minus starts from everything, any other from
    /// nothing.
    /// </summary>
    /// <param name="list">Names with commas between them.</param>
    /// <param name="features">What it comes to.</param>
    /// <param name="unknown">The word that is no feature, if that is why it fails.</param>
    public static bool TryParse(string list, out WasmFeatures features, out string? unknown)
    {
        ArgumentNullException.ThrowIfNull(list);
        features = list.StartsWith('-') ? WasmFeatures.All : WasmFeatures.None;
        unknown = null;
        foreach (var word in list.Split(',', StringSplitOptions.TrimEntries))
        {
            var isTaken = word.StartsWith('-');
            if (Find(isTaken ? word[1..] : word) is not { } found)
            {
                unknown = word;
                return false;
            }
            features = isTaken ? features & ~found : features | found;
        }
        return true;
    }

    /// <summary>
    /// The list that <see cref="TryParse"/> reads as these features; the name alone for a single one.
    /// </summary>
    public static string Format(WasmFeatures features)
    {
        if (Array.Find(Versions, entry => entry.Features == features).Name is { } version) return version;
        return string.Join(',', Single.Where(entry => (features & entry.Features) != 0).Select(entry => entry.Name));
    }

    private static WasmFeatures? Find(string name)
    {
        foreach (var entry in Versions.Concat(Single))
            if (entry.Name == name) return entry.Features;
        return null;
    }
}
