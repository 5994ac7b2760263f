using static Drydock.Compiler.Llvm.LlvmNative;

namespace Drydock.Compiler.Llvm;

/// <summary>Computes masks of bytes by one comparison of vectors.</summary>
internal sealed class ByteMaskVectorizer(IrBuilder ir)
{
    private readonly List<nint> _roots = [];
    private readonly Dictionary<nint, nint> _replaced = [];

    /// <summary>Rewrites a function.</summary>
    public void Run(nint function)
    {
        for (nint block = FirstBlock(function); block != 0; block = NextBlock(block))
            for (nint at = GetFirstInstruction(block); at != 0; at = NextInstruction(at))
                if (OpcodeOf(at) is IrOpcode.Or or IrOpcode.Call && ByteMask.Match(ir, at) is not null) _roots.Add(at);
        // The last contain those before them.
        for (int i = _roots.Count - 1; i >= 0; i--)
            if (!_replaced.ContainsKey(_roots[i]) && ByteMask.Match(ir, _roots[i]) is { } mask)
                Rewrite(_roots[i], mask);
        _roots.Clear();
        _replaced.Clear();
    }

    private void Rewrite(nint value, ByteMask mask)
    {
        nint bytes = VectorType(ir.I8, (uint)mask.ByteCount), type = TypeOf(value);
        ir.MoveBefore(mask.FirstLoad);
        nint load = ir.Load(bytes, ir.Offset(mask.Base, mask.Offset), AliasClass.Memory);
        SetVolatile(load, 1);
        SetAlignment(load, 1);
        ir.MoveBefore(value);
        nint differs = ir.Compare(IntegerPredicate.NotEqual, load, ir.Cast(CastOperation.BitCast, Repeat(mask), bytes));
        nint narrow = IntType(ir.Context, (uint)mask.ByteCount);
        nint bits = ir.Cast(CastOperation.BitCast, differs, narrow);
        ReplaceUses(value, narrow == type ? bits : ir.Cast(CastOperation.ZExt, bits, type));
        foreach (nint part in mask.Parts) _replaced[part] = value;
        EraseUnused(value);
    }

    private nint Repeat(ByteMask mask)
    {
        uint count = (uint)(mask.ByteCount / mask.BytesPerWord);
        nint poison = GetPoison(VectorType(TypeOf(mask.Word), count));
        nint first = ir.Insert(poison, mask.Word, ir.Int32(0));
        return ir.Shuffle(first, poison, ConstNull(VectorType(ir.I32, count)));
    }

    private static void EraseUnused(nint value)
    {
        nint left = Operand(value, 0), right = CountOperands(value) > 1 ? Operand(value, 1) : left;
        Erase(value);
        bool isLeftUnused = IsUnused(left), isRightUnused = right != left && IsUnused(right);
        if (isLeftUnused) EraseUnused(left);
        if (isRightUnused) EraseUnused(right);
    }

    private static bool IsUnused(nint value) => AsInstruction(value) != 0 && FirstUse(value) == 0;
}
