using Drydock.Wasm.Text;

namespace Drydock.Cli.Wast;

/// <content>Threads of a script: each has a store of its own, and sees what the instance shared with it
/// exports.</content>
internal sealed partial class ScriptRunner
{
    private readonly Dictionary<string, Thread> _threads = [];

    private string? Start(ThreadCommand command)
    {
        var runner = new ScriptRunner(_result, _features, _engine);
        if (command.Shared is { } name)
        {
            // Collects the exports here, since an instance is for one thread at a time.
            _ = Find(name).Exports;
            runner._instances[name] = _instances[name];
        }

        var thread = new Thread(() => runner.Run(command.Commands)) { IsBackground = true };
        _threads[command.Name ?? ""] = thread;
        thread.Start();
        return null;
    }

    private void Run(IEnumerable<ScriptCommand> commands)
    {
        foreach (var command in commands) Run(command);
        End();
    }

    private string? Join(WaitCommand command)
    {
        if (!_threads.TryGetValue(command.Thread ?? "", out var thread)) return $"no thread {command.Thread}";
        thread.Join();
        return null;
    }
}
