using Drydock.Wasm.Binary;

namespace Drydock.Wasm.Tests;

/// <summary>Finds where two modules differ, however their numbers are encoded.</summary>
internal static class ModuleComparer
{
    private static readonly Dictionary<Opcode, Immediate> Immediates =
        OpcodeTable.All.ToArray().ToDictionary(info => info.Opcode, info => info.Immediate);

    /// <summary>What differs first, or null.</summary>
    public static string? Difference(WasmModule left, WasmModule right)
    {
        if (!left.Types.SequenceEqual(right.Types, TypeEquality.Instance)) return "types";
        if (!left.CanonicalTypes.SequenceEqual(right.CanonicalTypes)) return "type equivalences";
        if (!left.Imports.SequenceEqual(right.Imports)) return "imports";
        if (!left.Exports.SequenceEqual(right.Exports)) return "exports";
        if (!left.Functions.SequenceEqual(right.Functions)) return "functions";
        if (!left.Memories.SequenceEqual(right.Memories)) return "memories";
        if (!left.Tags.SequenceEqual(right.Tags)) return "tags";
        if (left.StartFunction != right.StartFunction) return "start";
        return First(left.Tables, right.Tables, "table", (a, b) => a.Type == b.Type
            && SameCode(left, a.Initializer, right, b.Initializer))
            ?? First(left.Globals, right.Globals, "global", (a, b) => a.Type == b.Type
                && SameCode(left, a.Initializer, right, b.Initializer))
            ?? First(left.Elements, right.Elements, "element segment", (a, b) => SameElements(left, a, right, b))
            ?? First(left.Data, right.Data, "data segment", (a, b) => SameData(left, a, right, b))
            ?? First(left.Bodies, right.Bodies, "function body", (a, b) => SameBody(left, a, right, b))
            ?? First(Customs(left), Customs(right), "custom section",
                (a, b) => a.Name == b.Name && left.BytesOf(a.Content).SequenceEqual(right.BytesOf(b.Content)));
    }

    private static CustomSection[] Customs(WasmModule module) =>
        [.. module.CustomSections.Where(section => section.Name != "name")];

    private static string? First<T>(T[] left, T[] right, string what, Func<T, T, bool> same)
    {
        if (left.Length != right.Length) return $"{left.Length} and {right.Length} of {what}";
        for (var i = 0; i < left.Length; i++)
            if (!same(left[i], right[i])) return $"{what} {i}";
        return null;
    }

    private static bool SameElements(WasmModule left, ElementSegment a, WasmModule right, ElementSegment b) =>
        (a.Mode, a.Type, a.Table, a.Count) == (b.Mode, b.Type, b.Table, b.Count)
        && SameCode(left, a.Offset, right, b.Offset)
        && (a.FunctionIndices ?? []).SequenceEqual(b.FunctionIndices ?? [])
        && (a.Expressions ?? []).Zip(b.Expressions ?? []).All(pair => SameCode(left, pair.First, right, pair.Second));

    private static bool SameData(WasmModule left, DataSegment a, WasmModule right, DataSegment b) =>
        (a.Mode, a.Memory) == (b.Mode, b.Memory) && SameCode(left, a.Offset, right, b.Offset)
        && left.BytesOf(a.Content).SequenceEqual(right.BytesOf(b.Content));

    private static bool SameBody(WasmModule left, FunctionBody a, WasmModule right, FunctionBody b) =>
        Expand(a.Locals).SequenceEqual(Expand(b.Locals)) && SameCode(left, a.Code, right, b.Code);

    private static IEnumerable<ValueType> Expand(LocalRun[] runs) =>
        runs.SelectMany(run => Enumerable.Repeat(run.Type, run.Count));

    /// <summary>Equal bytes, or the same instructions with the same immediates.</summary>
    private static bool SameCode(WasmModule left, ByteRange a, WasmModule right, ByteRange b)
    {
        ReadOnlySpan<byte> first = left.BytesOf(a);
        ReadOnlySpan<byte> second = right.BytesOf(b);
        if (first.SequenceEqual(second)) return true;
        var one = new InstructionReader(first);
        var two = new InstructionReader(second);
        while (!one.AtEnd && !two.AtEnd)
        {
            var opcode = one.ReadOpcode();
            if (opcode != two.ReadOpcode() || !SameImmediates(Immediates[opcode], first, ref one, second, ref two))
                return false;
        }
        return one.AtEnd && two.AtEnd;
    }

    private static bool SameImmediates(
        Immediate immediate, ReadOnlySpan<byte> first, ref InstructionReader one, ReadOnlySpan<byte> second,
        ref InstructionReader two)
    {
        if (immediate is Immediate.MemoryArgument or Immediate.MemoryArgumentAndLane)
        {
            one.ReadMemoryArgument(out var align, out var memory, out var offset);
            two.ReadMemoryArgument(out var otherAlign, out var otherMemory, out var otherOffset);
            return (align, memory, offset) == (otherAlign, otherMemory, otherOffset)
                && (immediate == Immediate.MemoryArgument || one.ReadByte() == two.ReadByte());
        }
        var (from, otherFrom) = (one.Position, two.Position);
        one.SkipImmediate(immediate);
        two.SkipImmediate(immediate);
        return Minimal(first[from..one.Position], immediate)
            .SequenceEqual(Minimal(second[otherFrom..two.Position], immediate));
    }

    /// <summary>Signed numbers without the groups that repeat their sign, unsigned ones without zeros.</summary>
    private static byte[] Minimal(ReadOnlySpan<byte> bytes, Immediate immediate)
    {
        if (immediate is Immediate.F32 or Immediate.F64 or Immediate.V128 or Immediate.Shuffle) return bytes.ToArray();
        var isSigned = immediate is Immediate.I32 or Immediate.I64 or Immediate.HeapType or Immediate.BlockType;
        var minimal = new List<byte>();
        foreach (var value in bytes)
        {
            minimal.Add(value);
            if (value >= 0x80) continue;
            while (minimal.Count > 1 && minimal[^2] >= 0x80 && IsFill(minimal[^1], minimal[^2], isSigned))
            {
                minimal.RemoveAt(minimal.Count - 1);
                minimal[^1] &= 0x7F;
            }
        }
        return [.. minimal];
    }

    private static bool IsFill(byte last, byte before, bool isSigned) =>
        isSigned ? last == ((before & 0x40) != 0 ? 0x7F : 0) : last == 0;

    private sealed class TypeEquality : IEqualityComparer<SubType>
    {
        public static readonly TypeEquality Instance = new();

        public bool Equals(SubType? left, SubType? right) =>
            left is not null && right is not null
            && (left.IsFinal, left.SuperType, left.GroupStart, left.GroupLength) == (right.IsFinal, right.SuperType,
                right.GroupStart, right.GroupLength)
            && (left.Composite, right.Composite) switch
            {
                (FunctionType a, FunctionType b) => a.Equals(b),
                (StructType a, StructType b) => a.Fields.SequenceEqual(b.Fields),
                (ArrayType a, ArrayType b) => a.Element == b.Element,
                _ => false,
            };

        public int GetHashCode(SubType type) => type.GroupStart;
    }
}
