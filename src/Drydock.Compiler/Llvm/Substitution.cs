using static Drydock.Compiler.Llvm.LlvmNative;

namespace Drydock.Compiler.Llvm;

/// <summary>
/// Works out values again, at another place, as if one that they derive from were another. What is not known at the
/// place counts as zero where it is small, and is told as the reach of the result: how much larger it may be.
/// </summary>
/// <param name="ir">Adds instructions at the place.</param>
/// <param name="derived">What has to be worked out again.</param>
/// <param name="place">The last instruction before the place.</param>
/// <param name="longest">The longest reach.</param>
internal sealed class Substitution(IrBuilder ir, DerivedValues derived, nint place, long longest)
{
    /// <summary>A value; zero if there is only its reach.</summary>
    private readonly record struct Result(nint Value, long Reach)
    {
        public bool IsExact => Value != 0 && Reach == 0;
    }

    private readonly Dictionary<nint, Result?> _results = [];
    private readonly Dictionary<(IrOpcode, nint Type, nint Left, nint Right), nint> _copies = [];

    public void Replace(nint value, nint by) => _results[value] = new(by, 0);

    /// <summary>Whether a value is there before the place.</summary>
    public bool IsKnown(nint value) => AsInstruction(value) == 0 || ControlFlow.Dominates(value, place);

    /// <summary>Works out a derived value; false if it needs what is not known.</summary>
    public bool TryFind(nint value, out nint found, out long reach)
    {
        var result = Find(value).GetValueOrDefault();
        (found, reach) = (result.Value, result.Reach);
        return found != 0 && reach < longest;
    }

    private Result? Find(nint value)
    {
        if (_results.TryGetValue(value, out var known)) return known;
        return _results[value] = derived.Contains(value) ? Compute(value)
            : IsKnown(value) ? new(value, 0)
            : LargestOf(value) is { } largest ? new(0, largest)
            : null;
    }

    private Result? Compute(nint value)
    {
        if (Find(Operand(value, 0)) is not { } left) return null;
        if (CountOperands(value) == 1) return left with { Value = Copy(value, left.Value) };
        if (Find(Operand(value, 1)) is not { } right) return null;
        return OpcodeOf(value) switch
        {
            IrOpcode.Add or IrOpcode.Or or IrOpcode.Xor => Sum(value, left, right),
            IrOpcode.Shl when IrValue.TryGetConstant(right.Value, out ulong by) =>
                new(Copy(value, left.Value, right.Value), Scale(left.Reach, by)),
            _ when left.IsExact && right.IsExact => new(Copy(value, left.Value, right.Value), 0),
            _ => null,
        };
    }

    private Result Sum(nint value, Result left, Result right) => new(
        left.Value == 0 ? right.Value : right.Value == 0 ? left.Value : Copy(value, left.Value, right.Value),
        left.Reach + right.Reach);

    /// <summary>A copy of an instruction with other operands; the same one for the same operands.</summary>
    private nint Copy(nint value, nint left, nint right = 0)
    {
        var key = (OpcodeOf(value), TypeOf(value), left, right);
        if (_copies.TryGetValue(key, out nint copy)) return copy;
        copy = ir.Copy(value);
        SetOperand(copy, 0, left);
        if (right != 0) SetOperand(copy, 1, right);
        return _copies[key] = copy;
    }

    /// <summary>A bound of a value that is not known yet; null if it is not small.</summary>
    private long? LargestOf(nint value)
    {
        if (AsInstruction(value) == 0) return null;
        nint first = Operand(value, 0);
        ulong constant = 0;
        if (CountOperands(value) == 2 && !IrValue.TryGetConstant(Operand(value, 1), out constant)) return null;
        return OpcodeOf(value) switch
        {
            IrOpcode.And when constant < (ulong)longest => (long)constant,
            IrOpcode.ZExt => LargestOf(first),
            IrOpcode.Shl when LargestOf(first) is { } largest => Scale(largest, constant),
            _ => null,
        };
    }

    private long Scale(long reach, ulong by) => by < 32 ? Math.Min(reach << (int)by, longest) : longest;
}
