using Drydock.Cli.Shim.Protobuf;
using Drydock.Containers.Tasks;

namespace Drydock.Cli.Shim;

/// <summary>Events as containerd words them (containerd, api/events/task.proto).</summary>
internal sealed class TaskEvents(EventPublisher publisher) : ITaskEvents
{
    public void Created(TaskContainer container)
    {
        var message = new ProtoWriter().Text(1, container.Id).Text(2, container.Request.Bundle);
        foreach (RootMount mount in container.Request.Mounts) message.Message(3, WriteMount(mount).Written);
        StreamNames streams = container.Request.Streams;
        message.Message(4, new ProtoWriter().Text(1, streams.Input).Text(2, streams.Output).Text(3, streams.Error)
            .Flag(4, streams.IsTerminal).Written);
        Publish("create", "TaskCreate", message.Number(6, (ulong)container.Init.Pid));
    }

    public void ExecAdded(TaskContainer container, TaskProcess process) =>
        Publish("exec-added", "TaskExecAdded", new ProtoWriter().Text(1, container.Id).Text(2, process.ExecId));

    public void Started(TaskContainer container, TaskProcess process)
    {
        var message = new ProtoWriter().Text(1, container.Id);
        if (process.IsInit) Publish("start", "TaskStart", message.Number(2, (ulong)process.Pid));
        else Publish("exec-started", "TaskExecStarted", message.Text(2, process.ExecId).Number(3, (ulong)process.Pid));
    }

    public void OutOfMemory(TaskContainer container) =>
        Publish("oom", "TaskOOM", new ProtoWriter().Text(1, container.Id));

    public void Exited(TaskContainer container, TaskProcess process) => Publish("exit", "TaskExit", new ProtoWriter()
        .Text(1, container.Id).Text(2, process.IsInit ? container.Id : process.ExecId).Number(3, (ulong)process.Pid)
        .Number(4, (ulong)process.ExitCode).Time(5, process.ExitedAt!.Value));

    public void Paused(TaskContainer container, bool isPaused)
    {
        var message = new ProtoWriter().Text(1, container.Id);
        if (isPaused) Publish("paused", "TaskPaused", message);
        else Publish("resumed", "TaskResumed", message);
    }

    public void Deleted(TaskContainer container) => Publish("delete", "TaskDelete", new ProtoWriter()
        .Text(1, container.Id).Number(2, (ulong)container.Init.Pid).Number(3, (ulong)container.Init.ExitCode)
        .Time(4, container.Init.ExitedAt ?? DateTime.UtcNow));

    private static ProtoWriter WriteMount(RootMount mount)
    {
        var message = new ProtoWriter().Text(1, mount.Type).Text(2, mount.Source).Text(3, mount.Target);
        foreach (string option in mount.Options) message.Text(4, option);
        return message;
    }

    private void Publish(string topic, string type, ProtoWriter message) =>
        publisher.Publish("/tasks/" + topic, "containerd.events." + type, message);
}
