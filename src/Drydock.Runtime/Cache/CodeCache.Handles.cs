using Drydock.Compiler;
using Drydock.Runtime.Native;
using Drydock.Wasm;

namespace Drydock.Runtime.Cache;

/// <summary>Entries that one process finds and another one, which may not look for them, gets open.</summary>
public sealed partial class CodeCache
{
    /// <summary>The path of an entry that can be trusted as a whole; null if there is none.</summary>
    /// <param name="digest">SHA-256 of the module's binary.</param>
    /// <param name="settings">The settings that it was compiled with.</param>
    public string? FindIntact(ReadOnlySpan<byte> digest, CompilerSettings settings)
    {
        using CacheEntry? entry = TryOpen(digest, settings, () => default);
        return entry is null ? null : _directory.File(NameOf(new(digest, settings)));
    }

    /// <summary>Loads a module from an entry that the process was started with; whoever opened it has checked it.</summary>
    /// <param name="engine">The engine, which compiles what the entry lacks.</param>
    /// <param name="descriptor">The entry's descriptor, which is closed with the module, or before null is returned.</param>
    /// <param name="digest">SHA-256 of the module's binary.</param>
    /// <param name="settings">The settings with which code of a level is compiled.</param>
    /// <param name="binary">The binary, asked for when a function is called that the entry lacks.</param>
    /// <returns>The module; null if the file holds something else.</returns>
    public static Module? TryLoad(
        Engine engine, int descriptor, ReadOnlySpan<byte> digest, Func<int, CompilerSettings> settings,
        Func<ReadOnlyMemory<byte>> binary)
    {
        if (MappedFile.TryMap(descriptor) is not { } mapping) return null;
        try
        {
            var file = CodeImageFile.Read(mapping.Memory);
            if (new CodeImageIdentity(digest, settings(file.Identity.Level)).Equals(file.Identity))
                return Module.Load(engine, new CacheEntry(mapping, file, () => ModuleDecoder.Decode(binary())));
        }
        catch (Exception e) when (e is InvalidDataException or WasmFormatException or InvalidOperationException)
        {
            // It is none of this build's, or the system does not let it be run.
        }
        ((IDisposable)mapping).Dispose();
        return null;
    }
}
