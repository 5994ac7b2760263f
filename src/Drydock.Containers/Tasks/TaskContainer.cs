using Drydock.Containers.Lower;

namespace Drydock.Containers.Tasks;

/// <summary>What a container is made of.</summary>
public sealed record TaskRequest
{
    /// <summary>
    /// The file in a bundle that names the runtime which made the container, where it is not the one Drydock finds.
    /// </summary>
    public const string LowerRuntimeFile = "lower-runtime";

    /// <summary>The container's id.</summary>
    public required string Id { get; init; }
    /// <summary>Directory with its <c>config.json</c>.</summary>
    public required string Bundle { get; init; }
    /// <summary>Its root file system, mounted at <c>rootfs</c> in the bundle.</summary>
    public IReadOnlyList<RootMount> Mounts { get; init; } = [];
    /// <summary>Where its first process reads and writes.</summary>
    public required StreamNames Streams { get; init; }
    /// <summary>The runtime that makes it; null for the one Drydock finds.</summary>
    public string? LowerRuntime { get; init; }
    /// <summary>Whether systemd makes its control group.</summary>
    public bool HasSystemdGroup { get; init; }
}

/// <summary>A container and its processes.</summary>
public sealed class TaskContainer
{
    internal TaskContainer(TaskRequest request)
    {
        Request = request;
        Init = new("", request.Streams, []);
    }

    /// <summary>What it is made of.</summary>
    public TaskRequest Request { get; }
    /// <summary>Its id.</summary>
    public string Id => Request.Id;
    /// <summary>Its first process.</summary>
    public TaskProcess Init { get; }
    /// <summary>Its control group; null before it is made.</summary>
    public ControlGroup? Group { get; internal set; }

    /// <summary>What is kept of a guest's container; null for any other.</summary>
    internal ContainerRecord? Record { get; set; }
    /// <summary>Compiled code that its process is started with; null without, and once it is made.</summary>
    internal HostCode? Code { get; set; }
    internal Dictionary<string, object> Execs { get; } = [];
    internal Turn Turn { get; } = new();
    internal bool IsPaused { get; set; }
    /// <summary>Whether the kernel ends all its processes with the first one.</summary>
    internal bool OwnsProcesses { get; set; } = true;
    internal string Root => Path.Join(Request.Bundle, "rootfs");

    /// <summary>The process of that name, the first one for an empty name.</summary>
    /// <exception cref="TaskException">There is none.</exception>
    public TaskProcess Process(string execId) =>
        execId.Length == 0 ? Init
        : Execs.TryGetValue(execId, out object? process) ? (TaskProcess)process
        : throw new TaskException(TaskError.NotFound, $"there is no process {execId} in the container {Id}");

    /// <summary>What a process is doing.</summary>
    public TaskState StateOf(TaskProcess process) =>
        IsPaused && process.State == TaskState.Running ? TaskState.Paused : process.State;

    /// <summary>The name of the process of <c>exec</c> with that id; empty for other processes.</summary>
    public string ExecIdOf(int pid)
    {
        foreach (object process in Execs.Values)
            if (((TaskProcess)process).Pid == pid) return ((TaskProcess)process).ExecId;
        return "";
    }
}
