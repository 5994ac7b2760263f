using Drydock.Runtime;
using Drydock.Runtime.Snapshots;
using Drydock.Wasi;
using Drydock.Wasm;

namespace Drydock.Containers;

/// <summary>What a module gets while its start-up is run beforehand: nothing, unless it is named here.</summary>
public sealed record SnapshotRequest
{
    /// <summary>The usual <see cref="Export"/>.</summary>
    public const string DefaultExport = ModuleSnapshot.DefaultExport;

    /// <summary>The function that initialises the module.</summary>
    public string Export { get; init; } = DefaultExport;
    /// <summary>Environment, each as <c>NAME=value</c>.</summary>
    public IReadOnlyList<string> Environment { get; init; } = [];
    /// <summary>Directories of the host.</summary>
    public IReadOnlyList<Volume> Volumes { get; init; } = [];

    internal bool IsClosed => Environment.Count == 0 && Volumes.Count == 0;
}

/// <summary>Runs a module's start-up when an image is built.</summary>
public static class Snapshot
{
    /// <summary>The module as it is once it is initialised.</summary>
    /// <param name="binary">The module.</param>
    /// <param name="request">What to run, and what it gets.</param>
    /// <exception cref="ContainerException">It cannot be initialised beforehand.</exception>
    public static byte[] Take(byte[] binary, SnapshotRequest request)
    {
        try
        {
            using var engine = new Engine(new EngineOptions { Compiler = OptimizingTier.Create(0) });
            var linker = new Linker(engine);
            using WasiContext? wasi = request.IsClosed ? null : Open(request);
            if (wasi is not null) WasiPreview1.Define(linker, wasi);
            else Refuse(linker, ModuleDecoder.Decode(binary));
            return ModuleSnapshot.Take(linker, binary, request.Export);
        }
        catch (WasmFormatException e)
        {
            throw Failed($"it is not a valid module: {e.Message}");
        }
        catch (TrapException e)
        {
            throw Failed($"{request.Export} trapped: {e.Describe()}");
        }
        catch (ProcessExitException e)
        {
            throw Failed($"{request.Export} ended the program with code {e.Code}");
        }
        catch (Exception e) when (e is SnapshotException or LinkException or WasmException)
        {
            throw Failed(e.Message);
        }
    }

    private static ContainerException Failed(string why) => new($"cannot initialise the program beforehand: {why}");

    private static WasiContext Open(SnapshotRequest request)
    {
        try
        {
            return new(new WasiOptions
            {
                Environment = request.Environment,
                Preopens = [.. request.Volumes.Select(volume => new Preopen(volume.HostPath, volume.GuestPath,
                    volume.IsReadOnly))],
                StandardInput = -1,
                StandardOutput = 2,
            });
        }
        catch (Exception e) when (e is IOException or ArgumentException)
        {
            throw Failed(e.Message);
        }
    }

    /// <summary>
    /// Imports that may be there and must not be called: what the host answered would be the answer for ever.
    /// </summary>
    private static void Refuse(Linker linker, WasmModule module)
    {
        foreach (Import import in module.Imports)
        {
            if (import.Kind != ExternalKind.Function) continue;
            string message = $"it calls {import.Module}.{import.Name} while it initialises itself; "
                + "--snapshot-env and --snapshot-dir give it what it needs";
            linker.DefineFunction(
                import.Module, import.Name, module.FunctionTypeOf(import.Index), (in HostCall _) =>
                    throw new SnapshotException(message));
        }
    }
}
