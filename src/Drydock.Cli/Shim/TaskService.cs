using Drydock.Cli.Shim.Protobuf;
using Drydock.Cli.Shim.Ttrpc;
using Drydock.Containers.Tasks;

namespace Drydock.Cli.Shim;

/// <summary>The Task service (containerd, api/runtime/task/v2 and v3, whose messages are the same).</summary>
internal sealed class TaskService(TaskKeeper keeper, Action shutDown)
{
    private static readonly ProtoWriter Empty = new();

    /// <summary>Answers a call.</summary>
    public Task<ProtoWriter> Call(Request request) =>
        request.Service is "containerd.task.v2.Task" or "containerd.task.v3.Task"
        ? Call(request.Method, request.Payload)
        : throw new TaskException(TaskError.NotImplemented, $"there is no service {request.Service}");

    private async Task<ProtoWriter> Call(string method, byte[] payload)
    {
        switch (method)
        {
            case "Create": return Pid((await keeper.Create(CreateRequest.Read(payload))).Init);
            case "Exec": return Exec(ExecRequest.Read(payload));
            case "Update": return await Update(payload);
            case "Checkpoint":
                throw new TaskException(TaskError.NotImplemented,
                    "cannot make a checkpoint: compiled WebAssembly has state that cannot be carried over");
            case "Shutdown": return ShutDown();
        }
        ProcessRequest request = ProcessRequest.Read(payload);
        TaskContainer container = keeper.Find(request.Id);
        TaskProcess process = container.Process(request.ExecId);
        switch (method)
        {
            case "Start": await keeper.Start(container, process); return Pid(process);
            case "Delete":
                await keeper.Delete(container, process); return Exit(process, 2).Number(1, (ulong)process.Pid);
            case "Kill": await keeper.Kill(container, process, (int)request.Third, request.Fourth != 0); return Empty;
            case "Pause": await keeper.Pause(container, isPaused: true); return Empty;
            case "Resume": await keeper.Pause(container, isPaused: false); return Empty;
            case "Wait": await process.Exited; return Exit(process, 1);
            case "State": return State(container, process);
            case "Pids": return Pids(container);
            case "Stats": return Metrics.Write(container);
            case "Connect":
                return new ProtoWriter().Number(1, (ulong)Environment.ProcessId).Number(2, (ulong)container.Init.Pid);
            case "ResizePty": TaskKeeper.Resize(process, (int)request.Third, (int)request.Fourth); return Empty;
            case "CloseIO":
                if (request.Third != 0) TaskKeeper.CloseInput(process);
                return Empty;
            default:
                throw new TaskException(TaskError.NotImplemented,
                    $"cannot {method} {request.Id}: Drydock does not support it");
        }
    }

    private ProtoWriter Exec(ExecRequest request)
    {
        keeper.AddExec(keeper.Find(request.Id), request.ExecId, request.Streams, request.Specification);
        return Empty;
    }

    private async Task<ProtoWriter> Update(byte[] payload)
    {
        (string id, AnyMessage resources) = ReadUpdate(payload);
        await keeper.Update(keeper.Find(id), resources.Value);
        return Empty;
    }

    private static (string Id, AnyMessage Resources) ReadUpdate(byte[] payload)
    {
        (string id, AnyMessage resources) = ("", new("", []));
        for (var reader = new ProtoReader(payload); reader.Next();)
        {
            if (reader.Field == 1) id = reader.Text;
            else if (reader.Field == 2) resources = AnyMessage.Read(reader.Bytes);
        }
        return (id, resources);
    }

    /// <summary>A pod's shim stays while the pod has containers, of which each asks for this.</summary>
    private ProtoWriter ShutDown()
    {
        if (keeper.IsEmpty) shutDown();
        return Empty;
    }

    private static ProtoWriter Pid(TaskProcess process) => new ProtoWriter().Number(1, (ulong)process.Pid);

    private static ProtoWriter Exit(TaskProcess process, int field)
    {
        var message = new ProtoWriter().Number(field, (ulong)process.ExitCode);
        return process.ExitedAt is { } time ? message.Time(field + 1, time) : message;
    }

    private static ProtoWriter State(TaskContainer container, TaskProcess process)
    {
        StreamNames streams = process.StreamNames;
        var message = new ProtoWriter().Text(1, container.Id).Text(2, container.Request.Bundle)
            .Number(3, (ulong)process.Pid)
            .Number(4, (ulong)container.StateOf(process)).Text(5, streams.Input).Text(6, streams.Output)
                .Text(7, streams.Error)
            .Flag(8, streams.IsTerminal).Number(9, (ulong)process.ExitCode);
        if (process.ExitedAt is { } time) message.Time(10, time);
        return message.Text(11, process.ExecId);
    }

    private static ProtoWriter Pids(TaskContainer container)
    {
        var message = new ProtoWriter();
        foreach (int pid in container.Group?.Processes() ?? [])
        {
            var process = new ProtoWriter().Number(1, (ulong)pid);
            if (container.ExecIdOf(pid) is { Length: > 0 } execId)
                process.Any(2, "containerd.runc.v1.ProcessDetails", new ProtoWriter().Text(1, execId).Written);
            message.Message(1, process.Written);
        }
        return message;
    }
}
