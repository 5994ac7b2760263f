namespace Drydock.Containers.Tasks;

/// <summary>Why a request about a task is refused.</summary>
public enum TaskError
{
    /// <summary>It was tried and failed.</summary>
    Failed,
    /// <summary>The request makes no sense.</summary>
    InvalidArgument,
    /// <summary>There is no such task or process, or it has ended.</summary>
    NotFound,
    /// <summary>There is one of that name.</summary>
    AlreadyExists,
    /// <summary>The task's state does not allow it.</summary>
    FailedPrecondition,
    /// <summary>Drydock cannot do that.</summary>
    NotImplemented,
}

/// <summary>A request about a task that is refused.</summary>
/// <param name="error">Why.</param>
/// <param name="message">What was tried, on what.</param>
public sealed class TaskException(TaskError error, string message) : Exception(message)
{
    /// <summary>Why.</summary>
    public TaskError Error { get; } = error;
}
