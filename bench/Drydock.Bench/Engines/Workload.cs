namespace Drydock.Bench.Engines;

/// <summary>A program as WebAssembly, and its twin of the same source.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Wasm">Path of the module.</param>
/// <param name="Native">Path of the executable.</param>
internal sealed record Workload(string Name, string Wasm, string Native)
{
    /// <summary>
    /// The programs of a directory with <c>wasm/NAME.wasm</c> and <c>native/NAME</c>; <c>wasm/NAME.simd.wasm</c> has
    /// the same twin. Programs without a twin are left out, and hello, which does not measure itself.
    /// </summary>
    public static Workload[] Of(string directory)
    {
        var found = new List<Workload>();
        foreach (string wasm in Directory.EnumerateFiles(Path.Join(directory, "wasm"), "*.wasm").Order())
        {
            string name = Path.GetFileNameWithoutExtension(wasm);
            string native = Path.Join(directory, "native", name.Replace(".simd", ""));
            if (name != "hello" && File.Exists(native)) found.Add(new(name, wasm, native));
        }
        return [.. found];
    }
}
