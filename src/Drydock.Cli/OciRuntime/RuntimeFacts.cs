using System.Text;
using System.Text.Json;
using Drydock.Cli.Commands;
using Drydock.Containers;
using Drydock.Containers.Lower;
using Drydock.Containers.Native;

namespace Drydock.Cli.OciRuntime;

/// <summary>What the runtime says of itself.</summary>
internal static class RuntimeFacts
{
    private const string Usage = """
        drydock-runtime: an OCI runtime for WebAssembly containers, and for Linux ones

        Usage: drydock-runtime [GLOBAL OPTIONS] VERB [OPTIONS] [ID]

        A container whose program begins with \0asm runs in Drydock, inside a Linux container that crun or runc makes.
        All others are handed to crun or runc as they are. `crun-wasm` is another name of the same program.

        Verbs:
          create, run    make a container from a bundle (-b DIR, --pid-file FILE, --console-socket PATH)
          start, kill, delete, state, list, ps, pause, resume, update, events, spec
          exec           run a further program in a container, WebAssembly or native (-p FILE | ID PROGRAM ARGS)
          features       what this runtime supports, as JSON

        Global options:
          --root DIR  --log FILE  --log-format text|json  --systemd-cgroup  --cgroup-manager NAME  --rootless BOOL  --debug
          --lower-runtime PATH   the runtime to hand to, instead of the first of crun and runc that is installed
          --version  --help

        Examples:
          podman --runtime /usr/local/bin/drydock-runtime run --rm hello
          docker run --rm --runtime drydock hello
          drydock-runtime run --bundle ./bundle hello

        """;

    public static int Help()
    {
        Terminal.Write(Usage);
        return ExitCode.Success;
    }

    public static int Version(RuntimeCommand command)
    {
        Terminal.WriteLine($"drydock-runtime version {VersionCommand.Number}");
        Terminal.WriteLine("spec: 1.0.2");
        Terminal.WriteLine(LowerVersion(command));
        Terminal.WriteLine("+WASM:drydock");
        return ExitCode.Success;
    }

    /// <summary>
    /// What the lower runtime says it supports (runtime-spec, features.md), and crun's annotation for one that runs
    /// WebAssembly; a lower runtime from before this verb is described by the versions every one knows.
    /// </summary>
    public static int Features(RuntimeCommand command)
    {
        LowerRuntime lower = RuntimeOptions.LowerRuntime(command);
        (int code, byte[] output) = Programs.Capture(lower.Path, RuntimeOptions.Words(command.To("features"), lower));
        using JsonDocument? document = code == 0 ? Parse(output) : null;
        Terminal.WriteLine(Json.Write(json => WriteFeatures(json, document)));
        return ExitCode.Success;
    }

    private static void WriteFeatures(Utf8JsonWriter json, JsonDocument? lower)
    {
        json.WriteStartObject();
        if (lower is null)
        {
            json.WriteString("ociVersionMin", "1.0.0");
            json.WriteString("ociVersionMax", "1.0.2");
        }
        else
            foreach (JsonProperty property in lower.RootElement.EnumerateObject())
                if (property.Name != "annotations") property.WriteTo(json);
        json.WriteStartObject("annotations");
        if (lower is not null && lower.RootElement.TryGetProperty("annotations", out JsonElement annotations))
            foreach (JsonProperty property in annotations.EnumerateObject())
                if (property.Name != "run.oci.crun.wasm") property.WriteTo(json);
        json.WriteString("run.oci.crun.wasm", "true");
        json.WriteString("dev.drydock.version", VersionCommand.Number);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static JsonDocument? Parse(byte[] json)
    {
        try
        {
            JsonDocument document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind == JsonValueKind.Object) return document;
            document.Dispose();
            return null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string LowerVersion(RuntimeCommand command)
    {
        try
        {
            LowerRuntime lower = RuntimeOptions.LowerRuntime(command);
            string version = Encoding.UTF8.GetString(Programs.Capture(lower.Path, ["--version"]).Output).Split('\n')[0];
            return $"lower: {lower.Path}, {version}";
        }
        catch (ContainerException e)
        {
            return $"lower: none, {e.Message}";
        }
    }
}
