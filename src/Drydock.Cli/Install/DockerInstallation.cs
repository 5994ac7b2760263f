using System.Formats.Tar;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Drydock.Oci;

namespace Drydock.Cli.Install;

/// <summary>Docker Engine: a runtime in <c>daemon.json</c>, which the engine reads again when it is told to.</summary>
internal sealed partial class DockerInstallation : Installation
{
    private const string Configuration = "/etc/docker/daemon.json";
    private const string DefaultPidFile = "/var/run/docker.pid";
    private const string RuntimesKey = "runtimes", RuntimeName = "drydock", DefaultKey = "default-runtime";
    private const int SignalHangUp = 1;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static readonly JsonSerializerOptions Format = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public override string Name => "docker";

    public static ConfigurationFile File(string? file) => new(file ?? Configuration);

    public override void Install(InstallOptions options)
    {
        Version version = Verification.VersionOf(Verification.Find("dockerd"));
        RuntimeLinks.Make(RuntimeLinks.Runtime);
        ConfigurationFile file = File(options.File);
        string path = RuntimeLinks.PathOf(RuntimeLinks.Runtime);
        string with = WithRuntime(file.Read(), path, options.IsDefault, file.Path);
        Terminal.WriteLine(file.Write(with, before => Mentions(before, file.Path))
            ? $"wrote {file.Path}"
            : $"{file.Path} is as it should be");
        bool isRunning = Reload(file);
        if (!isRunning) Terminal.WriteLine("Docker Engine is not running: it will know drydock when it starts");
        else if (options.Verifies) Verify(version);
        Terminal.WriteLine(options.IsDefault ? "try: docker run IMAGE" : "try: docker run --runtime drydock IMAGE");
    }

    public override void Remove(InstallOptions options)
    {
        ConfigurationFile file = File(options.File);
        string? text = file.Read();
        if (text is null || !Mentions(text, file.Path)) Terminal.WriteLine($"{file.Path} says nothing of drydock");
        else
        {
            file.TakeOut(each => WithoutRuntime(each, file.Path), "{}\n");
            Terminal.WriteLine($"removed drydock from {file.Path}");
        }
        _ = Reload(file);
        RuntimeLinks.Remove(RuntimeLinks.Runtime, PodmanInstallation.File(null), CrioInstallation.File(null));
    }

    private static bool Mentions(string text, string file)
    {
        JsonObject configuration = Parse(text, file);
        return configuration[DefaultKey]?.ToString() == RuntimeName
            || (configuration[RuntimesKey] is JsonObject runtimes && runtimes.ContainsKey(RuntimeName));
    }

    /// <summary>The configuration with the runtime in it.</summary>
    internal static string WithRuntime(string? text, string path, bool isDefault, string file)
    {
        JsonObject configuration = Parse(text, file);
        if (configuration[RuntimesKey] is not JsonObject runtimes) configuration[RuntimesKey] = runtimes = [];
        runtimes[RuntimeName] = new JsonObject { ["path"] = path };
        if (isDefault) configuration[DefaultKey] = RuntimeName;
        return configuration.ToJsonString(Format) + "\n";
    }

    /// <summary>The configuration without it.</summary>
    internal static string WithoutRuntime(string text, string file)
    {
        JsonObject configuration = Parse(text, file);
        if (configuration[RuntimesKey] is JsonObject runtimes && runtimes.Remove(RuntimeName) && runtimes.Count == 0)
            configuration.Remove(RuntimesKey);
        if (configuration[DefaultKey]?.ToString() == RuntimeName) configuration.Remove(DefaultKey);
        return configuration.ToJsonString(Format) + "\n";
    }

    private static JsonObject Parse(string? text, string file)
    {
        if (string.IsNullOrWhiteSpace(text)) return [];
        try
        {
            return JsonNode.Parse(text) as JsonObject ?? throw new JsonException("it is not an object");
        }
        catch (JsonException e)
        {
            throw new UserError($"cannot change {file}, with which Docker Engine would not start: {Reason.Of(e)}");
        }
    }

    /// <summary>Tells a running engine to read its configuration again; false where none runs.</summary>
    private static bool Reload(ConfigurationFile file)
    {
        string pidFile = file.Read() is { } text && Parse(text, file.Path)["pidfile"] is { } named
            ? named.ToString()
            : DefaultPidFile;
        if (!System.IO.File.Exists(pidFile)) return false;
        bool isNumber = int.TryParse(
            System.IO.File.ReadAllText(pidFile).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int pid);
        string command = $"/proc/{pid}/comm";
        return isNumber && System.IO.File.Exists(command)
            && System.IO.File.ReadAllText(command).Trim() == "dockerd"
            && Kill(pid, SignalHangUp) == 0;
    }

    private static void Verify(Version version)
    {
        string docker = Verification.Find("docker");
        DateTime end = DateTime.UtcNow + Patience;
        while (Verification.Output(docker, "info", "--format", "{{json .Runtimes}}")?.Contains("drydock",
            StringComparison.Ordinal) != true)
        {
            if (DateTime.UtcNow > end)
                throw new UserError("Docker Engine does not list the runtime drydock: restart it");
            Thread.Sleep(100);
        }
        Verification.Report("docker", version, Verification.WithGuest(directory => Run(docker, directory)));
    }

    private static string? Run(string docker, string directory)
    {
        const string Image = "drydock-install-check:latest";
        string archive = Path.Join(directory, "image.tar");
        using (FileStream stream = System.IO.File.Create(archive))
        using (var tar = new TarWriter(stream))
            tar.WriteEntry(Path.Join(directory, Verification.GuestName), Verification.GuestName);
        if (Verification.Output(docker, "import", archive, Image) is null) return null;
        string? output = Verification.Output(
            docker, "run", "--rm", "--network", "none", "--runtime", RuntimeName, Image, "/" + Verification.GuestName);
        _ = Verification.Output(docker, "rmi", Image);
        return output;
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
