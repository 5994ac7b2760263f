using Drydock.Compiler;
using Drydock.Runtime.Native;
using Drydock.Wasm;

namespace Drydock.Runtime.Cache;

/// <summary>
/// An entry of the cache that is mapped: everything a module needs to run, read only as far as it is used.
/// </summary>
internal sealed class CacheEntry : IDisposable
{
    private readonly MappedFile _mapping;
    private readonly CodeImageFile _file;
    private readonly Func<WasmModule> _whole;
    private readonly MemoryRun[] _runs;

    /// <param name="mapping">The file, which the entry disposes of.</param>
    /// <param name="file">What it holds.</param>
    /// <param name="whole">The module with all its bodies, for functions the entry lacks.</param>
    /// <exception cref="InvalidDataException">The parts of the file do not fit each other.</exception>
    /// <exception cref="WasmFormatException">The module in the file is none.</exception>
    public CacheEntry(MappedFile mapping, CodeImageFile file, Func<WasmModule> whole)
    {
        (_mapping, _file, _whole) = (mapping, file, whole);
        Definition = ModuleDecoder.DecodeOutline(file[CodeImageSection.Module]);
        if (Definition.Bodies.Length != file.Image.FunctionCount)
            throw new InvalidDataException("code and module do not match");
        _runs = MemoryImage.Read(
            file[CodeImageSection.MemoryRuns].Span, file[CodeImageSection.MemoryPages].Length);
        if (_runs.Any(run => (uint)run.Memory >= (uint)Definition.Memories.Length))
            throw new InvalidDataException("memory and module do not match");
    }

    /// <summary>The module without its function bodies.</summary>
    public WasmModule Definition { get; }
    /// <summary>Whether active data segments are laid out in pages.</summary>
    public bool HasMemoryImage => _runs.Length > 0;

    /// <summary>Number of functions that the optimizing tier has yet to do.</summary>
    public int FunctionsLeft => _file.FunctionsLeft;

    /// <summary>Maps the code.</summary>
    /// <exception cref="InvalidOperationException">The system refuses, as on a file system mounted without
    /// execution.</exception>
    public ModuleCode MapCode(Engine engine, VmContextLayout layout)
    {
        var text = new TextFile(_mapping.Descriptor, _file.OffsetOf(CodeImageSection.Text));
        var unit = new Lazy<CompilationUnit>(() => new(_whole(), layout, engine.Settings));
        return new ModuleCode(
            _file.Image, text, Definition.ImportedFunctionCount, _file.MissingSize, engine.Compiler, () => unit.Value);
    }

    /// <summary>Gives an instance's memories their first content.</summary>
    public void InitializeMemories(Instance instance)
    {
        var pages = _file[CodeImageSection.MemoryPages];
        long offset = _file.OffsetOf(CodeImageSection.MemoryPages);
        foreach (var run in _runs)
        {
            var memory = instance.Memories[run.Memory];
            var content = pages.Span.Slice((int)run.Offset, (int)run.Length);
            if (!memory.TryMap((ulong)run.Address, content.Length, _mapping.Descriptor, offset + run.Offset))
                memory.Write((ulong)run.Address, content);
        }
    }

    public void Dispose() => ((IDisposable)_mapping).Dispose();
}
