namespace Drydock.Containers.Tests.Bundles;

/// <summary>A bundle for one test.</summary>
public sealed class BundleDirectory : IDisposable
{
    public static ReadOnlySpan<byte> Module => [0, (byte)'a', (byte)'s', (byte)'m', 1, 0, 0, 0];
    public static ReadOnlySpan<byte> Component => [0, (byte)'a', (byte)'s', (byte)'m', 0x0d, 0, 1, 0];
    public static ReadOnlySpan<byte> Elf => [0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1, 0];

    public string Path { get; } = Directory.CreateTempSubdirectory("drydock-bundle-").FullName;
    public string Root => System.IO.Path.Join(Path, "rootfs");

    public BundleDirectory WithFile(string name, ReadOnlySpan<byte> content)
    {
        string path = System.IO.Path.Join(Path, name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
        return this;
    }

    public BundleDirectory WithConfig(string json) => WithFile("config.json", System.Text.Encoding.UTF8.GetBytes(json));

    /// <summary>A configuration that starts <paramref name="args"/>, with more properties after the root.</summary>
    public BundleDirectory Starting(string args, string more = "", string process = "") => WithConfig(
        $$"""{"ociVersion":"1.0.2","process":{"args":[{{args}}],"cwd":"/work","env":["PATH=/bin:/opt"]{{process}}},"root":{"path":"rootfs"}{{more}}}""");

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
