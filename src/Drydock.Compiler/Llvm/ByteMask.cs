using static Drydock.Compiler.Llvm.LlvmNative;

namespace Drydock.Compiler.Llvm;

/// <summary>
/// A number with a bit for each of some bytes in memory that is not a certain one. Hash tables that look at a group of
/// tags at once compute it where they know no vectors: arithmetic on a word leaves the upper bit of each byte set that
/// differs, a multiplication gathers those bits, and shifts put the words of the group together. Matching only reads
/// the code.
/// </summary>
internal sealed class ByteMask
{
    private const int MostBytes = 64, MostVisits = 200;

    private static readonly Lazy<uint> FunnelShift = new(() => LookupIntrinsic("llvm.fshl", 9));

    private readonly IrBuilder _ir;
    private readonly nint[] _loads = new nint[MostBytes];
    private int _count, _visits;

    private ByteMask(IrBuilder ir) => _ir = ir;

    /// <summary>What the bytes are compared with, in each byte of a word.</summary>
    public nint Word { get; private set; }
    public int BytesPerWord { get; private set; }
    public int ByteCount { get; private set; }
    /// <summary>The first of the loads to run.</summary>
    public nint FirstLoad { get; private set; }
    public nint Base { get; private set; }
    /// <summary>Bytes from the base to what the lowest bit stands for.</summary>
    public long Offset { get; private set; }
    /// <summary>The values that the mask is put together by.</summary>
    public List<nint> Parts { get; } = [];

    /// <summary>The mask that a value is, or null.</summary>
    public static ByteMask? Match(IrBuilder ir, nint value)
    {
        var mask = new ByteMask(ir);
        return mask.Collect(value, 0, mask.WidthOf(value)) && mask.IsWhole() && mask.IsOneBlock() ? mask : null;
    }

    private int WidthOf(nint value) => TypeOf(value) is var type && type == _ir.I32 ? 32 : type == _ir.I64 ? 64 : 0;

    /// <summary>
    /// Finds the words of a value that adds to the mask from a bit on; so many of its own bits count.
    /// </summary>
    private bool Collect(nint value, int bit, int room)
    {
        if (AsInstruction(value) == 0 || ++_visits > MostVisits) return false;
        Parts.Add(value);
        return OpcodeOf(value) switch
        {
            IrOpcode.Or => Collect(Operand(value, 0), bit, room) && Collect(Operand(value, 1), bit, room),
            IrOpcode.ZExt => Collect(Operand(value, 0), bit, Math.Min(room, WidthOf(Operand(value, 0)))),
            IrOpcode.Shl => HasConstant(value, out ulong by) && by < (ulong)room
                && Collect(Operand(value, 0), bit + (int)by, room - (int)by),
            IrOpcode.Call => CollectFunnel(value, bit, room),
            IrOpcode.And => HasConstant(value, out ulong mask) && CollectShifted(Operand(value, 0), mask, bit, room),
            IrOpcode.LShr => CollectShifted(value, 0, bit, room),
            _ => false,
        };
    }

    /// <summary>A shift to the left that takes its lower bits from the top of a product.</summary>
    private bool CollectFunnel(nint call, int bit, int room)
    {
        if (!IsFunnelShift(call)) return false;
        nint product = Operand(call, 1), by = AsConstantInt(Operand(call, 2));
        int lanes = WidthOf(product) / 8;
        return by != 0 && GetConstant(by) == (ulong)lanes && room > lanes
            && Collect(Operand(call, 0), bit + lanes, room - lanes) && Add(product, bit, room);
    }

    private static bool IsFunnelShift(nint call) =>
        CalledValue(call) is var callee && AsFunction(callee) != 0 && GetIntrinsicId(callee) == FunnelShift.Value;

    /// <summary>The top of a product, or the part of it that a mask leaves, with zeros below.</summary>
    private bool CollectShifted(nint shift, ulong mask, int bit, int room)
    {
        if (AsInstruction(shift) == 0 || OpcodeOf(shift) != IrOpcode.LShr) return false;
        if (!HasConstant(shift, out ulong by)) return false;
        int lanes = WidthOf(shift) / 8, below = lanes * 7 - (int)Math.Min(by, 64);
        ulong top = ((1UL << lanes) - 1) << below;
        return below >= 0 && (mask == top || (mask == 0 && below == 0))
            && Add(Operand(shift, 0), bit + below, room - below);
    }

