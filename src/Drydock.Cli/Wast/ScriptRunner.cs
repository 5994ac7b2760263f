using Drydock.Runtime;
using Drydock.Wasm;
using Drydock.Wasm.Text;

namespace Drydock.Cli.Wast;

/// <summary>Runs the commands of one script in one store.</summary>
internal sealed partial class ScriptRunner : IDisposable
{
    /// <summary>An instance of the script, or why there is none.</summary>
    private sealed record Slot(Instance? Instance, string? Problem);

    /// <summary>
    /// Whether the heap is collected at every allocation: a test of the runtime rather than of a script.
    /// </summary>
    private static readonly bool IsStressed = Environment.GetEnvironmentVariable("DRYDOCK_STRESS_HEAP") == "1";

    private readonly FileResult _result;
    private readonly WasmFeatures _features;
    private readonly Engine _engine;
    private readonly Store _store;
    private readonly Linker _linker;
    private readonly ValueMatcher _values;
    private readonly List<Module> _modules = [];
    private readonly Dictionary<string, Slot> _instances = [];
    private readonly Dictionary<string, WasmModule> _definitions = [];
    private Slot _last = new(null, "no module was defined yet");
    private WasmModule? _lastDefinition;

    public ScriptRunner(FileResult result, WasmFeatures features)
        : this(result, features, new Engine(new() { StressHeap = IsStressed }))
    {
    }

    private ScriptRunner(FileResult result, WasmFeatures features, Engine engine)
    {
        (_result, _features, _engine) = (result, features, engine);
        _store = new Store(_engine);
        _linker = new Linker(_engine);
        _values = new ValueMatcher(_store);
        Spectest.Define(_linker, _store);
    }

    public void Dispose()
    {
        End();
        _engine.Dispose();
    }

    private void End()
    {
        foreach (var thread in _threads.Values) thread.Join();
        _store.Dispose();
        foreach (var module in _modules) module.Dispose();
    }

    public void Run()
    {
        foreach (var command in Script.Parse(ModuleBytes.Read(_result.File)).Commands) Run(command);
    }

    private void Run(ScriptCommand command)
    {
        _result.Begin(command.Line);
        var problem = Attempt(command);
        if (problem is null) _result.AddPass();
        else _result.AddFailure(new Failure(command.Line, $"{NameOf(command)}: {problem}"));
    }

    private string? Attempt(ScriptCommand command)
    {
        try
        {
            return Execute(command);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            return Describe(error);
        }
    }

    private static string NameOf(ScriptCommand command) => command switch
    {
        ModuleCommand { IsDefinition: true } => "module definition",
        ModuleCommand => "module",
        InstanceCommand => "module instance",
        RegisterCommand => "register",
        ActionCommand { Action.IsGet: true } => "get",
        ActionCommand => "invoke",
        AssertReturnCommand => "assert_return",
        AssertFailureCommand { Failure: ActionFailure.Trap } => "assert_trap",
        AssertFailureCommand { Failure: ActionFailure.Exhaustion } => "assert_exhaustion",
        AssertFailureCommand => "assert_exception",
        AssertModuleCommand assertion => $"assert_{assertion.Failure.ToString().ToLowerInvariant()}",
        ThreadCommand => "thread",
        _ => "wait",
    };

    /// <summary>Runs a command; null, or what went wrong.</summary>
    private string? Execute(ScriptCommand command)
    {
        switch (command)
        {
            case ModuleCommand module: return Define(module);
            case InstanceCommand instance: return MakeInstance(instance);
            case RegisterCommand register: return Register(register);
            case ActionCommand action: Act(action.Action); return null;
            case AssertReturnCommand assertion: return AssertReturn(assertion);
            case AssertFailureCommand assertion: return AssertFailure(assertion);
            case AssertModuleCommand assertion: return AssertModule(assertion);
            case ThreadCommand thread: return Start(thread);
            default: return Join((WaitCommand)command);
        }
    }

    private string? Define(ModuleCommand command)
    {
        _last = new Slot(null, $"the module of line {command.Line} failed");
        Remember(command.Module.Name, _last);
        var definition = Decode(command.Module);
        if (command.Module.Name is { } name) _definitions[name] = definition;
        _lastDefinition = definition;
        if (!command.IsDefinition) Instantiate(definition, command.Module.Name);
        return null;
    }

    private string? MakeInstance(InstanceCommand command)
    {
        var definition = command.Definition is { } name ? _definitions.GetValueOrDefault(name) : _lastDefinition;
        if (definition is null) return $"no module {command.Definition}";
        Instantiate(definition, command.Instance);
        return null;
    }

    private void Remember(string? name, Slot slot)
    {
        if (name is not null) _instances[name] = slot;
    }

