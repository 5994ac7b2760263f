namespace Drydock.Wasm;

/// <summary>
/// The type of a block (spec: 5.4.1): nothing, a single result, or a function type by index.
/// </summary>
public readonly record struct BlockType
{
    private readonly int _typeIndexPlusOne;

    private BlockType(ValueType result, int typeIndexPlusOne) =>
        (Result, _typeIndexPlusOne) = (result, typeIndexPlusOne);

    /// <summary>No parameters and no results.</summary>
    public static BlockType Empty => default;

    /// <summary>No parameters and one result.</summary>
    public static BlockType Of(ValueType result) => new(result, 0);

    /// <summary>Parameters and results of the function type at an index.</summary>
    public static BlockType OfIndex(int typeIndex) => new(default, typeIndex + 1);

    /// <summary>The result of a block with a single one; <see cref="ValueType.Bottom"/> otherwise.</summary>
    public ValueType Result { get; }

    /// <summary>The index of the function type, or -1.</summary>
    public int TypeIndex => _typeIndexPlusOne - 1;

    /// <summary>Whether the type is a function type by index.</summary>
    public bool HasTypeIndex => _typeIndexPlusOne != 0;

    /// <summary>Whether there are neither parameters nor results.</summary>
    public bool IsEmpty => _typeIndexPlusOne == 0 && Result == ValueType.Bottom;
}
