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
    /// <summary>Whether each of the blocks that enclose the instruction is a loop: 1, or 0.</summary>
    private byte[] _isLoop = new byte[256];
    /// <summary>What plain instructions add to the weight of each local they can name, and behind of each kind.</summary>
    private readonly long[] _plainWeights = new long[PlainInstructions.Weights];
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
        // The last end is the function's own.
        _nesting = 1;
        _loops = 0;
        _weight = 1;
        _callWeight = 0;
        _checksMemory = checksMemory;
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
        ref ulong trait0 = ref MemoryMarshal.GetArrayDataReference(PlainInstructions.Traits);
        ref long weight0 = ref MemoryMarshal.GetArrayDataReference(_plainWeights);
        ref byte at = ref Unsafe.Add(ref MemoryMarshal.GetReference(bytes), position);
        int left = Math.Min(length - 1, bytes.Length - sizeof(ulong)) - position;
        ref byte last = ref Unsafe.Add(ref at, left);
        long weight = _weight;
        while (!Unsafe.IsAddressGreaterThan(ref at, ref last))
        {
            ulong word = Unsafe.ReadUnaligned<ulong>(ref at);
            ulong trait = Unsafe.Add(ref trait0, (byte)word);
            uint size = (uint)(trait >> PlainInstructions.Length) & 7;
            if ((word & trait & PlainInstructions.UnusualBits) != 0)
            {
                size = PassUnusual(word, trait);
                if (size > 7) break;
                // Nothing but the way through the code is kept in registers meanwhile.
                weight = _weight;
                word = Unsafe.ReadUnaligned<ulong>(ref at);
                trait = Unsafe.Add(ref trait0, (byte)word);
            }
            ulong weighed = word >> 8 & trait >> PlainInstructions.LocalMask | (byte)(trait >> PlainInstructions.Kind);
            Unsafe.Add(ref weight0, (nint)weighed) += weight;
            at = ref Unsafe.Add(ref at, size);
        }
        return position + left - (int)Unsafe.ByteOffset(ref at, ref last);
    }

    /// <summary>
    /// Looks again at an instruction with longer numbers, or that starts or ends a block. Returns its length; eight if
    /// it is none of the plain.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private uint PassUnusual(ulong word, ulong trait)
    {
        if ((ushort)(word & trait >> PlainInstructions.Stops) != 0) return 8;
        int shortLength = (int)(trait >> PlainInstructions.Length) & 7;
        uint length = InstructionLengths.Of(word, InstructionLengths.AllBytes, 8 * (shortLength - 1));
        if (length <= 7) Nest((uint)trait >> PlainInstructions.Nesting);
        return length;
    }

    /// <summary>
    /// Leaves a block, enters one or a loop, or does neither, as bits of <paramref name="nesting"/> say, without
    /// branches.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Nest(uint nesting)
    {
        int bits = (int)nesting, isLoop = bits >> 2, place = _nesting - (bits & 1);
        ref byte entry = ref _isLoop[place];
        _loops += isLoop - (entry & bits);
        // At the top of the stack, what is there otherwise is of no account.
        entry = (byte)isLoop;
        _nesting = place + (bits >> 1 & 1);
        _weight = WeightOf(_loops);
    }

    /// <summary>Hands the weights that plain instructions gave over to the locals, and to what the others use.</summary>
    private void AddPlainWeights(Span<Local> locals)
    {
        int count = Math.Min(locals.Length, PlainInstructions.Locals);
        for (int i = 0; i < count; i++)
            locals[i].Weight = (int)Math.Min(locals[i].Weight + _plainWeights[i], MostWeight);
        _callWeight += _plainWeights[PlainInstructions.Call];
        bool usesMemory = _plainWeights[PlainInstructions.Memory] != 0;
        UsesMemory |= usesMemory;
        UsesContext |= _plainWeights[PlainInstructions.Context] != 0 || _plainWeights[PlainInstructions.Call] != 0
            || _checksMemory && usesMemory;
        _plainWeights.AsSpan(0, count).Clear();
        _plainWeights.AsSpan(PlainInstructions.Locals).Clear();
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
                Nest(PlainInstructions.Leave);
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
        Nest(PlainInstructions.Enter | (opcode == Opcode.Loop ? PlainInstructions.IsLoop : 0));
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
    /// <summary>The locals whose number takes a byte.</summary>
    public const int Locals = 0x80;

    /// <summary>The kinds of instructions that name no local, as they are counted behind the locals.</summary>
    public const int Other = Locals, Memory = Locals + 1, Context = Locals + 2, Call = Locals + 3, Weights = Locals + 4;

    /// <summary>
    /// Fields of the traits: the length where all numbers take a byte, whether it leaves and enters a block or a loop,
    /// the kind, the bits of the first two bytes that make it none of the plain, and those of the second byte that name a
    /// local.
    /// </summary>
    public const int Length = 24, Nesting = 27, Kind = 32, Stops = 40, LocalMask = 56;

    /// <summary>The bits of nesting.</summary>
    public const uint Leave = 1, Enter = 2, IsLoop = 4;

    /// <summary>The lowest bits of the traits: those of the first three bytes that ask for a second look.</summary>
    public const ulong UnusualBits = 0xFF_FFFF;

    private const ulong NoNumber = 1UL << Length, OneNumber = 2UL << Length | 0x8000,
        TwoNumbers = 3UL << Length | 0x80_8000;
    private const ulong AnyOpcode = 0xFFUL << Stops | 0xFF, LongIndex = 0x8000UL << Stops,
        OtherMemory = 0xC000UL << Stops | 0xC000;

    /// <summary>The start or end of a block is looked at twice, and a type of other than a byte stops.</summary>
    private const ulong Unusual = 0xFF, LongType = 0x2000UL << Stops, OtherUnusual = (ulong)Other << Kind | Unusual;

    /// <summary>For each opcode of one byte how many numbers follow, and what it uses.</summary>
    public static readonly ulong[] Traits = Build();

    private static ulong[] Build()
    {
        var traits = new ulong[256];
        for (int i = 0; i < traits.Length; i++) traits[i] = TraitOf((Opcode)i);
        return traits;
    }

    private static ulong TraitOf(Opcode opcode) => opcode switch
    {
        Opcode.LocalGet or Opcode.LocalSet or Opcode.LocalTee =>
            OneNumber | LongIndex | (Locals - 1UL) << LocalMask,
        >= Opcode.I32Eqz and <= Opcode.I64Extend32S => NoNumber | (ulong)Other << Kind,
        Opcode.Unreachable or Opcode.Nop or Opcode.Else or Opcode.Return or Opcode.Drop or Opcode.Select =>
            NoNumber | (ulong)Other << Kind,
        >= Opcode.I32Load and <= Opcode.I64Store32 => TwoNumbers | OtherMemory | (ulong)Memory << Kind,
        Opcode.I32Const or Opcode.I64Const or Opcode.Br or Opcode.BrIf => OneNumber | (ulong)Other << Kind,
        Opcode.Block or Opcode.If => OneNumber | OtherUnusual | LongType | (ulong)Enter << Nesting,
        Opcode.Loop => OneNumber | OtherUnusual | LongType | (ulong)(Enter | IsLoop) << Nesting,
        Opcode.End => NoNumber | OtherUnusual | (ulong)Leave << Nesting,
        Opcode.GlobalGet or Opcode.GlobalSet => OneNumber | (ulong)Context << Kind,
        Opcode.Call => OneNumber | (ulong)Call << Kind,
        Opcode.CallIndirect => TwoNumbers | (ulong)Call << Kind,
        _ => AnyOpcode,
    };
}
