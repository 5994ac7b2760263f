using Drydock.Containers;
using Drydock.Containers.Bundles;
using Drydock.Containers.Lower;
using Drydock.Containers.Native;

namespace Drydock.Cli.OciRuntime;

/// <summary><c>create</c> and <c>run</c>: what the bundle's entry is decides how the container is made.</summary>
internal static class CreateVerb
{
    private const string PidFile = "--pid-file", ConsoleSocket = "--console-socket",
        PreserveDescriptors = "--preserve-fds";

    public static int Run(RuntimeCommand command)
    {
        using BundleConfig config = BundleConfig.Read(command.Option("--bundle") ?? ".", command.Option("--config"));
        if (GuestEntry.Find(config) is not { } entry) return RuntimeProgram.HandThrough(command);
        entry.RequireRunnable();
        using HostCode? code = MayHandOver(command) ? FindCode(entry) : null;
        return Create(command, config, entry with { CodeDigest = code?.Digest }, code);
    }

    /// <summary>The lower runtime counts descriptors that were handed to it before ours.</summary>
    private static bool MayHandOver(RuntimeCommand command) =>
        command.Option(PreserveDescriptors) is null
        && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("LISTEN_FDS"));

    /// <summary>Compiles a large module here, where the container's limits do not hold.</summary>
    private static HostCode? FindCode(GuestEntry entry)
    {
        if (!HostCode.IsWorthwhile(entry)) return null;
        (int code, byte[] report) = Programs.Capture("/proc/self/exe", HostCode.Words(entry));
        return code == 0 ? HostCode.Open(report) : null;
    }

    private static int Create(RuntimeCommand command, BundleConfig config, GuestEntry entry, HostCode? hostCode)
    {
        LowerRuntime lower = RuntimeOptions.LowerRuntime(command);
        string id = command.Id ?? throw new UserError($"{command.Verb} needs an id for the container");
        RefuseTaken(command, lower, id);
        ContainerRecord record = ContainerRecord.Create(
            command.Global("--root"), id, config, entry, GuestExecutable.Current());
        // crun looks for relative paths in the bundle, which is not the caller's any more.
        string pidFile = Path.GetFullPath(command.Option(PidFile) ?? record.PidFile);
        RuntimeCommand lowered = command.With("--bundle", record.Directory).With("--config", null)
            .With(PidFile, pidFile);
        if (command.Option(ConsoleSocket) is { } socket)
            lowered = lowered.With(ConsoleSocket, Path.GetFullPath(socket));
        if (hostCode is not null) lowered = lowered.With(PreserveDescriptors, "1");
        bool isForeground = command.Verb == "run" && !command.Has("--detach");
        if (isForeground) record.ForgetCreator();
        int code = isForeground
            ? RunInForeground(lower.Path, RuntimeOptions.Words(lowered, lower), hostCode?.Handle)
            : Programs.Run(
                lower.Path, RuntimeOptions.Words(lowered, lower), record.RememberCreator, hostCode?.Handle);
        if (isForeground ? !command.Has("--keep") : code != 0) record.Remove();
        else record.KeepPid(pidFile);
        return code;
    }

    /// <summary>The container runs as long as this process: what is sent to it is meant for the guest.</summary>
    private static int RunInForeground(string path, IReadOnlyList<string> words, int? third)
    {
        SignalForwarding? forwarding = null;
        int code = Programs.Run(path, words, process => forwarding = new(process), third);
        forwarding?.Dispose();
        return code;
    }

    /// <summary>A record without a container is what a creation that was killed left behind: it makes way.</summary>
    private static void RefuseTaken(RuntimeCommand command, LowerRuntime lower, string id)
    {
        if (RuntimeProgram.Record(command) is not { } record) return;
        if (record.IsBeingCreated
            || Programs.Capture(lower.Path, RuntimeOptions.Words(command.To("state", id), lower)).Code == 0)
            throw new UserError($"there is a container {id} already: delete it first, or choose another id");
        record.Remove();
    }
}
