using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Drydock.Wasm;
using Drydock.Wasm.Binary;

namespace Drydock.Compiler.Baseline;

/// <summary>
/// What a quick look over a function's body tells before code is emitted: how often each local is used, weighted by
/// loop depth, how often calls happen, and which of the fixed registers are needed.
/// </summary>
internal sealed class Survey
{
    private const int DeepestLoop = 4;
    private const int MostWeight = int.MaxValue / 4;
    /// <summary>The locals whose number takes a byte.</summary>
    private const int PlainLocals = 0x80;
    private byte[] _isLoop = new byte[64];
    /// <summary>
    /// For each of them what plain instructions add to its weight, and behind, where nothing looks, what those add that
    /// name no local.
    /// </summary>
    private readonly long[] _plainWeights = new long[512];
    private int _nesting, _loops, _weight;
    private bool _checksMemory;
    private long _callWeight;

    /// <summary>Weighted number of calls.</summary>
    public int CallWeight => (int)Math.Min(_callWeight, MostWeight);
    public bool HasLoops { get; private set; }
    public bool UsesContext { get; private set; }
    public bool UsesMemory { get; private set; }
    public bool UsesVectors { get; private set; }

    /// <summary>
    /// Looks over <paramref name="code"/>, adding to the weights of <paramref name="locals"/>. Where the module
    /// <paramref name="checksMemory"/>, the context says how large the memory is.
    /// </summary>
    public void Run(ReadOnlySpan<byte> code, Span<Local> locals, bool checksMemory)
    {
        _nesting = _loops = 0;
        _weight = 1;
        _callWeight = 0;
        _checksMemory = checksMemory;
        HasLoops = UsesContext = UsesMemory = UsesVectors = false;
        var reader = new InstructionReader(code, PassPlain(code, 0));
        while (!reader.AtEnd)
        {
            PassOne(ref reader, locals);
            reader.Position = PassPlain(code, reader.Position);
        }
        AddPlainWeights(locals);
    }

    /// <summary>
    /// Passes over instructions that are followed by numbers alone, in a few operations each and without branches that
    /// would go either way. Returns where it had to stop: at another instruction, or close to the end.
    /// </summary>
    private int PassPlain(ReadOnlySpan<byte> code, int position)
    {
        // All bits but those that are clear in the last byte of a number, where it is the first or, after one of a
        // byte, the second.
        const ulong First = 0xFF7F_7F7F_7F7F_7FFF, Second = 0xFF7F_7F7F_7F7F_FFFF;
        ref uint trait0 = ref MemoryMarshal.GetArrayDataReference(PlainInstructions.Traits);
        ref long weight0 = ref MemoryMarshal.GetArrayDataReference(_plainWeights);
        int weight = _weight;
        long callWeight = 0;
        uint seen = 0;
        while (position <= code.Length - sizeof(ulong))
        {
            ulong word = Unsafe.ReadUnaligned<ulong>(
                ref Unsafe.Add(ref MemoryMarshal.GetReference(code), position));
            uint trait = Unsafe.Add(ref trait0, (byte)word);
            uint lengths = InstructionLengths.Of(word, First, Second);
            uint length = (byte)(lengths >> (int)trait);
            if (((uint)word & trait >> PlainInstructions.StopsShift | length >> 3) != 0) break;
            Unsafe.Add(ref weight0, (byte)(word >> 8) | (int)(trait & PlainInstructions.NoLocal)) += weight;
            callWeight += weight & -(int)(trait >> PlainInstructions.CallBit & 1);
            seen |= trait;
            position += (int)length;
        }
        _callWeight += callWeight;
        UsesMemory |= (seen & PlainInstructions.Memory) != 0;
        UsesContext |= (seen & PlainInstructions.Context) != 0 || _checksMemory
            && (seen & PlainInstructions.Memory) != 0;
        return position;
    }

    /// <summary>Hands the weights that plain instructions gave over to the locals.</summary>
    private void AddPlainWeights(Span<Local> locals)
    {
        int count = Math.Min(locals.Length, PlainLocals);
        for (int i = 0; i < count; i++)
            locals[i].Weight = (int)Math.Min(locals[i].Weight + _plainWeights[i], MostWeight);
        _plainWeights.AsSpan(0, count).Clear();
    }

