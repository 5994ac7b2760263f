using Drydock.Runtime;
using Drydock.Wasm;
using ValueType = Drydock.Wasm.ValueType;

namespace Drydock.Cli.Wast;

/// <summary>The module <c>spectest</c> that scripts import from.</summary>
internal static class Spectest
{
    private const string Name = "spectest";

    public static void Define(Linker linker, Store store)
    {
        Print(linker, "print");
        Print(linker, "print_i32", ValueType.I32);
        Print(linker, "print_i64", ValueType.I64);
        Print(linker, "print_f32", ValueType.F32);
        Print(linker, "print_f64", ValueType.F64);
        Print(linker, "print_i32_f32", ValueType.I32, ValueType.F32);
        Print(linker, "print_f64_f64", ValueType.F64, ValueType.F64);
        DefineGlobals(linker, store);
        Offer(linker, "table", () => Runtime.Table.Create(store,
            new TableType(ValueType.FuncRef, new Limits(10, 20, false))));
        Offer(linker, "table64",
            () => Runtime.Table.Create(store, new TableType(ValueType.FuncRef, new Limits(10, 20, true))));
        Offer(linker, "memory", () => Memory.Create(store, new MemoryType(new Limits(1, 2, false))));
        Offer(linker, "shared_memory",
            () => Memory.Create(store, new MemoryType(new Limits(1, 2, false), IsShared: true)));
    }

    private static void DefineGlobals(Linker linker, Store store)
    {
        Constant(linker, store, "global_i32", ValueType.I32, 666);
        Constant(linker, store, "global_i64", ValueType.I64, 666L);
        Constant(linker, store, "global_f32", ValueType.F32, 666.6f);
        Constant(linker, store, "global_f64", ValueType.F64, 666.6);
    }

    private static void Print(Linker linker, string name, params ValueType[] parameters) =>
        linker.DefineFunction(Name, name, new FunctionType(parameters, []), (in HostCall _) => { });

    private static void Constant(Linker linker, Store store, string name, ValueType type, Value value) =>
        Offer(linker, name, () => Global.Create(store, new GlobalType(type, false), value));

    /// <summary>
    /// Offers an item if the runtime can make it; the modules that import one it cannot make fail, each by name.
    /// </summary>
    private static void Offer(Linker linker, string name, Func<Extern> make)
    {
        try
        {
            linker.Define(Name, name, make());
        }
        catch (NotSupportedException)
        {
        }
    }
}
