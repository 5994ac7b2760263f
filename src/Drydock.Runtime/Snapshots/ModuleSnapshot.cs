using Drydock.Wasm;

namespace Drydock.Runtime.Snapshots;

/// <summary>
/// Runs a module's start-up and writes down what came of it as a module again: memories as data segments, globals and
/// tables as initial values. The result is ordinary WebAssembly that any engine starts where this one stopped.
/// </summary>
public static class ModuleSnapshot
{
    /// <summary>
    /// The export that is run unless another is asked for; newer versions of Wizer spell it with a hyphen.
    /// </summary>
    public const string DefaultExport = "wizer.initialize";
    private const string NewerDefaultExport = "wizer-initialize";
    private const string Initialize = "_initialize";
    private const ulong LargestMemory = 1UL << 30;

    /// <summary>
    /// Runs <c>_initialize</c>, if there is one, and <paramref name="export"/>, and returns the new binary.
    /// </summary>
    /// <param name="linker">What the module may import while it runs.</param>
    /// <param name="binary">The module.</param>
    /// <param name="export">A function without parameters and results.</param>
    /// <exception cref="SnapshotException">The module is not of the kind that can be written down.</exception>
    /// <exception cref="WasmFormatException">The binary is no module.</exception>
    /// <exception cref="TrapException">The start-up trapped.</exception>
    public static byte[] Take(Linker linker, ReadOnlyMemory<byte> binary, string export)
    {
        ArgumentNullException.ThrowIfNull(linker);
        WasmModule definition = ModuleDecoder.Decode(binary);
        Check(definition);
        using Module module = Module.Compile(linker.Engine, definition);
        using var store = new Store(linker.Engine);
        Instance instance = linker.Instantiate(store, module);
        var tables = Array.ConvertAll(instance.Tables, table => table.Span.ToArray());
        if (export == DefaultExport && instance.GetFunction(NewerDefaultExport) is not null)
            export = NewerDefaultExport;
        if (export != Initialize) instance.GetFunction(Initialize)?.Invoke();
        FunctionOf(instance, export).Invoke();
        return new SnapshotWriter(instance, tables, export).Write();
    }

    /// <summary>Whether an export takes the place of <c>_start</c> once the module is initialised.</summary>
    internal static bool IsResume(string export) => export is "wizer.resume" or "wizer-resume";

    private static Function FunctionOf(Instance instance, string export)
    {
        Function function = instance.GetFunction(export) ?? throw new SnapshotException(
            $"the module exports no function {export}, which initialises it: export one, or name another");
        return function.Type.Parameters.IsEmpty && function.Type.Results.IsEmpty
            ? function
            : throw new SnapshotException($"the function {export} has parameters or results");
    }

    private static void Check(WasmModule module)
    {
        if (module.ImportedMemoryCount + module.ImportedTableCount + module.ImportedGlobalCount
            + module.ImportedTagCount > 0)
            throw new SnapshotException(
                "the module imports a memory, table, global or tag, whose state is not its own");
        foreach (MemoryType memory in module.Memories)
            if (memory.IsShared) throw new SnapshotException("the module has a shared memory");
    }

    /// <summary>Checks what only the state tells.</summary>
    internal static void Check(Instance instance)
    {
        foreach (Memory memory in instance.Memories)
            if (memory.ByteLength > LargestMemory) throw new SnapshotException("a memory is larger than 1 GiB");
    }
}