    private void PassOne(ref InstructionReader reader, Span<Local> locals)
    {
        Opcode opcode = reader.ReadOpcode();
        switch (opcode)
        {
            case Opcode.LocalGet or Opcode.LocalSet or Opcode.LocalTee:
                AddWeight(ref locals[reader.ReadIndex()].Weight, _weight);
                break;
            case >= Opcode.I32Load and <= Opcode.I64Store32:
                reader.ReadMemoryArgument(out _, out int memory, out _);
                UsesMemory |= memory == 0;
                UsesContext |= memory != 0 || _checksMemory;
                break;
            case Opcode.Block or Opcode.If or Opcode.Loop or Opcode.Try or Opcode.TryTable:
                Enter(opcode, ref reader);
                break;
            case Opcode.End or Opcode.Delegate:
                if (opcode == Opcode.Delegate) reader.ReadIndex();
                if (_nesting > 0 && _isLoop[--_nesting] != 0) _weight = WeightOf(--_loops);
                break;
            default:
                Other(opcode, ref reader);
                break;
        }
    }

    private void Enter(Opcode opcode, ref InstructionReader reader)
    {
        if (opcode == Opcode.TryTable) reader.SkipImmediate(Immediate.TryTable);
        else reader.ReadBlockType();
        UsesContext |= opcode is Opcode.Try or Opcode.TryTable;
        if (_nesting == _isLoop.Length) Array.Resize(ref _isLoop, _nesting * 2);
        bool isLoop = opcode == Opcode.Loop;
        _isLoop[_nesting++] = isLoop ? (byte)1 : (byte)0;
        if (isLoop) _weight = WeightOf(++_loops);
        HasLoops |= isLoop;
    }

    private void Other(Opcode opcode, ref InstructionReader reader)
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
            _callWeight += _weight;
            UsesContext = true;
        }
        else if (prefix == 0xFB && NeedsContext(opcode) || opcode is Opcode.GlobalGet or Opcode.GlobalSet
            or Opcode.TableGet or Opcode.TableSet or Opcode.MemorySize or Opcode.TableSize
                or (>= Opcode.Catch and <= Opcode.ThrowRef) or Opcode.CatchAll)
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddWeight(ref int total, int weight) => total = Math.Min(total + weight, MostWeight);
}

/// <summary>What <see cref="Survey"/> has to know of the instructions that are followed by numbers alone.</summary>
internal static class PlainInstructions
{
    public const int CallBit = 5, StopsShift = 16;
    public const uint Memory = 0x40, Context = 0x80, NoLocal = 0x100;

    private const uint OneNumber = 8, TwoNumbers = 16, Call = 1 << CallBit;
    /// <summary>Bits of an instruction's first two bytes that make it none of the plain.</summary>
    private const uint AnyOpcode = 0xFFu << StopsShift, LongIndex = 0x8000u << StopsShift,
        OtherMemory = 0xC000u << StopsShift;

    /// <summary>
    /// For each opcode of one byte eight times how many numbers follow, and what it uses; above, which bits of its
    /// first two bytes make it another kind of instruction after all.
    /// </summary>
    public static readonly uint[] Traits = Build();

    private static uint[] Build()
    {
        var traits = new uint[256];
        for (int i = 0; i < traits.Length; i++) traits[i] = TraitOf((Opcode)i);
        return traits;
    }

    private static uint TraitOf(Opcode opcode) => opcode switch
    {
        Opcode.LocalGet or Opcode.LocalSet or Opcode.LocalTee => OneNumber | LongIndex,
        >= Opcode.I32Eqz and <= Opcode.I64Extend32S => NoLocal,
        Opcode.Unreachable or Opcode.Nop or Opcode.Else or Opcode.Return or Opcode.Drop or Opcode.Select => NoLocal,
        >= Opcode.I32Load and <= Opcode.I64Store32 => NoLocal | TwoNumbers | Memory | OtherMemory,
        Opcode.I32Const or Opcode.I64Const or Opcode.Br or Opcode.BrIf => NoLocal | OneNumber,
        Opcode.GlobalGet or Opcode.GlobalSet => NoLocal | OneNumber | Context,
        Opcode.Call => NoLocal | OneNumber | Context | Call,
        Opcode.CallIndirect => NoLocal | TwoNumbers | Context | Call | LongIndex,
        _ => AnyOpcode,
    };
}
