namespace Drydock.Conformance;

/// <summary>What a command counts for.</summary>
internal enum Suite
{
    /// <summary>WebAssembly 2.0 with SIMD.</summary>
    Core2,
    /// <summary>What 3.0 added.</summary>
    Core3,
    /// <summary>Annotations that make custom sections.</summary>
    Custom,
    /// <summary>The threads proposal.</summary>
    Threads,
    /// <summary>Proposals after 3.0, and what came before it in another form.</summary>
    Proposals,
    /// <summary>Drydock's own scripts.</summary>
    Own,
}

/// <summary>Which file belongs to which suite.</summary>
internal static class Suites
{
    private static readonly (string Name, Suite Suite)[] Names =
    [
        ("2.0", Suite.Core2), ("3.0", Suite.Core3), ("custom", Suite.Custom),
        ("threads", Suite.Threads), ("proposals", Suite.Proposals), ("own", Suite.Own),
    ];

    /// <summary>Parts of the path that decide, the first that fits.</summary>
    private static readonly (string Part, Suite Suite)[] Folders =
    [
        ("/tests/scripts/", Suite.Own),
        ("/testsuite-proposals/", Suite.Proposals),
        ("/test/legacy/", Suite.Proposals),
        ("/threads/", Suite.Threads),
        ("/test/custom/", Suite.Custom),
        ("/gc/", Suite.Core3),
        ("/exceptions/", Suite.Core3),
        ("/memory64/", Suite.Core3),
        ("/multi-memory/", Suite.Core3),
        ("/relaxed-simd/", Suite.Core3),
    ];

    /// <summary>
    /// Files of 3.0 in folders of 2.0. In the other files of those folders a module that does not validate as 2.0, and
    /// what is done with its instances, counts for 3.0 too.
    /// </summary>
    private static readonly HashSet<string> Core3Files = new(StringComparer.Ordinal)
    {
        "annotations.wast", "br_on_non_null.wast", "br_on_null.wast", "call_ref.wast", "id.wast", "instance.wast",
        "local_init.wast", "ref.wast", "ref_as_non_null.wast", "return_call.wast", "return_call_indirect.wast",
        "return_call_ref.wast", "simd_memory-multi.wast", "table-sub.wast", "type-canon.wast", "type-equivalence.wast",
        "type-rec.wast", "type-subtyping.wast",
    };

    public static IEnumerable<Suite> All => Enum.GetValues<Suite>();

    public static string NameOf(Suite suite) => Array.Find(Names, entry => entry.Suite == suite).Name;

    public static Suite? Parse(string? name) =>
        Array.FindIndex(Names, entry => entry.Name == name) is var index and >= 0 ? Names[index].Suite : null;

    public static Suite Of(string file)
    {
        var path = Path.GetFullPath(file).Replace('\\', '/');
        foreach (var (part, suite) in Folders)
        {
            if (path.Contains(part, StringComparison.Ordinal)) return suite;
        }

        return Core3Files.Contains(Path.GetFileName(file)) ? Suite.Core3 : Suite.Core2;
    }
}
