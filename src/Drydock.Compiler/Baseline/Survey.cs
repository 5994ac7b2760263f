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
    /// <summary>What <see cref="PassUnusual"/> returns of what it does not know.</summary>
    private const uint Stop = 8;
    /// <summary>Whether each of the blocks that enclose the instruction, from the outermost loop, is a loop: 1, or 0.</summary>
    private byte[] _isLoop = new byte[256];
    /// <summary>What plain instructions add to the weight of each local they can name, and behind of each kind.</summary>
    private readonly long[] _plainWeights = new long[PlainInstruction.Weights];
    /// <summary>Where in <see cref="PlainInstruction.All"/> the opcodes begin as they are to be looked at here.</summary>
    private int _firstPlain;
    private int _nesting, _loops, _weight;
    private bool _checksMemory;
    private long _callWeight;

    /// <summary>Weighted number of calls.</summary>
    public int CallWeight => (int)Math.Min(_callWeight, MostWeight);
    public bool UsesContext { get; private set; }
    public bool UsesMemory { get; private set; }
    public bool UsesVectors { get; private set; }

    /// <summary>
    /// Looks over the code that the first <paramref name="length"/> of <paramref name="bytes"/> are, adding to the weights
    /// of <paramref name="locals"/>. Where the module <paramref name="checksMemory"/>, the context says how large the
    /// memory is.
    /// </summary>
    public void Run(ReadOnlySpan<byte> bytes, int length, Span<Local> locals, bool checksMemory)
    {
        if (_isLoop.Length < length) _isLoop = new byte[length];
        _nesting = 0;
        _callWeight = 0;
        _checksMemory = checksMemory;
        SetLoops(0);
        UsesContext = UsesMemory = UsesVectors = false;
        var reader = new InstructionReader(bytes[..length]);
        for (int position = 0; (position = PassPlain(bytes, length, position)) < length;)
        {
            reader.Position = position;
            PassOne(ref reader, locals);
            position = reader.Position;
        }
        AddPlainWeights(locals);
    }

    /// <summary>
    /// Passes over instructions that are followed by numbers alone, in a few operations each and, as long as those take
    /// a byte, without branches that would go either way. Returns where it had to stop: at another instruction, or close
    /// to the end of <paramref name="bytes"/>, or of the code, which is <paramref name="length"/> of them.
    /// </summary>
    private int PassPlain(ReadOnlySpan<byte> bytes, int length, int position)
    {
        if (bytes.Length - position < sizeof(ulong)) return position;
        ref long weight0 = ref MemoryMarshal.GetArrayDataReference(_plainWeights);
        ref PlainInstruction all0 = ref MemoryMarshal.GetArrayDataReference(PlainInstruction.All);
        ref PlainInstruction plain0 = ref Unsafe.Add(ref all0, _firstPlain);
        ref byte at = ref Unsafe.Add(ref MemoryMarshal.GetReference(bytes), position);
        int left = Math.Min(length - 1, bytes.Length - sizeof(ulong)) - position;
        ref byte last = ref Unsafe.Add(ref at, left);
        long weight = _weight;
        while (!Unsafe.IsAddressGreaterThan(ref at, ref last))
        {
            // Where the next one is depends on two loads and an addition, and on nothing else.
            ref PlainInstruction plain = ref Unsafe.Add(ref plain0, at);
            nuint size = plain.Length;
            if ((Unsafe.ReadUnaligned<uint>(ref at) & plain.UnusualBits) != 0)
            {
                size = PassUnusual(ref at, in plain);
                if (size == Stop) break;
                // Nothing but the way through the code is kept in registers meanwhile.
                plain0 = ref Unsafe.Add(ref all0, _firstPlain);
                weight = _weight;
                plain = ref Unsafe.Add(ref plain0, at);
            }
            uint weighed = (uint)(Unsafe.Add(ref at, 1) & plain.LocalMask | plain.Kind);
            Unsafe.Add(ref weight0, weighed) += weight;
            at = ref Unsafe.Add(ref at, size);
        }
        return position + left - (int)Unsafe.ByteOffset(ref at, ref last);
    }

    /// <summary>
    /// Looks again at an instruction with longer numbers, or one of a loop's beginning or block structure. Returns its
    /// length; <see cref="Stop"/> if it is none of the plain.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private uint PassUnusual(ref byte at, in PlainInstruction plain)
    {
        if (plain.Length == 0 || (Unsafe.Add(ref at, 1) & plain.StopBits) != 0) return Stop;
        if ((byte)plain.UnusualBits == 0)
        {
            ulong word = Unsafe.ReadUnaligned<ulong>(ref at);
            return InstructionLengths.Of(word, InstructionLengths.AllBytes, 8 * (plain.Length - 1));
        }
        Nest(plain.Kind);
        return plain.Length;
    }

    /// <summary>
    /// Leaves a block, or enters one or a loop, as bits of <paramref name="nesting"/> say, without branches that would go
    /// either way. Outside loops blocks are of no account.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Nest(int nesting)
    {
        int isLoop = nesting >> 2 & 1, place = _nesting - (nesting & PlainInstruction.Leave);
        if ((_loops | isLoop) == 0) return;
        ref byte entry = ref _isLoop[place];
        int loops = _loops + isLoop - (entry & nesting);
        // At the top of the stack, what is there otherwise is of no account.
        entry = (byte)isLoop;
        _nesting = place + (nesting >> 1 & 1);
        SetLoops(loops);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void SetLoops(int loops)
    {
        _loops = loops;
        _weight = 1 << 3 * Math.Min(loops, DeepestLoop);
        _firstPlain = loops == 0 ? PlainInstruction.OutsideLoops : PlainInstruction.InLoops;
    }

    /// <summary>Hands the weights that plain instructions gave over to the locals, and to what the others use.</summary>
    private void AddPlainWeights(Span<Local> locals)
    {
        int count = Math.Min(locals.Length, PlainInstruction.Locals);
        for (int i = 0; i < count; i++)
            locals[i].Weight = (int)Math.Min(locals[i].Weight + _plainWeights[i], MostWeight);
        _callWeight += _plainWeights[PlainInstruction.Call];
        bool usesMemory = _plainWeights[PlainInstruction.Memory] != 0;
        UsesMemory |= usesMemory;
        UsesContext |= _plainWeights[PlainInstruction.Context] != 0 || _plainWeights[PlainInstruction.Call] != 0
            || _checksMemory && usesMemory;
        _plainWeights.AsSpan(0, count).Clear();
        _plainWeights.AsSpan(PlainInstruction.Locals).Clear();
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
                Nest(PlainInstruction.Leave);
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
        Nest(PlainInstruction.Enter | (opcode == Opcode.Loop ? PlainInstruction.IsLoop : 0));
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddWeight(ref int total, int weight) => total = Math.Min(total + weight, MostWeight);
}
