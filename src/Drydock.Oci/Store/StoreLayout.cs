namespace Drydock.Oci;

/// <summary>
/// Where things are in a store: an OCI image layout (image-spec: image-layout.md) and two rooms of our own.
/// </summary>
/// <param name="Root">The store's directory.</param>
internal sealed record StoreLayout(string Root)
{
    public string Marker => Path.Join(Root, "oci-layout");
    public string Index => Path.Join(Root, "index.json");
    public string Blobs => Path.Join(Root, "blobs", "sha256");
    /// <summary>Unpacked root file systems, each named by its image's id.</summary>
    public string RootFileSystems => Path.Join(Root, "rootfs");
    /// <summary>What is being written; same file system, so that a rename publishes it.</summary>
    public string Temporary => Path.Join(Root, "tmp");
    /// <summary>
    /// Blobs on their way from a registry, for all processes; a pull that was cut off goes on from there.
    /// </summary>
    public string Downloads => Path.Join(Root, "downloads");
    public string LockFile => Path.Join(Root, "lock");
    /// <summary>What listings show, so that they need not open every image.</summary>
    public string Listing => Path.Join(Root, "listing");
    /// <summary>The images that containers need.</summary>
    public string Leases => Path.Join(Root, "leases");

    public string Blob(Digest digest) => Path.Join(Blobs, digest.Hex);

    public string RootFileSystem(Digest image) => Path.Join(RootFileSystems, image.Hex);

    /// <summary>
    /// <c>DRYDOCK_ROOT</c>; else <c>/var/lib/drydock</c> for root; else <c>drydock</c> in <c>XDG_DATA_HOME</c> or in
    /// <c>~/.local/share</c>.
    /// </summary>
    public static string DefaultRoot()
    {
        if (Setting("DRYDOCK_ROOT") is { } root)
            return Path.GetFullPath(root);
        if (Setting("XDG_DATA_HOME") is { } data && Path.IsPathRooted(data))
            return Path.Join(data, "drydock");
        if (Environment.IsPrivilegedProcess)
            return "/var/lib/drydock";
        var home = Setting("HOME") ?? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        return Path.Join(home, ".local", "share", "drydock");
    }

    private static string? Setting(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
