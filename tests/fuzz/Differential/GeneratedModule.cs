using Drydock.Wasm;

namespace Drydock.Fuzz.Differential;

/// <summary>A function of a generated module.</summary>
/// <param name="Signature">Its type.</param>
/// <param name="Locals">Its locals behind the parameters.</param>
/// <param name="Body">Its instructions without the last <c>end</c>.</param>
internal sealed record GeneratedFunction(Signature Signature, IReadOnlyList<Sort> Locals, Node Body)
{
    public byte[] Encode()
    {
        var code = new List<byte>(Bytes.Row([.. Runs().Select(run => (byte[])[.. Bytes.Unsigned(run.Count),
            .. run.Sort.Encoding])]));
        Body.Write(code);
        code.AddRange(Bytes.Of(Opcode.End));
        return [.. Bytes.Unsigned(code.Count), .. code];
    }

    private IEnumerable<(int Count, Sort Sort)> Runs()
    {
        for (int start = 0, end; start < Locals.Count; start = end)
        {
            for (end = start + 1; end < Locals.Count && Locals[end] == Locals[start];) end++;
            yield return (end - start, Locals[start]);
        }
    }
}

/// <summary>A module as declarations and trees of instructions.</summary>
internal sealed class GeneratedModule
{
    private readonly ModuleShape _shape;
    private readonly byte[] _activeData;
    private readonly List<GeneratedFunction> _functions = [];
    private readonly int _tests;

    private GeneratedModule(Decisions choices, WasmFeatures features)
    {
        var shapes = new ShapeGenerator(choices);
        _shape = shapes.Generate(features);
        _activeData = shapes.MakeData();
        for (int i = _shape.ImportedFunctions; i < _shape.Functions.Count; i++)
            _functions.Add(new FunctionGenerator(_shape, choices, _shape.Functions[i]).Generate());
        var wrappers = new WrapperGenerator(_shape, choices).Generate(_functions.Count);
        _tests = wrappers.Count;
        _functions.AddRange(wrappers);
    }

    public IEnumerable<Node> Bodies => _functions.Select(function => function.Body);

    public static GeneratedModule Make(ulong seed, WasmFeatures features) => new(new Decisions(seed), features);

    /// <summary>The type section is made last, since the others add to it.</summary>
    public byte[] ToBytes()
    {
        byte[] sections = [.. Sections().SelectMany(section => section)];
        return [0x00, 0x61, 0x73, 0x6D, 0x01, 0x00, 0x00, 0x00, .. Section(1, _shape.Types.Encoded), .. sections];
    }

    private IEnumerable<byte[]> Sections() =>
    [
        Section(2, HostFunctions.All.Select(Import)),
        Section(3, _functions.Select(function => Bytes.Unsigned(_shape.Types.Of(function.Signature)))),
        Section(4, _shape.Tables.Select(table => table.Encode())),
        Section(5, _shape.Memories.Select(memory => memory.Encode())),
        .. _shape.Tags.Count == 0 ? Array.Empty<byte[]>() : [Section(13, _shape.Tags.Select(Tag))],
        Section(6, _shape.Globals.Zip(_shape.GlobalValues, Global)),
        Section(7, Exports()),
        Section(9, Elements()),
        Bytes.Section(12, Bytes.Unsigned(_shape.Data.Count + 1)),
        Section(10, _functions.Select(function => function.Encode())),
        Section(11, _shape.Data.Select(data => (byte[])[1, .. Bytes.Unsigned(data.Length),
            .. data]).Prepend(ActiveData())),
    ];

    private static byte[] Section(byte id, IEnumerable<byte[]> items) => Bytes.Section(id, Bytes.Row([.. items]));

    private byte[] Import(HostFunctionShape host) =>
        [.. Bytes.Name(HostFunctionShape.Module), .. Bytes.Name(host.Name), 0,
            .. Bytes.Unsigned(_shape.Types.Of(host.Signature))];

    private byte[] Tag(Signature signature) => [0, .. Bytes.Unsigned(_shape.Types.Of(signature))];

    private static byte[] Global(Sort sort, byte[] value) => [.. sort.Encoding, 1, .. value, (byte)Opcode.End];

    private IEnumerable<byte[]> Exports()
    {
        int first = _shape.ImportedFunctions + _functions.Count - _tests;
        for (int i = 0; i < _tests; i++) yield return [.. Bytes.Name($"t{i}"), 0, .. Bytes.Unsigned(first + i)];
        for (int i = 0; i < _shape.Memories.Count; i++) yield return [.. Bytes.Name($"m{i}"), 2, .. Bytes.Unsigned(i)];
    }

    /// <summary>
    /// The slots of table 0, the passive segments, and a declaration that lets every function be referred to.
    /// </summary>
    private IEnumerable<byte[]> Elements()
    {
        yield return [0, .. Offset(_shape.Tables[0].Is64, 0), .. Indices(_shape.Slots)];
        foreach (int[] segment in _shape.Elements) yield return [1, 0, .. Indices(segment)];
        yield return [3, 0, .. Indices([.. Enumerable.Range(0, _shape.Functions.Count)])];
    }

    private byte[] ActiveData() =>
        [0, .. Offset(_shape.Memories[0].Is64, 16), .. Bytes.Unsigned(_activeData.Length), .. _activeData];

    private static byte[] Offset(bool is64, int value) =>
        [.. is64 ? Bytes.Int64(value) : Bytes.Int32(value), (byte)Opcode.End];

    private static byte[] Indices(IReadOnlyCollection<int> indices) => Bytes.Row([.. indices.Select(Bytes.Unsigned)]);
}
