using Drydock.Wasm;
using Drydock.Wasm.Binary;

namespace Drydock.Fuzz;

/// <summary>
/// The decoder: only <see cref="WasmFormatException"/> may escape, and the instructions of what it accepts can be walked
/// to their very end.
/// </summary>
internal sealed class DecodeTarget : IFuzzTarget
{
    private static readonly Dictionary<Opcode, Immediate> Immediates =
        OpcodeTable.All.ToArray().ToDictionary(info => info.Opcode, info => info.Immediate);

    public string Extension => ".wasm";

    public IReadOnlyList<byte[]> Seeds { get; } =
    [
        // The empty module.
        Convert.FromHexString("0061736D01000000"),
        // (func (export "a") (param i32 i32) (result i32)), a memory, a global, a table with an element, a data segment.
        Convert.FromHexString(
            "0061736D0100000001070160027F7F017F03020100040401700001050301000106060" + "17F0141000B0705010161000009070100" +
            "41000B01000A13011100200020016A21002000410A49044020000F0B20010B0B0701" + "0041000B0161"),
        // A recursive group with a structure that points to itself, and a function that makes one.
        Convert.FromHexString("0061736D010000000110024E015F027F01630000600001640003020101" + "0A0A0108004100D000FB00000B"),
    ];

    public bool Try(byte[] input)
    {
        try
        {
            Walk(ModuleDecoder.Decode(input));
            return true;
        }
        catch (WasmFormatException)
        {
            return false;
        }
    }

    private static void Walk(WasmModule module)
    {
        _ = module.Names.Module;
        foreach (var body in module.Bodies)
        {
            var reader = new InstructionReader(module.BytesOf(body.Code));
            while (!reader.AtEnd) reader.SkipImmediate(Immediates[reader.ReadOpcode()]);
            if (reader.Position != body.Code.Length) throw new InvalidOperationException("an instruction runs past the end of its function");
        }
    }
}
