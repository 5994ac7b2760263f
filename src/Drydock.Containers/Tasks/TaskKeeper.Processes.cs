using System.Globalization;
using Drydock.Containers.Bundles;
using Drydock.Containers.Lower;
using Drydock.Containers.Native;
using Microsoft.Win32.SafeHandles;

namespace Drydock.Containers.Tasks;

public sealed partial class TaskKeeper
{
    private async Task MakeInit(TaskContainer container)
    {
        TaskRequest request = container.Request;
        RootMounts.MountAll(request.Mounts, container.Root);
        if (request.LowerRuntime is { } lower)
            File.WriteAllText(Path.Join(request.Bundle, TaskRequest.LowerRuntimeFile), lower);
        string pidFile = Path.Join(request.Bundle, "init.pid");
        using (BundleConfig config = BundleConfig.Read(request.Bundle))
            await FindGuest(container, config);
        try
        {
            await Make(container, container.Init, isOwn: false, pidFile,
                ["create", "--bundle", container.Record?.Directory ?? request.Bundle, .. container.Code is null
                    ? (string[])[]
                    : ["--preserve-fds", "1"]]);
        }
        catch
        {
            container.Record?.Remove();
            throw;
        }
        finally
        {
            container.Code?.Dispose();
        }
        container.Record?.KeepPid(pidFile);
        container.Group = ControlGroup.Of(container.Init.Pid);
        container.OwnsProcesses = IsFirstInNamespace(container.Init.Pid);
    }

    /// <summary>Makes the record of a container whose process is a guest, with Drydock in its place.</summary>
    private async Task FindGuest(TaskContainer container, BundleConfig config)
    {
        if ((GuestEntry.Find(config) ?? await FindArtifact(container, config)) is not { } entry) return;
        entry.RequireRunnable();
        container.Code = await FindCode(entry);
        ContainerRecord.Find(_runtime.Root, container.Id)?.Remove();
        container.Record = ContainerRecord.Create(
            _runtime.Root, container.Id, config, entry with { CodeDigest = container.Code?.Digest },
            GuestExecutable.Current());
    }

    /// <summary>
    /// The entry of a container whose file is not in its root because it is the image itself; null for any other.
    /// </summary>
    private async Task<GuestEntry?> FindArtifact(TaskContainer container, BundleConfig config)
    {
        if (ModuleWords is null || !GuestEntry.IsMissing(config)) return null;
        int code = await _reaper.Await(Programs.Start("/proc/self/exe", ModuleWords(container.Request), default));
        return code == 0
            ? GuestEntry.OfArtifact(config, Path.Join(container.Request.Bundle, ArtifactModule.FileName))
            : null;
    }

    /// <summary>Has a large module compiled by a process here, where the pod's limits do not hold.</summary>
    private async Task<HostCode?> FindCode(GuestEntry entry)
    {
        if (!HostCode.IsWorthwhile(entry)) return null;
        using SafeFileHandle output = Programs.MemoryFile();
        int code = await _reaper.Await(Programs.Start(
            "/proc/self/exe", ["drydock", .. HostCode.Words(entry)],
            new(Output: (int)output.DangerousGetHandle())));
        var report = new byte[RandomAccess.GetLength(output)];
        return code == 0 ? HostCode.Open(report.AsSpan(0, RandomAccess.Read(output, report, 0))) : null;
    }

    private async Task MakeExec(TaskContainer container, TaskProcess process)
    {
        string file = Path.Join(container.Request.Bundle, process.ExecId + ".json");
        string pidFile = Path.Join(container.Request.Bundle, process.ExecId + ".pid");
        File.WriteAllBytes(file, process.Specification);
        try
        {
            await Make(container, process, container.Record is not null, pidFile,
                ["exec", "--detach", "--process", file]);
        }
        finally
        {
            File.Delete(file);
            File.Delete(pidFile);
        }
    }

    private async Task Make(TaskContainer container, TaskProcess process, bool isOwn, string pidFile, string[] verb)
    {
        using ConsoleSocket? console = process.StreamNames.IsTerminal ? new() : null;
        string[] words = [.. verb, "--pid-file", pidFile, .. console is null
            ? (string[])[]
            : ["--console-socket", console.Path], container.Id];
        TaskStreams streams = process.Streams =
            TaskStreams.Open(process.StreamNames, new(_reaper, _namespace, container.Id));
        _reaper.BeginClaims();
        try
        {
            await (isOwn
                ? _runtime.CallOwn(container, streams.ForProcess, words)
                : _runtime.CallLower(container, Given(container, process), words,
                    process.IsInit ? container.Record : null));
            if (console is not null) streams.AttachTerminal(_loop, console.Receive());
            streams.AttachInput(_loop);
            process.Pid = int.Parse(File.ReadAllText(pidFile), CultureInfo.InvariantCulture);
            _reaper.Await(process.Pid, code => Ended(container, process, code));
        }
        catch
        {
            streams.Dispose();
            throw;
        }
        finally
        {
            _reaper.EndClaims();
        }
    }

    /// <summary>The descriptors of a process: a guest's may have its code with them.</summary>
    private static ChildStreams Given(TaskContainer container, TaskProcess process) =>
        process.IsInit && container.Code is { } code
            ? process.Streams!.ForProcess with { Further = [code.Handle] }
            : process.Streams!.ForProcess;

    private void Ended(TaskContainer container, TaskProcess process, int code)
    {
        (process.ExitCode, process.ExitedAt) = (code, DateTime.UtcNow);
        if (!process.IsStarting) TellExit(container, process);
    }

    private void TellExit(TaskContainer container, TaskProcess process)
    {
        const int KilledForCertain = 137;
        process.State = TaskState.Stopped;
        process.Streams?.EndProcess();
        if (process.IsInit && !container.OwnsProcesses) _ = KillRest(container);
        // The group is asked when someone was killed: nothing has to be watched while all is well.
        if (process.ExitCode == KilledForCertain && container.Group is { MemoryKills: > 0 })
            _events.OutOfMemory(container);
        _events.Exited(container, process);
        process.Complete();
    }

    /// <summary>Processes that share another's pid namespace outlive the first one unless they are ended.</summary>
    private async Task KillRest(TaskContainer container)
    {
        try
        {
            await _runtime.CallLower(container, default, "kill", "--all", container.Id, "9");
        }
        catch (Exception e) when (e is TaskException or ContainerException)
        {
            // There are none.
        }
    }

    private async Task RemoveContainer(TaskContainer container)
    {
        bool isForced = container.Init.State != TaskState.Stopped;
        await _runtime.CallLower(container, default, isForced
            ? ["delete", "--force", container.Id]
            : ["delete", container.Id]);
        container.Record?.Remove();
        RootMounts.UnmountAll(container.Root);
        _containers.Remove(container.Id);
    }

    /// <summary>Whether the process is the first of a pid namespace (proc(5), <c>NSpid</c>).</summary>
    private static bool IsFirstInNamespace(int process)
    {
        try
        {
            foreach (string line in File.ReadLines(string.Create(CultureInfo.InvariantCulture,
                $"/proc/{process}/status")))
                if (line.StartsWith("NSpid:", StringComparison.Ordinal))
                    return line.EndsWith("\t1", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            // It has ended, and all it owned with it.
        }
        return true;
    }
}
