namespace Drydock.Containers.Tasks;

/// <summary>Hears what happens to containers, in the order it happens.</summary>
public interface ITaskEvents
{
    /// <summary>A container was made.</summary>
    void Created(TaskContainer container);

    /// <summary>A process of <c>exec</c> is known, and not made yet.</summary>
    void ExecAdded(TaskContainer container, TaskProcess process);

    /// <summary>A process runs.</summary>
    void Started(TaskContainer container, TaskProcess process);

    /// <summary>A process of the container was killed for want of memory.</summary>
    void OutOfMemory(TaskContainer container);

    /// <summary>A process has ended.</summary>
    void Exited(TaskContainer container, TaskProcess process);

    /// <summary>A container is frozen, or is not any longer.</summary>
    void Paused(TaskContainer container, bool isPaused);

    /// <summary>Nothing is left of a container.</summary>
    void Deleted(TaskContainer container);
}
