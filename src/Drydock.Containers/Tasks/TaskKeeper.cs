using System.Globalization;
using Drydock.Containers.Native;

namespace Drydock.Containers.Tasks;

/// <summary>
/// Keeps the containers of one pod: makes, starts, ends and removes them and their processes, and tells what happens.
/// Runs on one <see cref="EventLoop"/>.
/// </summary>
public sealed partial class TaskKeeper
{
    private readonly EventLoop _loop;
    private readonly Reaper _reaper;
    private readonly RuntimeCalls _runtime;
    private readonly ITaskEvents _events;
    private readonly string _namespace;
    private readonly Dictionary<string, object> _containers = [];

    /// <param name="loop">The loop that runs it.</param>
    /// <param name="namespace">containerd's namespace.</param>
    /// <param name="events">Hears what happens.</param>
    public TaskKeeper(EventLoop loop, string @namespace, ITaskEvents events)
    {
        (_loop, _namespace, _events) = (loop, @namespace, events);
        _reaper = new(loop);
        _runtime = new(_reaper, RuntimeRoot(@namespace));
    }

    /// <summary>
    /// The command line of this executable, its name first, that writes the module of a container's image to the
    /// bundle; null where there is nobody to ask for it.
    /// </summary>
    public Func<TaskRequest, string[]>? ModuleWords { get; init; }

    /// <summary>Whether there is no container.</summary>
    public bool IsEmpty => _containers.Count == 0;

    /// <summary>The directory in which the lower runtime keeps the containers of a namespace.</summary>
    public static string RuntimeRoot(string @namespace) => Path.Join("/run/drydock/shim", @namespace);

    /// <summary>The container of that id.</summary>
    /// <exception cref="TaskException">There is none.</exception>
    public TaskContainer Find(string id) => _containers.TryGetValue(id, out object? container)
        ? (TaskContainer)container
        : throw new TaskException(TaskError.NotFound, $"there is no container {id}");

    /// <summary>Makes a container; its process waits to be started.</summary>
    /// <exception cref="TaskException">It cannot be made; nothing is left of it.</exception>
    public async Task<TaskContainer> Create(TaskRequest request)
    {
        CheckId(request.Id);
        var container = new TaskContainer(request);
        if (!_containers.TryAdd(request.Id, container))
            throw new TaskException(TaskError.AlreadyExists, $"there is a container {request.Id} already");
        await container.Turn.Enter();
        try
        {
            await MakeInit(container);
        }
        catch (Exception e)
        {
            container.Init.Streams?.Dispose();
            RootMounts.UnmountAll(container.Root);
            _containers.Remove(request.Id);
            if (e is not TaskException) throw Failed(e);
            throw;
        }
        finally
        {
            container.Turn.Leave();
        }
        _events.Created(container);
        return container;
    }

    /// <summary>Adds a process to a container; it is made when it is started.</summary>
    /// <exception cref="TaskException">There is one of that name.</exception>
    public void AddExec(TaskContainer container, string execId, StreamNames streams, byte[] specification)
    {
        CheckId(execId);
        var process = new TaskProcess(execId, streams, specification);
        if (!container.Execs.TryAdd(execId, process))
            throw new TaskException(TaskError.AlreadyExists,
                $"there is a process {execId} in the container {container.Id} already");
        _events.ExecAdded(container, process);
    }

    /// <summary>Starts a process.</summary>
    /// <exception cref="TaskException">It cannot be started.</exception>
    public async Task Start(TaskContainer container, TaskProcess process)
    {
        await container.Turn.Enter();
        try
        {
            if (process.State != TaskState.Created || process.ExitedAt is not null)
                throw new TaskException(TaskError.FailedPrecondition,
                    $"cannot start a process that is {process.State}");
            process.IsStarting = true;
            if (process.IsInit) await _runtime.CallLower(container, default, "start", container.Id);
            else await MakeExec(container, process);
            process.State = TaskState.Running;
            _events.Started(container, process);
        }
        catch (Exception e) when (e is not TaskException)
        {
            throw Failed(e);
        }
        finally
        {
            process.IsStarting = false;
            container.Turn.Leave();
            if (process.ExitedAt is not null) TellExit(container, process);
        }
    }

