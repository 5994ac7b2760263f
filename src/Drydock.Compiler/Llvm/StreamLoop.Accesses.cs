using static Drydock.Compiler.Llvm.LlvmNative;

namespace Drydock.Compiler.Llvm;

/// <content>What a loop touches.</content>
internal sealed partial class StreamLoop
{
    private static readonly string[] HarmlessIntrinsics =
    [
        "llvm.abs", "llvm.bswap", "llvm.ceil", "llvm.copysign", "llvm.ctlz", "llvm.ctpop", "llvm.cttz", "llvm.fabs",
        "llvm.floor", "llvm.fptosi.sat", "llvm.fptoui.sat", "llvm.fshl", "llvm.fshr", "llvm.nearbyint", "llvm.rint",
        "llvm.roundeven", "llvm.sadd.sat", "llvm.smax", "llvm.smin", "llvm.sqrt", "llvm.ssub.sat", "llvm.trunc",
        "llvm.uadd.sat", "llvm.umax", "llvm.umin", "llvm.usub.sat",
    ];

    private static readonly Lazy<HashSet<uint>> HarmlessIds = new(() =>
    {
        var ids = new HashSet<uint>();
        foreach (string name in HarmlessIntrinsics) ids.Add(LookupIntrinsic(name, (nuint)name.Length));
        return ids;
    });

    private bool FindAccesses()
    {
        for (nint at = GetFirstInstruction(Block); at != 0; at = NextInstruction(at))
        {
            if (++Instructions > MostInstructions) return false;
            IrOpcode opcode = OpcodeOf(at);
            bool isFine = opcode switch
            {
                IrOpcode.Load => TryAddAccess(at, Operand(at, 0), SizeOf(TypeOf(at))),
                IrOpcode.Store => TryAddAccess(at, Operand(at, 1), SizeOf(TypeOf(Operand(at, 0)))),
                IrOpcode.Call => IsHarmlessCall(at),
                IrOpcode.UIToFP => IsKeptUnsigned(Operand(at, 0)),
                _ => IsHarmless(opcode),
            };
            if (!isFine) return false;
        }
        return true;
    }

    private static bool IsHarmless(IrOpcode opcode) => opcode is IrOpcode.Branch or IrOpcode.Phi or IrOpcode.Select
        or IrOpcode.Index or IrOpcode.FloatNegate or IrOpcode.IntegerCompare or IrOpcode.FloatCompare
        or IrOpcode.Freeze or (>= IrOpcode.Add and <= IrOpcode.Xor) or (>= IrOpcode.Trunc and <= IrOpcode.BitCast);

    /// <summary>
    /// Whether a number may be converted as unsigned in a vector. LLVM computes in fewer bits where it can, and then
    /// takes what was extended with its sign for a narrow number without one.
    /// </summary>
    private bool IsKeptUnsigned(nint value) =>
        IsOutside(value) || OpcodeOf(value) is IrOpcode.Load or IrOpcode.ZExt;

    private static bool IsHarmlessCall(nint call)
    {
        nint callee = CalledValue(call);
        return AsFunction(callee) != 0 && HarmlessIds.Value.Contains(GetIntrinsicId(callee));
    }

    private int SizeOf(nint type) => type == _ir.I8 ? 1 : type == _ir.I16 ? 2
        : type == _ir.I32 || type == _ir.F32 ? 4
        : type == _ir.I64 || type == _ir.F64 ? 8 : 0;

    private bool TryAddAccess(nint access, nint pointer, int size)
    {
        if (size == 0 || GetOrdering(access) != 0) return false;
        nint index = 0;
        long offset = 0;
        var others = new List<nint>();
        while (AsInstruction(pointer) != 0 && OpcodeOf(pointer) == IrOpcode.Index)
        {
            if (CountOperands(pointer) != 2 || ElementOf(pointer) != _ir.I8) return false;
            nint part = Operand(pointer, 1);
            if (AsConstantInt(part) != 0) offset += GetSignedConstant(part);
            else if (!IrValue.IsWidened(_ir, part)) return false;
            else if (IsOutside(part)) others.Add(part);
            else if (index == 0) index = part;
            else return false;
            pointer = Operand(pointer, 0);
        }
        if (offset is < 0 or > uint.MaxValue) return false;
        if (!_ir.IsMemoryStart(pointer, _context) || !IsOutside(pointer)) return false;
        if (index == 0 && others.Count == 0) return false;
        others.Sort();
        return TryAddAccess(access, pointer, index, [.. others], offset, size);
    }

    /// <summary>So that it is no less than zero.</summary>
    private bool TryAddAccess(nint access, nint memory, nint index, nint[] others, long offset, int size)
    {
        var sum = new AffineSum();
        if (index != 0 && !TryDecompose(Operand(index, 0), 1, sum, 0)) return false;
        if (GrowthOf(sum) is not { } step) return false;
        var stream = FindStream(memory, sum, others);
        if (stream == null)
        {
            stream = new Stream(memory, sum, others, step);
            Streams.Add(stream);
        }
        long indexDelta = unchecked(sum.Constant - stream.Index.Constant), delta = indexDelta + offset;
        stream.Add(indexDelta, delta, size);
        if (OpcodeOf(access) == IrOpcode.Store) stream.AddWrite(size, IsResult(Operand(access, 0)));
        else stream.AddRead(size);
        Accesses[access] = new(stream, delta);
        return Streams.Count <= MostStreams;
    }

    private bool IsResult(nint value) => !IsOutside(value) && OpcodeOf(value) switch
    {
        IrOpcode.Load or IrOpcode.Phi => false,
        IrOpcode.Trunc or IrOpcode.ZExt or IrOpcode.SExt or IrOpcode.BitCast => IsResult(Operand(value, 0)),
        _ => true,
    };

    private Stream? FindStream(nint memory, AffineSum sum, nint[] others) => Streams.Find(stream =>
        stream.Memory == memory && stream.Index.HasTermsOf(sum) && stream.Others.AsSpan().SequenceEqual(others));
}
