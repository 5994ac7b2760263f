using Drydock.Wasm;
using Drydock.Wasm.Binary;

namespace Drydock.Fuzz;

/// <summary>
/// The decoder: only <see cref="WasmFormatException"/> may escape, and the instructions of what it accepts can be
/// walked to their very end.
/// </summary>
internal sealed class DecodeTarget : IFuzzTarget
{
    private static readonly Dictionary<Opcode, Immediate> Immediates =
        OpcodeTable.All.ToArray().ToDictionary(info => info.Opcode, info => info.Immediate);

    public IReadOnlyList<byte[]> Seeds => BuiltInSeeds.All;

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
            if (reader.Position != body.Code.Length)
                throw new InvalidOperationException("an instruction runs past the end of its function");
        }
    }
}
