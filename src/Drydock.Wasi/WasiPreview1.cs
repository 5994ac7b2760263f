using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Drydock.Runtime;
using Drydock.Wasi.Preview1;
using FunctionType = Drydock.Wasm.FunctionType;

namespace Drydock.Wasi;

/// <summary>
/// WASI preview 1: the functions of <c>wasi_snapshot_preview1</c>, and of the older <c>wasi_unstable</c> with the
/// layouts that it had.
/// </summary>
public static class WasiPreview1
{
    private const string ExitName = "proc_exit";

    /// <summary>Offers the functions to the guests of a linker, all of which share the context.</summary>
    /// <param name="linker">Where to define them.</param>
    /// <param name="context">What the guest holds; to be disposed of after the guest has ended.</param>
    public static void Define(Linker linker, WasiContext context)
    {
        ArgumentNullException.ThrowIfNull(linker);
        ArgumentNullException.ThrowIfNull(context);
        linker.DefineModule("wasi_snapshot_preview1", new Imports(new Functions(context, Snapshot.Preview1)));
        linker.DefineModule("wasi_unstable", new Imports(new Functions(context, Snapshot.Unstable)));
    }

    private static void Exit(in HostCall call) => Functions.ProcExit((uint)call.GetInt32(0));

    /// <summary>The functions of a snapshot for the guest that holds a context.</summary>
    private sealed class Imports(Functions functions) : HostModule
    {
        public override IReadOnlyList<string> Names =>
            [ExitName, .. Array.ConvertAll(FunctionTable.Entries, entry => entry.Name)];

        public override HostFunction? Find(string name, out FunctionType type)
        {
            type = FunctionTable.ExitType;
            if (name == ExitName) return Exit;
            foreach (ref readonly var entry in FunctionTable.Entries.AsSpan())
            {
                if (entry.Name != name) continue;
                type = FunctionTable.TypeOf(entry.Parameters);
                return new BoundImport(functions, entry.Import).Call;
            }
            return null;
        }
    }

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
