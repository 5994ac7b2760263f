using System.Globalization;
using System.Text;
using Drydock.Containers.Bundles;
using Drydock.Containers.Native;
using Drydock.Containers.Tasks;
using Drydock.Oci;

namespace Drydock.Cli.Shim;

/// <summary>
/// <c>start</c>: prints the address of the shim that keeps the container, which is one for all containers of a pod. The
/// socket is open before the shim runs, so containerd can connect at once.
/// </summary>
internal static class ShimStart
{
    /// <summary>containerd looks for sockets here after a restart, whatever its own directories are.</summary>
    private const string Sockets = "/run/containerd/s";
    private const string Scheme = "unix://";

    /// <summary>Annotations whose value containers of one pod have in common.</summary>
    private static readonly string[] GroupAnnotations = ["io.containerd.runc.v2.group", "io.kubernetes.cri.sandbox-id"];

    public static int Run(ShimOptions options)
    {
        string path = SocketOf(options);
        Directory.CreateDirectory(Sockets, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        if (UnixSocket.Listen(path) is { } socket)
            KeeperProcess.Start(
                [ShimProgram.Name, "-namespace", options.Namespace, "-id", options.Id, "-address", options.Address,
                    "-socket", path], socket);
        File.WriteAllText(Path.Join(options.Bundle, AddressFile), Scheme + path);
        Terminal.Write(Answer(Scheme + path, Environment.GetEnvironmentVariable("MAX_SHIM_VERSION")));
        return ExitCode.Success;
    }

    /// <summary>The file in a bundle in which containerd before 1.7 looks for the address after a restart.</summary>
    public const string AddressFile = "address";

    /// <summary>The path of the socket that a bundle's address file names; null where there is none.</summary>
    public static string? ReadSocket(string bundle)
    {
        string file = Path.Join(bundle, AddressFile);
        return File.Exists(file) && File.ReadAllText(file) is var text
            && text.StartsWith(Scheme + Sockets, StringComparison.Ordinal)
            ? text[Scheme.Length..].Trim()
            : null;
    }

    /// <summary>
    /// An address alone is for version 2 of the task service; who knows a later one says so and gets JSON.
    /// </summary>
    internal static string Answer(string address, string? maxVersion)
    {
        const int Latest = 3;
        if (!int.TryParse(maxVersion, NumberStyles.None, CultureInfo.InvariantCulture, out int version)) return address;
        return Json.WriteLine(json =>
        {
            json.WriteStartObject();
            json.WriteNumber("version", Math.Clamp(version, 2, Latest));
            json.WriteString("address", address);
            json.WriteString("protocol", "ttrpc");
            json.WriteEndObject();
        });
    }

    private static string SocketOf(ShimOptions options)
    {
        using BundleConfig config = BundleConfig.Read(options.Bundle);
        string group = options.Id;
        foreach (string annotation in GroupAnnotations) group = config.Annotation(annotation) ?? group;
        string name = $"drydock {options.Address} {options.Namespace} {group}";
        return Path.Join(Sockets, Digest.Of(Encoding.UTF8.GetBytes(name)).Hex);
    }
}