    /// <summary>Removes a process that has ended, or a container with its first one.</summary>
    /// <exception cref="TaskException">It runs, or cannot be removed.</exception>
    public async Task Delete(TaskContainer container, TaskProcess process)
    {
        await container.Turn.Enter();
        try
        {
            if (process.State == TaskState.Running)
                throw new TaskException(TaskError.FailedPrecondition,
                    "cannot delete a process that runs: kill it first");
            if (process.IsInit) await RemoveContainer(container);
            else container.Execs.Remove(process.ExecId);
            process.Streams?.Dispose();
        }
        finally
        {
            container.Turn.Leave();
        }
        if (process.IsInit) _events.Deleted(container);
    }

    /// <summary>Freezes a container, or lets it run again.</summary>
    public async Task Pause(TaskContainer container, bool isPaused)
    {
        await Change(container, default, isPaused ? "pause" : "resume", container.Id);
        container.IsPaused = isPaused;
        _events.Paused(container, isPaused);
    }

    /// <summary>Changes a container's limits.</summary>
    /// <param name="container">The container.</param>
    /// <param name="resources">The runtime specification's <c>linux.resources</c>, as JSON.</param>
    public async Task Update(TaskContainer container, byte[] resources)
    {
        string file = Path.Join(container.Request.Bundle, "resources.json");
        File.WriteAllBytes(file, resources);
        await Change(container, default, "update", "--resources", file, container.Id);
        File.Delete(file);
    }

    /// <summary>Sends a signal to a process, or to all of a container.</summary>
    /// <exception cref="TaskException">The process has ended.</exception>
    public async Task Kill(TaskContainer container, TaskProcess process, int signal, bool all)
    {
        if (process.Pid == 0 && process.ExitedAt is null)
            throw new TaskException(TaskError.FailedPrecondition, $"there is no process {process.ExecId} yet");
        bool isForRuntime = process.IsInit && (container.IsPaused || (all && !container.OwnsProcesses));
        if (process.ExitedAt is not null && !(all && isForRuntime))
            throw new TaskException(TaskError.NotFound, "the process has ended already");
        string number = signal.ToString(CultureInfo.InvariantCulture);
        if (isForRuntime)
            await _runtime.CallLower(container, default, all
                ? ["kill", "--all", container.Id, number]
                : ["kill", container.Id, number]);
        else if (Kernel.Kill(process.Pid, signal) < 0)
            throw new TaskException(TaskError.InvalidArgument, $"cannot send the signal {number}");
    }

    /// <summary>Sets the size of a process's terminal, in characters.</summary>
    public static unsafe void Resize(TaskProcess process, int width, int height)
    {
        const nuint SetWindowSize = 0x5414;
        if (process.Streams?.Terminal is not { } terminal) return;
        ushort* size = stackalloc ushort[] { (ushort)height, (ushort)width, 0, 0 };
        _ = Kernel.Control(terminal, SetWindowSize, size);
    }

    /// <summary>Lets a process see the end of its input.</summary>
    public static void CloseInput(TaskProcess process) => process.Streams?.CloseInput();

    private async Task Change(TaskContainer container, ChildStreams streams, params string[] words)
    {
        await container.Turn.Enter();
        try
        {
            await _runtime.CallLower(container, streams, words);
        }
        finally
        {
            container.Turn.Leave();
        }
    }

    /// <summary>Ids become names of files.</summary>
    private static void CheckId(string id)
    {
        bool isId = id.Length is > 0 and <= 255 && id is not ("." or "..");
        foreach (char letter in id) isId &= char.IsAsciiLetterOrDigit(letter) || letter is '_' or '+' or '-' or '.';
        if (!isId)
            throw new TaskException(TaskError.InvalidArgument, $"\"{id}\" is no id: use letters, digits and _ + - .");
    }

    private static TaskException Failed(Exception e) => new(TaskError.Failed, e.Message);
}
