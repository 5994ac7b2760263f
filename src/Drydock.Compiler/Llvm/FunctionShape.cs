using Drydock.Compiler.Baseline;
using Drydock.Wasm;
using Drydock.Wasm.Binary;

namespace Drydock.Compiler.Llvm;

/// <summary>What can be said of a function's body before it is translated.</summary>
/// <param name="IsLeaf">Whether it calls nothing, neither functions nor the runtime.</param>
/// <param name="IsPlain">Whether it has no loop, and nothing but numbers, locals, globals, memory accesses and
/// calls.</param>
internal readonly record struct FunctionShape(bool IsLeaf, bool IsPlain)
{
    /// <summary>Largest body, in bytes, that is put into its callers rather than called.</summary>
    private const int LargestInlined = 64;

    /// <summary>Whether calls of a function are replaced by its body: it is short and surely compiles.</summary>
    public static bool IsInlined(WasmModule module, int bodyIndex) =>
        module.Bodies[bodyIndex].Code.Length <= LargestInlined && Of(module, bodyIndex).IsPlain;

    public static FunctionShape Of(WasmModule module, int bodyIndex)
    {
        var reader = new InstructionReader(module.BytesOf(module.Bodies[bodyIndex].Code));
        bool isLeaf = true, isPlain = true;
        int length = module.Bodies[bodyIndex].Code.Length;
        while (reader.Position < length && (isLeaf || isPlain))
        {
            Opcode opcode = reader.ReadOpcode();
            isLeaf &= !Calls(opcode);
            isPlain &= IsPlainOpcode(opcode);
            reader.SkipImmediate(OpcodeImmediates.Of(opcode));
        }
        return new(isLeaf, isPlain);
    }

    private static bool IsPlainOpcode(Opcode opcode) =>
        (uint)opcode <= 0xFF && opcode != Opcode.Loop && (opcode == Opcode.Call || !Calls(opcode));

    /// <summary>Wrong only on the safe side.</summary>
    private static bool Calls(Opcode opcode) => opcode switch
    {
        Opcode.Unreachable or Opcode.Nop or Opcode.Block or Opcode.Loop or Opcode.If or Opcode.Else or Opcode.End =>
            false,
        Opcode.Br or Opcode.BrIf or Opcode.BrTable or Opcode.Return or Opcode.Drop or Opcode.Select => false,
        Opcode.MemoryGrow => true,
        >= Opcode.LocalGet and <= Opcode.GlobalSet => false,
        >= Opcode.I32Load and <= Opcode.I64Extend32S => false,
        _ => (uint)opcode >> 16 != 0xFD,
    };
}
