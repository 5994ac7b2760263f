using Drydock.Compiler.X64;
using Drydock.Wasm;

namespace Drydock.Runtime.Native;

/// <summary>An engine's thunks, made when a signature is first entered or called out of.</summary>
internal sealed unsafe class ThunkPool : IDisposable
{
    private const int ChunkSize = 256 << 10;
    private readonly Lock _gate = new();
    private readonly Dictionary<FunctionType, nint> _entries = [], _hosts = [], _throwingHosts = [], _guards = [],
        _crossings = [], _throwingCrossings = [];
    private readonly List<CodeMemory> _chunks = [];
    private readonly Assembler _assembler = new();

    /// <summary>The entry thunk of a signature.</summary>
    public nint Entry(FunctionType type) => Find(_entries, type, EntryThunk.Emit);

    /// <summary>The host thunk of a signature.</summary>
    /// <param name="type">The signature.</param>
    /// <param name="throws">Whether the caller looks for exceptions, so that they can be handed to it.</param>
    public nint Host(FunctionType type, bool throws) => throws
        ? Find(_throwingHosts, type,
            static (code, type) => HostThunk.Emit(code, type, HostDispatch.Address, throws: true))
        : Find(_hosts, type, static (code, type) => HostThunk.Emit(code, type, HostDispatch.Address, throws: false));

    /// <summary>The guard thunk of a signature.</summary>
    public nint Guard(FunctionType type) => Find(_guards, type, GuardThunk.Emit);

    /// <summary>The crossing thunk of a signature.</summary>
    /// <param name="type">The signature.</param>
    /// <param name="throws">Whether the caller looks for exceptions.</param>
    public nint Crossing(FunctionType type, bool throws) => throws
        ? Find(_throwingCrossings, type, static (code, type) => CrossingThunk.Emit(code, type, throws: true))
        : Find(_crossings, type, static (code, type) => CrossingThunk.Emit(code, type, throws: false));

    public void Dispose()
    {
        foreach (var chunk in _chunks) chunk.Dispose();
    }

    private nint Find(Dictionary<FunctionType, nint> thunks, FunctionType type, Action<Assembler, FunctionType> emit)
    {
        lock (_gate)
        {
            if (thunks.TryGetValue(type, out nint thunk)) return thunk;
            _assembler.Reset();
            emit(_assembler, type);
            return thunks[type] = Append(_assembler.Text);
        }
    }

    private nint Append(ReadOnlySpan<byte> text)
    {
        if (_chunks.Count == 0 || _chunks[^1].CodeSize - _chunks[^1].Used < text.Length + 16)
            _chunks.Add(new CodeMemory(0, Math.Max(ChunkSize, (text.Length + 4095) & ~4095)));
        return (nint)_chunks[^1].Code + _chunks[^1].Append(text);
    }
}
