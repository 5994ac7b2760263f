using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Drydock.Runtime;
using Drydock.Wasi.Preview1;

namespace Drydock.Wasi;

/// <summary>
/// WASI preview 1: the functions of <c>wasi_snapshot_preview1</c>, and of the older <c>wasi_unstable</c> with the
/// layouts that it had.
/// </summary>
public static class WasiPreview1
{
    private const string Name = "wasi_snapshot_preview1", OlderName = "wasi_unstable";

    /// <summary>Offers the functions to the guests of a linker, all of which share the context.</summary>
    /// <param name="linker">Where to define them.</param>
    /// <param name="context">What the guest holds; to be disposed of after the guest has ended.</param>
    public static void Define(Linker linker, WasiContext context)
    {
        ArgumentNullException.ThrowIfNull(linker);
        ArgumentNullException.ThrowIfNull(context);
        var newer = new Functions(context, Snapshot.Preview1);
        var older = new Functions(context, Snapshot.Unstable);
        foreach (var entry in FunctionTable.Entries)
        {
            var type = FunctionTable.TypeOf(entry.Parameters);
            linker.DefineFunction(Name, entry.Name, type, new BoundImport(newer, entry.Import).Call);
            linker.DefineFunction(OlderName, entry.Name, type, new BoundImport(older, entry.Import).Call);
        }
        linker.DefineFunction(Name, "proc_exit", FunctionTable.ExitType, Exit);
        linker.DefineFunction(OlderName, "proc_exit", FunctionTable.ExitType, Exit);
    }

    private static void Exit(in HostCall call) => Functions.ProcExit((uint)call.GetInt32(0));

    /// <summary>A function together with the context of the guest that imports it.</summary>
    private sealed class BoundImport(Functions functions, Import import)
    {
        public void Call(in HostCall call) =>
            call.SetInt32(0, (int)import(functions, MemoryOf(call), call));

        // A span ends at 2 GiB. The exported memory tells how long a larger one is, if it is the same one.
        private static GuestMemory MemoryOf(in HostCall call)
        {
            var bytes = call.Memory;
            return bytes.Length == int.MaxValue && call.Caller.GetMemory("memory") is { } memory
                && Unsafe.AreSame(in MemoryMarshal.GetReference(memory.Span), in MemoryMarshal.GetReference(bytes))
                ? new GuestMemory(bytes, memory.ByteLength) : new GuestMemory(bytes);
        }
    }
}
