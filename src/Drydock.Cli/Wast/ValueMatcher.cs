using Drydock.Runtime;
using Drydock.Wasm;
using Drydock.Wasm.Text;
using ValueType = Drydock.Wasm.ValueType;

namespace Drydock.Cli.Wast;

/// <summary>Turns a script's values into the runtime's, and compares results with what a script expects.</summary>
internal sealed class ValueMatcher(Store store)
{
    private readonly Dictionary<uint, object> _hostObjects = [];

    public Value ToValue(ScriptValue value) => value.Kind switch
    {
        ScriptValueKind.I32 => Value.FromInt32((int)(uint)value.Bits),
        ScriptValueKind.I64 => Value.FromInt64((long)(ulong)value.Bits),
        ScriptValueKind.F32 => Value.FromSingle(BitConverter.UInt32BitsToSingle((uint)value.Bits)),
        ScriptValueKind.F64 => Value.FromDouble(BitConverter.UInt64BitsToDouble((ulong)value.Bits)),
        ScriptValueKind.V128 => Value.FromVector(value.Bits),
        ScriptValueKind.RefNull => Value.Null,
        ScriptValueKind.RefExtern or ScriptValueKind.RefHost => store.ToExternalReference(HostObject((uint)value.Bits)),
        _ => throw new NotSupportedException($"{value} is no argument that the runtime can be given"),
    };

    private object HostObject(uint number)
    {
        if (!_hostObjects.TryGetValue(number, out var target)) _hostObjects[number] = target = number;
        return target;
    }

    public bool Matches(ScriptValue expected, Value actual, ValueType type) => expected.Kind switch
    {
        ScriptValueKind.I32 => type == ValueType.I32 && (uint)actual.AsInt32() == expected.Bits,
        ScriptValueKind.I64 => type == ValueType.I64 && (ulong)actual.AsInt64() == expected.Bits,
        ScriptValueKind.F32 =>
            type == ValueType.F32 && MatchesFloat(expected, (uint)actual.AsInt32(), FloatBits.Single),
        ScriptValueKind.F64 => type == ValueType.F64 && MatchesFloat(expected, actual.AsInt64(), FloatBits.Double),
        ScriptValueKind.V128 => type == ValueType.V128 && MatchesVector(expected, actual.AsVector()),
        ScriptValueKind.RefNull => type.IsReference && actual.IsNull,
        ScriptValueKind.RefExtern or ScriptValueKind.RefHost =>
            type.IsReference && MatchesHostReference(expected, actual),
        ScriptValueKind.RefAny => type.IsReference && !actual.IsNull && IsOf(expected.Heap, actual),
        ScriptValueKind.Either => expected.Alternatives.Any(alternative => Matches(alternative, actual, type)),
        _ => false,
    };

    private bool IsOf(HeapType? heap, Value actual) =>
        heap is not { IsAbstract: true }
            || store.IsReferenceOf(actual, ValueType.Reference(heap.Value, nullable: false));

    private bool MatchesHostReference(ScriptValue expected, Value actual) =>
        !actual.IsNull
            && (expected.IsAnyNumber || store.FromExternalReference(actual) is uint number && number == expected.Bits);

    private static bool MatchesFloat(ScriptValue expected, long bits, FloatBits format) =>
        expected.Nans.Count == 0
            ? (UInt128)(ulong)bits == expected.Bits
            : format.Matches(expected.Nans[0], (ulong)bits);

    private static bool MatchesVector(ScriptValue expected, UInt128 actual)
    {
        if (expected.Nans.Count == 0) return actual == expected.Bits;
        var format = expected.LaneBits == 32 ? FloatBits.Single : FloatBits.Double;
        for (var lane = 0; lane < expected.Nans.Count; lane++)
        {
            var shift = lane * expected.LaneBits;
            var mask = ulong.MaxValue >> (64 - expected.LaneBits);
            var bits = (ulong)(actual >> shift) & mask;
            var wanted = (ulong)(expected.Bits >> shift) & mask;
            var nan = expected.Nans[lane];
            if (nan == NanPattern.None ? bits != wanted : !format.Matches(nan, bits)) return false;
        }

        return true;
    }

    public static string Describe(Value value, ValueType type) => type.Kind switch
    {
        ValueKind.I32 => $"i32:{(uint)value.AsInt32()}",
        ValueKind.I64 => $"i64:{(ulong)value.AsInt64()}",
        ValueKind.F32 => $"f32:{value.AsSingle():R}/{value.AsInt32():x8}",
        ValueKind.F64 => $"f64:{value.AsDouble():R}/{value.AsInt64():x16}",
        ValueKind.V128 => $"v128:{value.AsVector():x32}",
        _ => value.IsNull ? $"null {type}" : $"{type}:{value}",
    };

    /// <summary>Where the NaNs of a format are.</summary>
    private readonly record struct FloatBits(ulong Magnitude, ulong CanonicalNan)
    {
        public static FloatBits Single => new(0x7FFF_FFFF, 0x7FC0_0000);
        public static FloatBits Double => new(0x7FFF_FFFF_FFFF_FFFF, 0x7FF8_0000_0000_0000);

        public bool Matches(NanPattern pattern, ulong bits) => pattern == NanPattern.Canonical
            ? (bits & Magnitude) == CanonicalNan
            : (bits & CanonicalNan) == CanonicalNan;
    }
}
