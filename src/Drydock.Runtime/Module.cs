using Drydock.Wasm;

namespace Drydock.Runtime;

/// <summary>A validated module ready to be instantiated in any store of its engine. Thread-safe.</summary>
public sealed class Module : IDisposable
{
    private Module(Engine engine, WasmModule definition)
    {
        Engine = engine;
        Definition = definition;
    }

    /// <summary>
    /// Decodes and validates <paramref name="binary"/>, which must not change afterwards. Functions are compiled when
    /// they are first called.
    /// </summary>
    /// <exception cref="InvalidDataException">The binary is malformed or invalid.</exception>
    public static Module Compile(Engine engine, ReadOnlyMemory<byte> binary) => throw new NotImplementedException();

    /// <summary>Makes a module of one that is already decoded and validated.</summary>
    public static Module Compile(Engine engine, WasmModule definition) => new(engine, definition);

    /// <summary>The engine.</summary>
    public Engine Engine { get; }
    /// <summary>What the binary says.</summary>
    public WasmModule Definition { get; }
    /// <summary>What has to be given to instantiate the module, in order.</summary>
    public IReadOnlyList<ImportType> Imports => throw new NotImplementedException();
    /// <summary>What instances offer, in order.</summary>
    public IReadOnlyList<ExportType> Exports => throw new NotImplementedException();

    /// <summary>The name of a function from the name section, or else from an export; null if it has none.</summary>
    public string? FunctionName(int functionIndex) => throw new NotImplementedException();

    /// <summary>Frees the code once no store holds an instance of the module any more.</summary>
    public void Dispose() { }
}
