namespace Drydock.Wasm;

/// <summary>
/// A heap type (spec: 2.3.3): an abstract one, or an index into the module's type section.
/// <see cref="Code"/> is its value as the signed LEB128 number of the binary format: negative when abstract.
/// </summary>
/// <param name="Code">Type index, or the negative code of an abstract heap type.</param>
public readonly record struct HeapType(int Code)
{
    /// <summary>All functions.</summary>
    public static HeapType Func => new(-0x10);
    /// <summary>All host references.</summary>
    public static HeapType Extern => new(-0x11);
    /// <summary>All internal references.</summary>
    public static HeapType Any => new(-0x12);
    /// <summary>Internal references that can be compared.</summary>
    public static HeapType Eq => new(-0x13);
    /// <summary>Unboxed 31-bit scalars.</summary>
    public static HeapType I31 => new(-0x14);
    /// <summary>All structures.</summary>
    public static HeapType Struct => new(-0x15);
    /// <summary>All arrays.</summary>
    public static HeapType Array => new(-0x16);
    /// <summary>All exceptions.</summary>
    public static HeapType Exn => new(-0x17);
    /// <summary>No exception.</summary>
    public static HeapType NoExn => new(-0x0C);
    /// <summary>No function.</summary>
    public static HeapType NoFunc => new(-0x0D);
    /// <summary>No host reference.</summary>
    public static HeapType NoExtern => new(-0x0E);
    /// <summary>No internal reference.</summary>
    public static HeapType None => new(-0x0F);

    /// <summary>Below every heap type: what a reference of unknown origin in unreachable code points to.</summary>
    internal static HeapType Bottom => new(-1);

    /// <summary>Whether this is an abstract heap type rather than a type index.</summary>
    public bool IsAbstract => Code < 0;
    /// <summary>The type index of a concrete heap type.</summary>
    public int TypeIndex => Code;

    /// <summary>The keyword of an abstract heap type, or the type index.</summary>
    public override string ToString() => Code switch
    {
        -0x10 => "func",
        -0x11 => "extern",
        -0x12 => "any",
        -0x13 => "eq",
        -0x14 => "i31",
        -0x15 => "struct",
        -0x16 => "array",
        -0x17 => "exn",
        -0x0C => "noexn",
        -0x0D => "nofunc",
        -0x0E => "noextern",
        -0x0F => "none",
        _ => Code.ToString(),
    };

    /// <summary>The one-word spelling of the nullable reference to this abstract heap type.</summary>
    internal string NullableShorthand => Code switch
    {
        -0x0C => "nullexnref",
        -0x0D => "nullfuncref",
        -0x0E => "nullexternref",
        -0x0F => "nullref",
        _ => ToString() + "ref",
    };
}
