namespace Drydock.Wasm.Text;

/// <summary>The kinds of value and of expected result in a script.</summary>
public enum ScriptValueKind
{
    /// <summary><c>i32.const</c>.</summary>
    I32,
    /// <summary><c>i64.const</c>.</summary>
    I64,
    /// <summary><c>f32.const</c>, as its bits.</summary>
    F32,
    /// <summary><c>f64.const</c>, as its bits.</summary>
    F64,
    /// <summary><c>v128.const</c>.</summary>
    V128,
    /// <summary><c>ref.null</c>, with or without a heap type.</summary>
    RefNull,
    /// <summary><c>ref.extern n</c>: a host reference that is a number.</summary>
    RefExtern,
    /// <summary><c>ref.host n</c>: the same, seen as an internal reference.</summary>
    RefHost,
    /// <summary>Only as a result: any reference of <see cref="ScriptValue.Heap"/> that is not null.</summary>
    RefAny,
    /// <summary>Only as a result: one of <see cref="ScriptValue.Alternatives"/>.</summary>
    Either,
}

/// <summary>What a lane or a number of an expected result has to be.</summary>
public enum NanPattern : byte
{
    /// <summary>Exactly the bits given.</summary>
    None,
    /// <summary><c>nan:canonical</c>: a NaN whose payload is the top bit alone.</summary>
    Canonical,
    /// <summary><c>nan:arithmetic</c>: a NaN whose payload has the top bit.</summary>
    Arithmetic,
}

/// <summary>An argument, or the description of an expected result.</summary>
/// <param name="Kind">Kind.</param>
/// <param name="Bits">Bits of a number or vector (lane 0 lowest), or the number of a host reference.</param>
public sealed record ScriptValue(ScriptValueKind Kind, UInt128 Bits)
{
    /// <summary>The heap type of a reference where one is written.</summary>
    public HeapType? Heap { get; init; }

    /// <summary>Whether a host reference was written without its number, so that any will do.</summary>
    public bool IsAnyNumber { get; init; }

    /// <summary>Width of a lane in bits; 0 unless this is a vector.</summary>
    public int LaneBits { get; init; }

    /// <summary>
    /// The NaN pattern of each lane, lane 0 first; empty when all bits are given. A number is one lane.
    /// </summary>
    public IReadOnlyList<NanPattern> Nans { get; init; } = [];

    /// <summary>The results that are as good, for <see cref="ScriptValueKind.Either"/>.</summary>
    public IReadOnlyList<ScriptValue> Alternatives { get; init; } = [];

    /// <summary>Close to the text form.</summary>
    public override string ToString() => Kind switch
    {
        ScriptValueKind.Either => $"either {string.Join(" or ", Alternatives)}",
        ScriptValueKind.V128 => $"v128:{Bits:x32}{NanText}",
        ScriptValueKind.RefNull or ScriptValueKind.RefAny => $"{Kind} {Heap}".TrimEnd(),
        ScriptValueKind.F32 => $"f32:{NanText}{BitConverter.UInt32BitsToSingle((uint)Bits):R}/{(uint)Bits:x8}",
        ScriptValueKind.F64 => $"f64:{NanText}{BitConverter.UInt64BitsToDouble((ulong)Bits):R}/{(ulong)Bits:x16}",
        _ => $"{Kind.ToString().ToLowerInvariant()}:{Bits}",
    };

    private string NanText => Nans.Count == 0 ? "" : $" nan({string.Join(',', Nans)}) ";
}
