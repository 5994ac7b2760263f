using System.Text;
using Drydock.Compiler;
using Drydock.Containers.Bundles;
using Drydock.Runtime;
using Drydock.Runtime.Cache;
using Drydock.Wasm;
using Microsoft.Win32.SafeHandles;

namespace Drydock.Containers;

/// <summary>
/// Compiled code of a module from the host's cache, for a container's process that gets it as an open file. What
/// compiling takes is not taken out of the container's limits, and the container's user need not be able to read what
/// is the host's.
/// </summary>
public sealed class HostCode : IDisposable
{
    /// <summary>Smaller modules are compiled while they run sooner than a process is started.</summary>
    internal const long LeastSize = 1 << 20;
    /// <summary>The descriptor as which the process gets it: the first after the usual ones.</summary>
    internal const int Descriptor = 3;
    /// <summary>The option by which <c>drydock compile</c> knows that it is to say where the code is.</summary>
    public const string ReportOption = "--report";

    private readonly SafeFileHandle _file;

    private HostCode(string digest, SafeFileHandle file) => (Digest, _file) = (digest, file);

    /// <summary>Hexadecimal SHA-256 of the module.</summary>
    public string Digest { get; }
    /// <summary>The open file.</summary>
    public int Handle => (int)_file.DangerousGetHandle();

    /// <summary>Whether a container's module is large enough.</summary>
    public static bool IsWorthwhile(GuestEntry entry) =>
        !entry.Path.EndsWith(".wat", StringComparison.Ordinal)
        && new FileInfo(entry.HostPath) is { Exists: true, Length: >= LeastSize };

    /// <summary>Words that, after the executable's name, have the code found or made, and reported.</summary>
    public static string[] Words(GuestEntry entry) => ["compile", ReportOption, entry.HostPath];

    /// <summary>Opens the code that was reported; null where there is none, and the guest is compiled as it runs.</summary>
    public static HostCode? Open(ReadOnlySpan<byte> report)
    {
        if (Encoding.UTF8.GetString(report).TrimEnd().Split(' ', 2) is not [var digest, var path]) return null;
        try
        {
            return new(digest, File.OpenHandle(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Finds the best code that the cache has of a module, or makes some, and says where it is.</summary>
    /// <param name="path">The module's file.</param>
    /// <returns>The module's digest and the path of the entry, with a space between them.</returns>
    /// <exception cref="ContainerException">The file is no module, or there is no place for its code.</exception>
    public static string Prepare(string path)
    {
        CodeCache cache = CodeCache.Open() ?? throw new ContainerException("there is no code cache");
        using var engine = new Engine(new EngineOptions { Compiler = OptimizingTier.Create(0) });
        var digest = new byte[CodeImageIdentity.DigestSize];
        if (cache.TryFindDigest(path, digest) && Find(cache, engine, digest) is { } known) return known;
        (byte[] content, digest) = ModuleCompiler.Read(path, cache, isWaiting: false);
        if (Find(cache, engine, digest) is { } found) return found;
        WasmModule module = GuestModule.Decode(path, content);
        _ = new CompileTask(new() { Path = path }, engine, module, digest, cache).Run();
        return Find(cache, engine, digest) ?? throw new ContainerException($"the code of {path} was not kept");
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static string? Find(CodeCache cache, Engine engine, byte[] digest)
    {
        foreach (int level in CodeFinder.OptimizedFirst)
            if (cache.FindIntact(digest, OptimizingTier.Settings(engine, level)) is { } path)
                return $"{Convert.ToHexStringLower(digest)} {path}";
        return null;
    }
}
