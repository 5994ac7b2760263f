using System.Diagnostics;
using System.Security.Cryptography;
using Drydock.Compiler;
using Drydock.Compiler.Baseline;
using Drydock.Runtime;
using Drydock.Runtime.Cache;
using Drydock.Wasm;
using Drydock.Wasm.Text;

namespace Drydock.Bench;

/// <summary>
/// How long another instance of a module takes in a process that has one, its code being in the cache.
/// </summary>
internal static class InstanceSpeed
{
    private const int Warm = 5000, Instances = 2000;

    public static void Measure(BenchOptions options, Results results)
    {
        Console.WriteLine($"instances, median of {Instances}");
        string directory = Directory.CreateTempSubdirectory("drydock-bench-").FullName;
        Measure(results, directory, "20 MB of memory", LargeMemory(), "at most 50");
        Measure(results, directory, "hello", File.ReadAllBytes(options.Wasm("hello")), "at most 20");
        Directory.Delete(directory, recursive: true);
    }

    /// <summary>A module whose memory begins with 20 MB that are not zero.</summary>
    private static byte[] LargeMemory()
    {
        string content = new('x', 1 << 20);
        var text = new System.Text.StringBuilder("(module (memory (export \"memory\") 320)");
        for (int i = 0; i < 20; i++) text.Append($"(data (i32.const {i << 20}) \"{content}\")");
        return TextModule.Assemble(text.Append("(func (export \"_start\")))").ToString());
    }

    private static void Measure(Results results, string directory, string name, byte[] binary, string goal)
    {
        using var engine = new Engine();
        CodeCache cache = CodeCache.Open(directory)!;
        WasmModule definition = ModuleDecoder.Decode(binary);
        byte[] digest = SHA256.HashData(binary);
        CodeImage image = CodeImageCompiler.Compile(
            new(definition, new VmContextLayout(definition), engine.Settings), new BaselineCompiler(), 2);
        cache.Store(digest, engine.Settings, definition, image);
        using Module module = cache.TryLoad(engine, digest, () => binary)!;
        var linker = new Linker(engine);
        foreach (Import import in definition.Imports)
            linker.DefineFunction(import.Module, import.Name, definition.FunctionTypeOf(import.Index),
                (in HostCall _) => { });
        var times = new double[Instances];
        for (int i = -Warm; i < Instances; i++)
        {
            using var store = new Store(engine);
            long start = Stopwatch.GetTimestamp();
            linker.Instantiate(store, module);
            if (i >= 0) times[i] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        }
        results.Add($"another instance, {name}", Results.Median(times), "us", goal);
    }
}
