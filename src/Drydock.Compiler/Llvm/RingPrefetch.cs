using static Drydock.Compiler.Llvm.LlvmNative;

namespace Drydock.Compiler.Llvm;

/// <summary>
/// Fetches ahead what the values in a ring stand for. A program whose tables are larger than the caches puts an index
/// into a small ring, prefetches the lines that it leads to, and takes it out some turns later to use them. WebAssembly
/// has no prefetch: of that, only the ring is left. So the addresses that are worked out from what is taken out of a
/// slot are worked out also from what is put there instead.
/// </summary>
internal sealed class RingPrefetch(IrBuilder ir)
{
    /// <summary>In bytes.</summary>
    private const int LargestRing = 1024, LineSize = 64, LongestRow = 4 * LineSize;
    private const int DeepestSlot = 4, MostSteps = 256, MostInstructionsBetween = 64, MostPuts = 64;
    /// <summary>The arguments of the intrinsic: a read, kept in all caches, of data.</summary>
    private const int Read = 0, AllCaches = 3, Data = 1;

    private readonly List<nint> _puts = [];
    private readonly Dictionary<(nint Start, nint Index), (long From, long To)> _rows = [];

    /// <summary>Adds prefetches to a function.</summary>
    public void Run(nint function)
    {
        for (nint block = FirstBlock(function); block != 0; block = NextBlock(block))
            for (nint at = GetFirstInstruction(block); at != 0; at = NextInstruction(at))
                if (_puts.Count < MostPuts && OpcodeOf(at) == IrOpcode.Store && IsInRing(Operand(at, 1))) _puts.Add(at);
        foreach (nint put in _puts)
            if (TakenBefore(put) is not 0 and var taken) FetchAhead(taken, put);
        _puts.Clear();
    }

    private bool IsInRing(nint pointer) =>
        GuestAddress.Of(ir, pointer) is { } address && IsSlot(address.Index, DeepestSlot);

    /// <summary>Whether a place is one of few, which the low bits of something choose.</summary>
    private static bool IsSlot(nint place, int depth)
    {
        if (depth == 0 || AsInstruction(place) == 0) return false;
        return OpcodeOf(place) switch
        {
            IrOpcode.And => IrValue.TryGetConstant(Operand(place, 1), out ulong mask) && mask is > 0 and < LargestRing,
            IrOpcode.Shl => IsSlot(Operand(place, 0), depth - 1),
            IrOpcode.Add or IrOpcode.Or => IsSlot(Operand(place, 0), depth - 1) || IsSlot(Operand(place, 1), depth - 1),
            _ => false,
        };
    }

    /// <summary>What was in a slot until something else is put there; zero if that was not asked.</summary>
    private nint TakenBefore(nint put)
    {
        nint pointer = Operand(put, 1), value = Operand(put, 0);
        if (TypeOf(value) != ir.I32 || AsInstruction(value) == 0) return 0;
        for (nint use = FirstUse(pointer); use != 0; use = NextUse(use))
        {
            nint user = UserOf(use);
            if (OpcodeOf(user) == IrOpcode.Load && TypeOf(user) == ir.I32
                && ControlFlow.IsSoonAfter(user, put, MostInstructionsBetween)) return user;
        }
        return 0;
    }

    private void FetchAhead(nint taken, nint put)
    {
        var derived = new DerivedValues(taken, MostSteps);
        if (derived.Contains(Operand(put, 0))) return;
        ir.MoveBefore(NextInstruction(put));
        var again = new Substitution(ir, derived, put, LongestRow);
        again.Replace(taken, Operand(put, 0));
        foreach (nint access in derived.Accesses) AddRow(access, again);
        foreach (((nint start, nint index), (long from, long to)) in _rows)
            FetchRow(ir.Index(start, ir.Cast(CastOperation.ZExt, index, ir.I64)), from, Math.Min(to, from + LongestRow));
        _rows.Clear();
    }

    private void AddRow(nint access, Substitution again)
    {
        nint pointer = Operand(access, OpcodeOf(access) == IrOpcode.Store ? 1u : 0u);
        if (GuestAddress.Of(ir, pointer) is not { } address || !again.IsKnown(address.Start)) return;
        if (!again.TryFind(address.Index, out nint index, out long reach)) return;
        var (from, to) = _rows.GetValueOrDefault((address.Start, index), (long.MaxValue, long.MinValue));
        _rows[(address.Start, index)] = (Math.Min(from, address.Offset), Math.Max(to, address.Offset + reach));
    }

    private void FetchRow(nint row, long from, long to)
    {
        for (long at = from; at <= to; at += LineSize)
            ir.Intrinsic("llvm.prefetch", TypeOf(row), ir.Offset(row, at), ir.Int32(Read), ir.Int32(AllCaches),
                ir.Int32(Data));
    }
}
