using Drydock.Wasm;

namespace Drydock.Fuzz.Differential;

internal sealed record Signature(Sort[] Parameters, Sort[] Results);

internal sealed record MemoryShape(int Minimum, int Maximum, bool Is64, bool IsShared)
{
    public Sort Address => Is64 ? 'I' : 'i';

    public byte[] Encode() =>
        [(byte)(1 | (IsShared ? 2 : 0) | (Is64 ? 4 : 0)), .. Bytes.Unsigned(Minimum), .. Bytes.Unsigned(Maximum)];
}

internal sealed record TableShape(Sort Element, int Minimum, int Maximum, bool Is64)
{
    public Sort Address => Is64 ? 'I' : 'i';

    public byte[] Encode() =>
        [.. Element.Encoding, (byte)(1 | (Is64 ? 4 : 0)), .. Bytes.Unsigned(Minimum), .. Bytes.Unsigned(Maximum)];
}

/// <summary>A field of a structure, or the elements of an array.</summary>
/// <param name="Sort">Of its value.</param>
/// <param name="Packed">1 or 2 if it holds no more bytes than that.</param>
internal sealed record Field(Sort Sort, int Packed)
{
    public byte[] Encode() => [.. Packed switch { 1 => [0x78], 2 => [0x77], _ => Sort.Encoding }, 1];
}

/// <summary>A structure or array type.</summary>
internal sealed record HeapShape(int Index, bool IsArray, Field[] Fields, int Super)
{
    public byte[] Encode()
    {
        byte[][] super = Super < 0 ? [] : [Bytes.Unsigned(Super)];
        byte[][] fields = [.. Fields.Select(field => field.Encode())];
        return [0x50, .. Bytes.Row(super), .. IsArray ? [0x5E, .. fields[0]] : (byte[])[0x5F, .. Bytes.Row(fields)]];
    }
}

/// <summary>The type section, which grows while functions are made.</summary>
internal sealed class TypeTable
{
    private readonly Dictionary<string, int> _functions = [];

    public List<byte[]> Encoded { get; } = [];

    public int Of(Signature signature)
    {
        byte[] encoded = [0x60, .. Bytes.Types(signature.Parameters), .. Bytes.Types(signature.Results)];
        string key = Convert.ToHexString(encoded);
        if (_functions.TryGetValue(key, out int index)) return index;
        _functions.Add(key, Encoded.Count);
        Encoded.Add(encoded);
        return Encoded.Count - 1;
    }
}

/// <summary>What a module declares; its functions are made to fit.</summary>
internal sealed class ModuleShape
{
    /// <summary>Calls and loop turns that are left, so that every module comes to its end.</summary>
    public const int FuelGlobal = 0;

    public required WasmFeatures Features { get; init; }
    public TypeTable Types { get; } = new();
    public List<Signature> Functions { get; } = [];
    public List<MemoryShape> Memories { get; } = [];
    public List<TableShape> Tables { get; } = [];
    public List<Sort> Globals { get; } = ['i'];
    public List<byte[]> GlobalValues { get; } = [Bytes.Int32(0)];
    public List<HeapShape> Heap { get; } = [];
    public List<Signature> Tags { get; } = [];
    public int ImportedFunctions { get; set; }

    /// <summary>The functions that table 0 begins with, by index.</summary>
    public List<int> Slots { get; } = [];
    /// <summary>Passive segments, behind the one active segment of either kind, and how long each is.</summary>
    public List<byte[]> Data { get; } = [];
    public List<int[]> Elements { get; } = [];

    /// <summary>What parameters, results, locals and globals may be.</summary>
    public List<Sort> Sorts { get; } = [];

    public bool Has(WasmFeatures feature) => (Features & feature) != 0;

    /// <summary>A function of the type that a typed reference is to; there always is one.</summary>
    public int FunctionOf(Sort reference) => Functions.FindIndex(signature => Types.Of(signature) == reference.Index);
}
