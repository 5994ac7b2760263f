using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Drydock.Containers.Bundles;
using Drydock.Containers.Lower;
using Drydock.Containers.Native;
using Drydock.Containers.Spec;
using Drydock.Oci;

namespace Drydock.Cli.OciRuntime;

/// <summary>
/// <c>exec</c>: a further process in a container. In a container of a guest the file named may be a WebAssembly program
/// as well, or a native one if the container has any.
/// </summary>
internal static class ExecVerb
{
    /// <summary>Options that say how the process is started, not what it is.</summary>
    private static readonly string[] KeptOptions =
        ["--detach", "--console-socket", "--pid-file", "--preserve-fds", "--no-subreaper", "--cgroup",
            "--ignore-paused"];

    public static int Run(RuntimeCommand command)
    {
        if (RuntimeProgram.Record(command) is not { } record) return RuntimeProgram.HandThrough(command);
        using BundleConfig original = record.ReadOriginal();
        using JsonDocument document = ReadProcess(command, original);
        var process = new ProcessConfig(document.RootElement);
        GuestEntry? entry = record.Root is { } root ? GuestEntry.Find(process, root) : null;
        entry?.RequireRunnable();
        return Replace(command, Describe(process, document, entry, original));
    }

    private static byte[] Describe(ProcessConfig process, JsonDocument document, GuestEntry? entry,
        BundleConfig original)
    {
        using var output = new MemoryStream();
        if (entry is null)
            using (var json = new Utf8JsonWriter(output)) document.RootElement.WriteTo(json);
        else
            GuestBundle.WriteProcess(output, process, entry, GuestExecutable.Current(),
                GuestBundle.DirectoryIn(original));
        return output.ToArray();
    }

    /// <summary>
    /// What the lower runtime gets is always a file: the container's own process is Drydock, not what it was.
    /// </summary>
    private static int Replace(RuntimeCommand command, byte[] process)
    {
        LowerRuntime lower = RuntimeOptions.LowerRuntime(command);
        RuntimeCommand lowered = command.To("exec", command.Id!);
        foreach (RuntimeOption option in command.Options)
            if (KeptOptions.Contains(option.Name)) lowered = lowered.With(option);
        lowered = lowered.With("--process", Programs.Inherit(process));
        Programs.Replace(lower.Path, RuntimeOptions.Words(lowered, lower));
        return ExitCode.Failure;
    }

    private static JsonDocument ReadProcess(RuntimeCommand command, BundleConfig original)
    {
        try
        {
            return JsonDocument.Parse(command.Option("--process") is { } file
                ? File.ReadAllBytes(file)
                : FromOptions(command, original.Process
                    ?? throw new UserError("the container has no process to take after")));
        }
        catch (JsonException e)
        {
            throw new UserError($"{command.Option("--process")} is not the description of a process: {Reason.Of(e)}");
        }
    }

    private static byte[] FromOptions(RuntimeCommand command, ProcessConfig original)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
            original.WriteExec(
                json,
                command.Operands.Skip(1),
                [.. command.Options.Where(option => option.Name == "--env"
                    && option.Value is not null).Select(option => option.Value!)],
                command.Option("--cwd"),
                User(command.Option("--user")),
                command.Has("--tty"));
        return buffer.WrittenSpan.ToArray();
    }

    private static UserSpec? User(string? text)
    {
        if (text is null) return null;
        string[] ids = text.Split(':');
        return ids.Length <= 2 && Id(ids[0]) is { } user && Id(ids[^1]) is { } group
            ? new(user, ids.Length == 2 ? group : 0)
            : throw new UserError($"\"{text}\" is no user: write UID or UID:GID");
    }

    private static uint? Id(string text) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint id) ? id : null;
}
