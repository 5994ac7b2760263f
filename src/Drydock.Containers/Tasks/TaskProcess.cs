namespace Drydock.Containers.Tasks;

/// <summary>What a process is doing (containerd, api/types/task/task.proto).</summary>
public enum TaskState
{
    /// <summary>Nobody knows.</summary>
    Unknown,
    /// <summary>It is made and waits to be started.</summary>
    Created,
    /// <summary>It runs.</summary>
    Running,
    /// <summary>It has ended.</summary>
    Stopped,
    /// <summary>It is frozen.</summary>
    Paused,
}

/// <summary>A process of a container: its first one, or one of <c>exec</c>.</summary>
public sealed class TaskProcess
{
    private readonly TaskCompletionSource _exited = new();

    internal TaskProcess(string execId, StreamNames streamNames, byte[] specification) =>
        (ExecId, StreamNames, Specification) = (execId, streamNames, specification);

    /// <summary>Name of a process of <c>exec</c>; empty for the first one.</summary>
    public string ExecId { get; }
    /// <summary>Whether it is the container's first process.</summary>
    public bool IsInit => ExecId.Length == 0;
    /// <summary>Where it reads and writes.</summary>
    public StreamNames StreamNames { get; }
    /// <summary>Process id on the host; 0 before it is made.</summary>
    public int Pid { get; internal set; }
    /// <summary>What it is doing, as far as it has been told.</summary>
    public TaskState State { get; internal set; } = TaskState.Created;
    /// <summary>Exit code, 128 + the signal that killed it.</summary>
    public int ExitCode { get; internal set; }
    /// <summary>When it ended; null while it has not.</summary>
    public DateTime? ExitedAt { get; internal set; }
    /// <summary>Completes when its end has been told.</summary>
    public Task Exited => _exited.Task;

    /// <summary>Its description as JSON, of <c>exec</c>.</summary>
    internal byte[] Specification { get; }
    /// <summary>Whether the runtime is starting it: its end is told after its start.</summary>
    internal bool IsStarting { get; set; }
    internal TaskStreams? Streams { get; set; }

    internal void Complete() => _exited.TrySetResult();
}
