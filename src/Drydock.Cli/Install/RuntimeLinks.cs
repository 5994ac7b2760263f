using Drydock.Oci;

namespace Drydock.Cli.Install;

/// <summary>The names by which engines call the executable: links beside it.</summary>
internal static class RuntimeLinks
{
    /// <summary>The OCI runtime.</summary>
    public const string Runtime = "drydock-runtime";
    /// <summary>
    /// The OCI runtime by the name that Podman and CRI-O look for when a platform is <c>wasi/wasm</c>.
    /// </summary>
    public const string CrunWasm = "crun-wasm";

    /// <summary>The shim that containerd starts.</summary>
    public const string Shim = "containerd-shim-drydock-v1";

    /// <summary>The path of a link.</summary>
    public static string PathOf(string name) => Path.Join(Path.GetDirectoryName(Environment.ProcessPath), name);

    /// <summary>Makes the link <paramref name="name"/> where it lacks.</summary>
    /// <exception cref="UserError">The directory cannot be written to, or something else has the name.</exception>
    public static void Make(string name)
    {
        string path = PathOf(name);
        if (IsOurs(path)) return;
        if (Path.Exists(path))
            throw new UserError($"{path} is there and is not drydock: move it away, or install drydock elsewhere");
        try
        {
            File.CreateSymbolicLink(path, Path.GetFileName(Environment.ProcessPath!));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserError($"cannot make {path}: {Reason.Of(e)}");
        }
        Terminal.WriteLine($"made {path}");
    }

    /// <summary>Removes the link unless one of <paramref name="configurations"/> still speaks of it.</summary>
    public static void Remove(string name, params ReadOnlySpan<ConfigurationFile> configurations)
    {
        string path = PathOf(name);
        foreach (ConfigurationFile each in configurations)
            if (each.Read()?.Contains(path, StringComparison.Ordinal) == true) return;
        if (!IsOurs(path)) return;
        File.Delete(path);
        Terminal.WriteLine($"removed {path}");
    }

    /// <summary>Whether there is a link to the executable at <paramref name="path"/>.</summary>
    internal static bool IsOurs(string path) =>
        File.Exists(path) && File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName == Environment.ProcessPath;
}
