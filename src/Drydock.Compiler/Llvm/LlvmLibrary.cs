using System.Reflection;
using System.Runtime.InteropServices;

namespace Drydock.Compiler.Llvm;

/// <summary>
/// Finds <c>libLLVM</c> when it is first needed. Any version from <see cref="OldestVersion"/> on will do; the newest
/// that is installed is taken, or the file that <c>DRYDOCK_LIBLLVM</c> names.
/// </summary>
public static class LlvmLibrary
{
    /// <summary>The oldest version whose pass pipelines and opaque pointers the optimizing tier relies on.</summary>
    public const int OldestVersion = 15;

    private const int NewestTried = 40;
    private static readonly Lazy<(nint Handle, string? Name)> Loaded = new(Load);

    /// <summary>Whether the library is there.</summary>
    public static bool IsAvailable => Loaded.Value.Handle != 0;

    /// <summary>The name it was loaded by, or null.</summary>
    public static string? Name => Loaded.Value.Name;

    /// <summary>Its major version; the oldest one where it cannot be asked.</summary>
    internal static int Version => _version != 0 ? _version : _version = AskVersion();

    private static int _version;

    private static unsafe int AskVersion()
    {
        if (!NativeLibrary.TryGetExport(Loaded.Value.Handle, "LLVMGetVersion", out nint function)) return OldestVersion;
        uint major, minor, patch;
        ((delegate* unmanaged<uint*, uint*, uint*, void>)function)(&major, &minor, &patch);
        return (int)major;
    }

    /// <summary>Makes the bindings of this assembly find the library.</summary>
    internal static void Resolve() => _ = Resolver.Value;

    private static readonly Lazy<bool> Resolver = new(() =>
    {
        NativeLibrary.SetDllImportResolver(typeof(LlvmLibrary).Assembly, Find);
        return true;
    });

    private static nint Find(string name, Assembly assembly, DllImportSearchPath? path) =>
        name == LlvmNative.Library ? Loaded.Value.Handle : 0;

    private static (nint, string?) Load()
    {
        foreach (string name in Candidates())
            if (NativeLibrary.TryLoad(name, out nint handle)) return (handle, name);
        return (0, null);
    }

    /// <summary>Distributions name the file by version in two ways.</summary>
    private static IEnumerable<string> Candidates()
    {
        if (Environment.GetEnvironmentVariable("DRYDOCK_LIBLLVM") is { Length: > 0 } named) yield return named;
        for (int version = NewestTried; version >= OldestVersion; version--)
        {
            yield return $"libLLVM.so.{version}.1";
            yield return $"libLLVM-{version}.so.1";
            yield return $"libLLVM-{version}.so";
        }
    }
}