    private WasmModule Decode(ScriptModule module) => ModuleDecoder.Decode(module.Assemble(_features), _features);

    private void Instantiate(WasmModule definition, string? name)
    {
        _last = new Slot(null, "its module could not be instantiated");
        Remember(name, _last);
        var module = ImageModule.Compile(_engine, definition);
        _modules.Add(module);
        _last = new Slot(_linker.Instantiate(_store, module), null);
        Remember(name, _last);
    }

    private Instance Find(string? name)
    {
        var slot = name is null ? _last : _instances.GetValueOrDefault(name);
        return slot?.Instance ?? throw new InvalidOperationException(slot?.Problem ?? $"no instance ${name}");
    }

    private string? Register(RegisterCommand command)
    {
        _linker.DefineInstance(command.As, Find(command.Instance));
        return null;
    }

    /// <summary>Invokes or reads; the values with their types.</summary>
    private (Value[] Values, Wasm.ValueType[] Types) Act(ScriptAction action)
    {
        var instance = Find(action.Instance);
        if (action.IsGet)
        {
            var global = instance.GetGlobal(action.Name)
                ?? throw new InvalidOperationException($"no global \"{action.Name}\"");
            return ([global.Value], [global.Type.Type]);
        }

        var function = instance.GetFunction(action.Name)
            ?? throw new InvalidOperationException($"no function \"{action.Name}\"");
        return (function.Invoke([.. action.Arguments.Select(_values.ToValue)]), function.Type.Results.ToArray());
    }

    private string? AssertReturn(AssertReturnCommand command)
    {
        var (values, types) = Act(command.Action);
        var matches = values.Length == command.Results.Count
            && values.Index().All(value => _values.Matches(command.Results[value.Index], value.Item,
                types[value.Index]));
        if (matches) return null;
        var actual = values.Zip(types, ValueMatcher.Describe);
        return $"expected {string.Join(' ', command.Results)}, got {string.Join(' ', actual)} from {command.Action.Name}";
    }

    private string? AssertFailure(AssertFailureCommand command)
    {
        var expected = command.Failure == ActionFailure.Exception ? "uncaught exception" : command.Message;
        try
        {
            var (values, types) = Act(command.Action);
            return $"expected \"{expected}\", got {string.Join(' ', values.Zip(types, ValueMatcher.Describe))} from {command.Action.Name}";
        }
        catch (WasmException) when (command.Failure == ActionFailure.Exception)
        {
            return null;
        }
        catch (TrapException trap)
        {
            return Agree(expected, trap.Message) ? null : $"expected \"{expected}\", got the trap \"{trap.Message}\"";
        }
    }

    /// <summary>Whether one text is the start of the other: scripts add an index to some, and abridge others.</summary>
    private static bool Agree(string expected, string actual) =>
        actual.StartsWith(expected, StringComparison.Ordinal) || expected.StartsWith(actual, StringComparison.Ordinal);

    private string? AssertModule(AssertModuleCommand command)
    {
        var isCustom = command.Failure is ModuleFailure.MalformedCustom or ModuleFailure.InvalidCustom;
        try
        {
            var definition = Decode(command.Module);
            if (command.Failure is ModuleFailure.Unlinkable or ModuleFailure.Trap)
                InstantiateUnnamed(definition);
            return $"expected \"{command.Message}\", but the module was accepted";
        }
        catch (Exception error) when (!isCustom || error is WasmTextException)
        {
            return IsRefusal(command, error) ? null : $"expected \"{command.Message}\", got {Describe(error)}";
        }
    }

    private void InstantiateUnnamed(WasmModule definition)
    {
        var module = ImageModule.Compile(_engine, definition);
        _modules.Add(module);
        _linker.Instantiate(_store, module);
    }

    private static bool IsRefusal(AssertModuleCommand command, Exception error) => command.Failure switch
    {
        ModuleFailure.Malformed =>
            error is WasmTextException or WasmFormatException { Kind: WasmFormatErrorKind.Malformed },
        ModuleFailure.Invalid => error is WasmFormatException { Kind: WasmFormatErrorKind.Invalid },
        ModuleFailure.Unlinkable => error is LinkException && Agree(command.Message, error.Message),
        ModuleFailure.Trap => error is TrapException && Agree(command.Message, error.Message),
        _ => error is WasmTextException,
    };

    public static string Describe(Exception error) => error switch
    {
        WasmException exception => exception.Describe(),
        TrapException => $"the trap \"{error.Message}\"",
        LinkException or WasmTextException or WasmFormatException => $"\"{error.Message}\"",
        InvalidOperationException => error.Message,
        _ => $"{error.GetType().Name}: {error.Message}",
    };
}
