using System.Runtime.CompilerServices;
using Drydock.Runtime;
using Drydock.Wasm;
using Module = Drydock.Runtime.Module;
using ValueType = Drydock.Wasm.ValueType;

namespace Drydock.AotTests;

/// <summary>One thread with a store of its own, doing rounds of everything that can go wrong.</summary>
internal sealed class Worker
{
    private readonly Thread _thread;
    private readonly Engine _engine;
    private readonly Module _module;
    private readonly int _rounds;
    private Instance _instance = null!;

    public Worker(Engine engine, Module module, int rounds, int stackSize)
    {
        (_engine, _module, _rounds) = (engine, module, rounds);
        _thread = new Thread(Run, stackSize);
    }

    /// <summary>What went wrong, or null.</summary>
    public string? Failure { get; private set; }

    public void Start() => _thread.Start();
    public void Join() => _thread.Join();

    private void Run()
    {
        try
        {
            using var store = new Store(_engine);
            _instance = Link().Instantiate(store, _module);
            for (int round = 0; round < _rounds; round++) RunRound(round);
        }
        catch (Exception e)
        {
            Failure = $"{e.GetType().Name}: {e.Message}";
        }
    }

    private Linker Link()
    {
        ValueType[] one = [ValueType.I32];
        var linker = new Linker(_engine);
        linker.DefineFunction("host", "allocate", new FunctionType(one, one), static (in HostCall call) =>
            call.SetInt32(0, new byte[call.GetInt32(0) * 64].Length));
        linker.DefineFunction("host", "throw", new FunctionType([], []), static (in HostCall _) =>
            throw new FormatException("from the host"));
        linker.DefineFunction("host", "reenter", new FunctionType(one, one), static (in HostCall call) =>
            call.SetInt32(0, call.Caller.GetFunction("reenter")!.Invoke(call.GetInt32(0))[0].AsInt32()));
        return linker;
    }

    private void RunRound(int round)
    {
        Expect(Call("add", round, 2).AsInt32() == round + 2, "add");
        Expect(Call("allocate", 20).AsInt32() == 210 * 64, "allocate");
        ExpectTrap("integer divide by zero", "divide", 0);
        ExpectTrap("out of bounds memory access", "load", -4);
        ExpectTrap("unreachable", "unreachable");
        ExpectTrap("uninitialized element", "indirect", 1);
        ExpectTrap("undefined element", "indirect", 7);
        ExpectTrap("integer divide by zero", "reenter", 5);
        ExpectThrow<FormatException>(() => Call("throw"));
        ExpectThrow<NullReferenceException>(() => Dereference(null));
        if (round % 100 == 0) Exhaust();
    }

    private void Exhaust()
    {
        ExpectTrap("call stack exhausted", "recurse");
        ExpectTrap("call stack exhausted", "frame", 1_000_000);
        Expect(Call("frame", 2).AsInt32() == 3, "frame");
        Expect(Call("tail", 50_000L).AsInt64() == 9, "tail");
    }

    private Value Call(string name, params ReadOnlySpan<Value> arguments) =>
        _instance.GetFunction(name)!.Invoke(arguments) is [var result, ..] ? result : default;

    private void ExpectTrap(string message, string name, params Value[] arguments)
    {
        try
        {
            Call(name, arguments);
        }
        catch (TrapException e) when (e.Message.StartsWith(message, StringComparison.Ordinal))
        {
            return;
        }
        throw new InvalidOperationException($"{name} did not trap with \"{message}\"");
    }

    private static void ExpectThrow<T>(Action action) where T : Exception
    {
        try
        {
            action();
        }
        catch (T)
        {
            return;
        }
        throw new InvalidOperationException($"no {typeof(T).Name}");
    }

    private static void Expect(bool condition, string what)
    {
        if (!condition) throw new InvalidOperationException($"{what} gave a wrong result");
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Dereference(string? text) => text!.Length;
}
