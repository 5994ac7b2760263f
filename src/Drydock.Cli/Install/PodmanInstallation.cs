using System.Text;

namespace Drydock.Cli.Install;

/// <summary>Podman: a file of our own among those that it joins to its configuration.</summary>
internal sealed class PodmanInstallation : Installation
{
    private const string DropIn = "/etc/containers/containers.conf.d/50-drydock.conf";
    private const string Mark =
        "# Written by 'drydock install podman'; 'drydock install podman --remove' takes it away.";
    /// <summary>From here on Podman chooses a runtime by an image's platform.</summary>
    private static readonly Version KnowsPlatforms = new(4, 5);
    /// <summary>From here on Podman reads <c>containers.conf.d</c>.</summary>
    private static readonly Version KnowsDropIns = new(3, 0);
    private static readonly string[] Platforms =
        ["wasi/wasm", "wasi/wasm32", "wasi/wasm64", "wasip1/wasm", "wasip2/wasm"];

    public override string Name => "podman";

    public static ConfigurationFile File(string? file) => new(file ?? DropIn);

    public override void Install(InstallOptions options)
    {
        string podman = Verification.Find(Name);
        Version version = Verification.VersionOf(podman);
        if (version < KnowsDropIns)
            throw new UserError($"podman {version} reads no containers.conf.d: version 3.0 is needed");
        RuntimeLinks.Make(RuntimeLinks.Runtime);
        RuntimeLinks.Make(RuntimeLinks.CrunWasm);
        ConfigurationFile file = File(options.File);
        Terminal.WriteLine(file.Write(Text(version, options.IsDefault), IsOurs)
            ? $"wrote {file.Path}"
            : $"{file.Path} is as it should be");
        if (options.Verifies) Verify(podman, version);
        Terminal.WriteLine(options.IsDefault
            ? "try: podman run IMAGE"
            : "try: podman --runtime drydock run IMAGE");
    }

    public override void Remove(InstallOptions options)
    {
        ConfigurationFile file = File(options.File);
        Terminal.WriteLine(file.Restore() ? $"removed {file.Path}" : $"{file.Path} is not there");
        RuntimeLinks.Remove(RuntimeLinks.CrunWasm);
        RuntimeLinks.Remove(RuntimeLinks.Runtime, DockerInstallation.File(null), CrioInstallation.File(null));
    }

    /// <summary>What the file says for a version of Podman.</summary>
    internal static string Text(Version version, bool isDefault)
    {
        var text = new StringBuilder();
        text.Append(Mark).Append("\n[engine]\n");
        if (isDefault) text.Append("runtime = \"drydock\"\n");
        text.Append(
            "runtime_supports_json = [\"crun\", \"runc\", \"kata\", \"runsc\", \"youki\", \"krun\", \"drydock\", \"crun-wasm\"]\n\n");
        text.Append("[engine.runtimes]\n");
        text.Append($"drydock = [\"{RuntimeLinks.PathOf(RuntimeLinks.Runtime)}\"]\n");
        text.Append($"crun-wasm = [\"{RuntimeLinks.PathOf(RuntimeLinks.CrunWasm)}\"]\n");
        if (version < KnowsPlatforms) return text.ToString();
        text.Append("\n[engine.platform_to_oci_runtime]\n");
        foreach (string platform in Platforms) text.Append($"\"{platform}\" = \"crun-wasm\"\n");
        return text.ToString();
    }

    private static bool IsOurs(string text) => text.StartsWith(Mark, StringComparison.Ordinal);

    private static void Verify(string podman, Version version) =>
        Verification.Report("podman", version, Verification.WithGuest(
        root => Verification.Output(
            podman, "--runtime", "drydock", "run", "--rm", "--network", "none", "--rootfs", root,
                "/" + Verification.GuestName)));
}
