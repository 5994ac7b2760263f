using System.Text;
using System.Text.Json.Nodes;

namespace Drydock.Cli.Install;

/// <summary>CRI-O: a file of our own among those that it joins to its configuration.</summary>
internal sealed class CrioInstallation : Installation
{
    private const string DropIn = "/etc/crio/crio.conf.d/50-drydock.conf";
    private const string Mark = "# Written by 'drydock install crio'; 'drydock install crio --remove' takes it away.";
    /// <summary>From here on CRI-O chooses a runtime by an image's platform.</summary>
    private static readonly Version KnowsPlatforms = new(1, 27);
    private static readonly string[] Units = ["crio"];
    private static readonly string[] Platforms =
        ["wasi/wasm", "wasi/wasm32", "wasi/wasm64", "wasip1/wasm", "wasip2/wasm"];

    public override string Name => "crio";

    public static ConfigurationFile File(string? file) => new(file ?? DropIn);

    public override void Install(InstallOptions options)
    {
        var version = Verification.VersionOf(Verification.Find(Name));
        RuntimeLinks.Make(RuntimeLinks.Runtime);
        var file = File(options.File);
        var isWritten = file.Write(Text(version, options.IsDefault, RuntimeLinks.PathOf(RuntimeLinks.Runtime)), IsOurs);
        Terminal.WriteLine(isWritten ? $"wrote {file.Path}" : $"{file.Path} is as it should be");
        if (options.Verifies)
            Verification.Report(Name, version, Verification.WithGuest(RunBundle));
        if (isWritten)
            _ = SystemUnits.RestartOrSay(options.Restarts, Name, Units);
        Terminal.WriteLine("try: kubectl apply -k deploy/kubernetes/base, and runtimeClassName: drydock in a pod");
    }

    public override void Remove(InstallOptions options)
    {
        var file = File(options.File);
        Terminal.WriteLine(file.Restore() ? $"removed {file.Path}" : $"{file.Path} is not there");
        _ = SystemUnits.RestartOrSay(options.Restarts, Name, Units);
        RuntimeLinks.Remove(RuntimeLinks.Runtime, DockerInstallation.File(null), PodmanInstallation.File(null));
    }

    /// <summary>What the file says for a version of CRI-O.</summary>
    internal static string Text(Version version, bool isDefault, string runtime)
    {
        var text = new StringBuilder();
        text.Append(Mark).Append('\n');
        if (isDefault)
            text.Append("[crio.runtime]\ndefault_runtime = \"drydock\"\n\n");
        text.Append($"[crio.runtime.runtimes.drydock]\nruntime_path = \"{runtime}\"\n");
        text.Append("runtime_type = \"oci\"\nruntime_root = \"/run/drydock\"\n");
        if (version >= KnowsPlatforms)
            text.Append($"platform_runtime_paths = {{ {PlatformPaths(runtime)} }}\n");
        return text.ToString();
    }

    private static string PlatformPaths(string runtime) =>
        string.Join(", ", Array.ConvertAll(Platforms, platform => $"\"{platform}\" = \"{runtime}\""));

    private static bool IsOurs(string text) => text.StartsWith(Mark, StringComparison.Ordinal);

    /// <summary>CRI-O takes orders from kubelets only, so the runtime is called as CRI-O will call it.</summary>
    private static string? RunBundle(string directory)
    {
        var runtime = RuntimeLinks.PathOf(RuntimeLinks.Runtime);
        if (Verification.Output(runtime, "spec", "--bundle", directory) is null)
            return null;
        var path = Path.Join(directory, "config.json");
        var configuration = JsonNode.Parse(System.IO.File.ReadAllText(path))!;
        configuration["process"]!["terminal"] = false;
        configuration["process"]!["args"] = new JsonArray("/" + Verification.GuestName);
        configuration["root"]!["path"] = directory;
        System.IO.File.WriteAllText(path, configuration.ToJsonString());
        return Verification.Output(
            runtime, "run", "--bundle", directory, $"drydock-install-check-{Environment.ProcessId}");
    }
}
