using Drydock.Containers.Spec;
using Drydock.Wasi;

namespace Drydock.Containers;

/// <summary>The directories of a container as WASI knows them.</summary>
internal static class Preopens
{
    /// <summary>The root, then the mounts, and the working directory where it can be told apart.</summary>
    /// <param name="spec">The container.</param>
    /// <param name="root">The container's own root in the place of the image's.</param>
    public static IReadOnlyList<Preopen> Of(RuntimeSpec spec, PrivateRoot? root = null)
    {
        var preopens = new List<Preopen>(spec.Mounts.Count + 2);
        // Many guests never look at a file: their copy of the image's is not made.
        if (spec.Root is { } given) preopens.Add(new(given.Path, "/", given.Readonly) { Locate = root is null ? null : root.Open });
        foreach (MountSpec mount in spec.Mounts)
            preopens.Add(new(mount.Source, mount.Destination, mount.IsReadOnly));
        // wasi-libc takes "." and "/" for the same prefix, so "." can stand for a volume only where nothing is at "/".
        if (!preopens.Exists(preopen => preopen.GuestPath == "/") && MountAt(spec, spec.Process.Cwd) is { } here)
            preopens.Add(new(here.Source, ".", here.IsReadOnly));
        return preopens;
    }

    private static MountSpec? MountAt(RuntimeSpec spec, string path) =>
        spec.Mounts.LastOrDefault(mount => mount.Destination == path);
}
