using System.Text.Encodings.Web;
using System.Text.Json;
using Drydock.Containers.Spec;

namespace Drydock.Containers.Bundles;

/// <summary>
/// Rewrites the configuration of a container so that Drydock is the process in it and the guest what that runs. All
/// else (namespaces, mounts, cgroups, profiles, hooks, the user) stays for the runtime that makes the container.
/// </summary>
public static class GuestBundle
{
    /// <summary>
    /// Where Drydock is in a container whose <c>/dev</c> is a tmpfs, which leaves no trace in the root.
    /// </summary>
    private const string InDevices = "/dev/.drydock";
    private const string InRoot = "/.drydock";

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The directory in the container that holds the executable.</summary>
    public static string DirectoryIn(BundleConfig config) =>
        config.Mounts.LastOrDefault(mount => mount.Destination == "/dev") is { Type: "tmpfs" } ? InDevices : InRoot;

    /// <summary>Writes the configuration of a container whose process is <paramref name="entry"/>.</summary>
    public static void Write(Stream output, BundleConfig config, GuestEntry entry, GuestExecutable executable)
    {
        string directory = DirectoryIn(config);
        using var json = new Utf8JsonWriter(output, Options);
        json.WriteStartObject();
        foreach (JsonProperty property in config.Element.EnumerateObject())
            if (property.Name is not ("process" or "root" or "mounts")) property.WriteTo(json);
        json.WritePropertyName("process");
        WriteProcess(json, config.Process!, entry, executable, directory);
        WriteRoot(json, config);
        WriteMounts(json, config, executable.Mounts(directory, entry));
        json.WriteEndObject();
    }

    /// <summary>Writes the description of a further process in a container.</summary>
    /// <param name="output">Receives JSON.</param>
    /// <param name="process">The process as the caller describes it.</param>
    /// <param name="entry">The guest it starts.</param>
    /// <param name="executable">The executable that is in the container.</param>
    /// <param name="directory">Where it is there.</param>
    public static void WriteProcess(
        Stream output, ProcessConfig process, GuestEntry entry, GuestExecutable executable, string directory)
    {
        using var json = new Utf8JsonWriter(output, Options);
        WriteProcess(json, process, entry, executable, directory);
    }

    private static void WriteProcess(
        Utf8JsonWriter json, ProcessConfig process, GuestEntry entry, GuestExecutable executable, string directory) =>
        process.Write(
            json, [.. executable.Command(directory), .. GuestProcess.Describe(entry)],
                process.Env.Select(GuestProcess.Hide));

    private static void WriteRoot(Utf8JsonWriter json, BundleConfig config)
    {
        json.WriteStartObject("root");
        foreach (JsonProperty property in config.Element.GetProperty("root").EnumerateObject())
            if (property.Name != "path") property.WriteTo(json);
        json.WriteString("path", config.RootPath);
        json.WriteEndObject();
    }

    private static void WriteMounts(Utf8JsonWriter json, BundleConfig config, IEnumerable<MountSpec> added)
    {
        json.WriteStartArray("mounts");
        if (config.Element.TryGetProperty("mounts", out JsonElement mounts) && mounts.ValueKind == JsonValueKind.Array)
        {
            int index = 0;
            foreach (JsonElement mount in mounts.EnumerateArray())
                WriteMount(json, mount, config.Mounts[index++].Source);
        }
        foreach (MountSpec mount in added) WriteMount(json, mount);
        json.WriteEndArray();
    }

    /// <summary>
    /// A mount as it was; the source is written anew because it may be relative to the bundle's directory.
    /// </summary>
    private static void WriteMount(Utf8JsonWriter json, JsonElement mount, string source)
    {
        json.WriteStartObject();
        foreach (JsonProperty property in mount.EnumerateObject())
            if (property.Name != "source") property.WriteTo(json);
        if (source.Length > 0) json.WriteString("source", source);
        json.WriteEndObject();
    }

    private static void WriteMount(Utf8JsonWriter json, MountSpec mount)
    {
        json.WriteStartObject();
        json.WriteString("destination", mount.Destination);
        json.WriteString("type", mount.Type);
        json.WriteString("source", mount.Source);
        json.WriteStartArray("options");
        foreach (string option in mount.Options) json.WriteStringValue(option);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
