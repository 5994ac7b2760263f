using Drydock.Compiler;

namespace Drydock.Runtime.Tests;

/// <summary>One module in an engine and a store of its own.</summary>
internal sealed class Guest : IDisposable
{
    private readonly Engine _engine;
    private readonly Module _module;

    public Guest(string text, params Func<CompilationUnit, FunctionCode>[] bodies)
        : this(text, new HandCompiler(bodies)) { }

    public Guest(string text, Action<Linker> define, params Func<CompilationUnit, FunctionCode>[] bodies)
        : this(text, new HandCompiler(bodies), define) { }

    public Guest(
        string text, IFunctionCompiler? compiler, Action<Linker>? define = null, StoreOptions? options = null,
        EngineOptions? engine = null)
    {
        _engine = new Engine((engine ?? new()) with { Compiler = compiler });
        Store = new Store(_engine, options);
        _module = HandCompiler.Assemble(_engine, text);
        var linker = new Linker(_engine);
        define?.Invoke(linker);
        Instance = linker.Instantiate(Store, _module);
    }

    public Store Store { get; }
    public Instance Instance { get; }

    public Value[] Call(string name, params ReadOnlySpan<Value> arguments) =>
        Instance.GetFunction(name)!.Invoke(arguments);

    /// <summary>How a call of a function of 32-bit results ends: they, or the message of the trap.</summary>
    public string Outcome(string name, params ReadOnlySpan<Value> arguments)
    {
        try
        {
            return string.Join(' ', Call(name, arguments).Select(result => result.AsInt32()));
        }
        catch (TrapException trap)
        {
            return trap.Message;
        }
    }

    public void Dispose()
    {
        Store.Dispose();
        _module.Dispose();
        _engine.Dispose();
    }
}
