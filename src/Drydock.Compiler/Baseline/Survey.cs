using Drydock.Wasm;
using Drydock.Wasm.Binary;

namespace Drydock.Compiler.Baseline;

/// <summary>
/// What a quick look over a function's body tells before code is emitted: how often each local is used, weighted by loop
/// depth, how often calls happen, and which of the fixed registers are needed.
/// </summary>
internal sealed class Survey
{
    private const int DeepestLoop = 4;
    private byte[] _isLoop = new byte[64];

    /// <summary>Weighted number of calls.</summary>
    public int CallWeight { get; private set; }
    public bool HasLoops { get; private set; }
    public bool UsesContext { get; private set; }
    public bool UsesMemory { get; private set; }
    public bool UsesVectors { get; private set; }

    /// <summary>
    /// Looks over <paramref name="code"/>, adding to the weights of <paramref name="locals"/>. Where the module
    /// <paramref name="checksMemory"/>, the context says how large the memory is.
    /// </summary>
    public void Run(ReadOnlySpan<byte> code, Local[] locals, bool checksMemory)
    {
        CallWeight = 0;
        HasLoops = UsesContext = UsesMemory = UsesVectors = false;
        var reader = new InstructionReader(code);
        int nesting = 0, loops = 0, weight = 1;
        while (!reader.AtEnd)
        {
            Opcode opcode = reader.ReadOpcode();
            switch (opcode)
            {
                case Opcode.LocalGet or Opcode.LocalSet or Opcode.LocalTee:
                    AddWeight(ref locals[reader.ReadIndex()].Weight, weight);
                    break;
                case >= Opcode.I32Eqz and <= Opcode.I64Extend32S or Opcode.Drop or Opcode.Nop or Opcode.Select:
                    break;
                case >= Opcode.I32Load and <= Opcode.I64Store32:
                    reader.ReadMemoryArgument(out _, out int memory, out _);
                    UsesMemory |= memory == 0;
                    UsesContext |= memory != 0 || checksMemory;
                    break;
                case Opcode.Block or Opcode.If or Opcode.Loop or Opcode.Try or Opcode.TryTable:
                    reader.SkipImmediate(OpcodeImmediates.Of(opcode));
                    UsesContext |= opcode is Opcode.Try or Opcode.TryTable;
                    if (nesting == _isLoop.Length) Array.Resize(ref _isLoop, nesting * 2);
                    bool isLoop = opcode == Opcode.Loop;
                    _isLoop[nesting++] = isLoop ? (byte)1 : (byte)0;
                    if (isLoop) weight = WeightOf(++loops);
                    HasLoops |= isLoop;
                    break;
                case Opcode.End or Opcode.Delegate:
                    if (opcode == Opcode.Delegate) reader.ReadIndex();
                    if (nesting > 0 && _isLoop[--nesting] != 0) weight = WeightOf(--loops);
                    break;
                case Opcode.I32Const or Opcode.I64Const or Opcode.Br or Opcode.BrIf:
                    reader.ReadU64();
                    break;
                case Opcode.GlobalGet or Opcode.GlobalSet:
                    reader.ReadU32();
                    UsesContext = true;
                    break;
                default:
                    Other(opcode, ref reader, weight);
                    break;
            }
        }
    }

    private void Other(Opcode opcode, ref InstructionReader reader, int weight)
    {
        reader.SkipImmediate(OpcodeImmediates.Of(opcode));
        uint prefix = (uint)opcode >> 16;
        if (prefix == 0xFD || prefix == 0xFE && opcode > Opcode.AtomicFence)
        {
            UsesVectors |= prefix == 0xFD;
            UsesMemory = true;
            UsesContext = true;
        }
        else if (IsCall(opcode))
        {
            int total = CallWeight;
            AddWeight(ref total, weight);
            CallWeight = total;
            UsesContext = true;
        }
        else if (prefix == 0xFB && NeedsContext(opcode) || opcode is Opcode.TableGet or Opcode.TableSet
            or Opcode.MemorySize or Opcode.TableSize or (>= Opcode.Catch and <= Opcode.ThrowRef) or Opcode.CatchAll)
        {
            UsesContext = true;
        }
    }

    private static bool IsCall(Opcode opcode) => opcode is >= Opcode.Call and <= Opcode.ReturnCallRef
        or Opcode.MemoryGrow or Opcode.RefFunc or (>= Opcode.MemoryInit and <= Opcode.TableGrow) or Opcode.TableFill
        || opcode is >= Opcode.ArrayNew and <= Opcode.ArrayNewElem or >= Opcode.ArrayFill and <= Opcode.ArrayInitElem
        || (uint)opcode >> 16 is 0xFE;

    /// <summary>Of the instructions on objects, those that look beyond the object.</summary>
    private static bool NeedsContext(Opcode opcode) => opcode is Opcode.StructNew or Opcode.StructNewDefault
        or >= Opcode.RefTest and <= Opcode.BrOnCastFail;

    private static int WeightOf(int loops) => 1 << 3 * Math.Min(loops, DeepestLoop);

    private static void AddWeight(ref int total, int weight) => total = Math.Min(total + weight, int.MaxValue / 4);
}