    private static bool HasConstant(nint value, out ulong constant)
    {
        nint right = AsConstantInt(Operand(value, 1));
        constant = right == 0 ? 0 : GetConstant(right);
        return right != 0;
    }

    /// <summary>Adds the word whose gathered upper bits are at the top of a product.</summary>
    private bool Add(nint product, int bit, int room)
    {
        int width = WidthOf(product), lanes = width / 8;
        if (lanes == 0 || lanes > room || bit + lanes > MostBytes || _loads[bit] != 0) return false;
        ulong all = ulong.MaxValue >> (64 - width), ones = all / 0xFF, upper = ones << 7;
        if (!Is(product, IrOpcode.Mul, all / 0x7F >> lanes, out nint bits)) return false;
        if (!Is(bits, IrOpcode.And, upper, out nint either) || OpcodeOf(either) != IrOpcode.Or) return false;
        nint left = Operand(either, 0), right = Operand(either, 1);
        nint difference = IsBorrow(left, right, upper, all - ones + 1) ? right
            : IsBorrow(right, left, upper, all - ones + 1) ? left : 0;
        if (difference == 0 || OpcodeOf(difference) != IrOpcode.Xor) return false;
        BytesPerWord = lanes;
        ByteCount = Math.Max(ByteCount, bit + lanes);
        _count++;
        return AddLoad(Operand(difference, 0), Operand(difference, 1), bit)
            || AddLoad(Operand(difference, 1), Operand(difference, 0), bit);
    }

    private static bool Is(nint value, IrOpcode opcode, ulong constant, out nint left)
    {
        left = 0;
        if (AsInstruction(value) == 0 || OpcodeOf(value) != opcode) return false;
        if (!HasConstant(value, out ulong right) || right != constant) return false;
        left = Operand(value, 0);
        return AsInstruction(left) != 0;
    }

    /// <summary>Whether a value is another with its upper bits set, minus one in each byte.</summary>
    private static bool IsBorrow(nint value, nint of, ulong upper, ulong minusOnes) =>
        AsInstruction(of) != 0 && Is(value, IrOpcode.Add, minusOnes, out nint set)
        && Is(set, IrOpcode.Or, upper, out nint inner) && inner == of;

    private bool AddLoad(nint load, nint word, int bit)
    {
        if (AsInstruction(load) == 0 || OpcodeOf(load) != IrOpcode.Load || GetOrdering(load) != 0) return false;
        if (Word != 0 && (word != Word || TypeOf(word) != TypeOf(Word))) return false;
        nint from = Operand(load, 0);
        long offset = 0;
        if (AsInstruction(from) != 0 && OpcodeOf(from) == IrOpcode.Index && CountOperands(from) == 2
            && ElementOf(from) == _ir.I8 && HasConstant(from, out ulong bytes))
            (from, offset) = (Operand(from, 0), (long)bytes);
        if (Word != 0 && (from != Base || offset - bit != Offset)) return false;
        (Word, Base, Offset, _loads[bit]) = (word, from, offset - bit, load);
        return true;
    }

    /// <summary>Whether the words lie side by side, and are as many as fill a vector.</summary>
    private bool IsWhole()
    {
        for (int bit = 0; bit < ByteCount; bit += BytesPerWord)
            if (_loads[bit] == 0) return false;
        return _count > 1 && _count * BytesPerWord == ByteCount && int.IsPow2(ByteCount);
    }

    /// <summary>Whether nothing but computing and reading happens between the loads.</summary>
    private bool IsOneBlock()
    {
        int left = _count;
        for (nint at = GetFirstInstruction(BlockOf(_loads[0])); at != 0 && left > 0; at = NextInstruction(at))
        {
            if (Array.IndexOf(_loads, at) >= 0)
            {
                if (left-- == _count) FirstLoad = at;
            }
            else if (left < _count && !IsHarmless(at)) return false;
        }
        return left == 0;
    }

    private static bool IsHarmless(nint at) => OpcodeOf(at) switch
    {
        IrOpcode.Load => GetOrdering(at) == 0,
        IrOpcode.Call => IsFunnelShift(at),
        IrOpcode.Add or IrOpcode.Sub or IrOpcode.Mul or IrOpcode.Shl or IrOpcode.LShr or IrOpcode.And or IrOpcode.Or
            or IrOpcode.Xor or IrOpcode.Index or IrOpcode.Trunc or IrOpcode.ZExt or IrOpcode.SExt
            or IrOpcode.IntegerCompare or IrOpcode.Select => true,
        _ => false,
    };
}
