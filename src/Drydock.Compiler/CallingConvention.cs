using Drydock.Wasm;
using ValueType = Drydock.Wasm.ValueType;

namespace Drydock.Compiler;

/// <summary>Where a value crosses a call.</summary>
/// <param name="Kind">What holds it.</param>
/// <param name="Index">
/// Hardware register number, or for <see cref="ValueLocationKind.Stack"/> the offset in bytes from the stack pointer at
/// the call instruction, or for <see cref="ValueLocationKind.ResultBuffer"/> the offset in bytes in the buffer.
/// </param>
public readonly record struct ValueLocation(ValueLocationKind Kind, int Index);

/// <summary>The kinds of <see cref="ValueLocation"/>.</summary>
public enum ValueLocationKind : byte
{
    /// <summary>A general-purpose register.</summary>
    General,
    /// <summary>A vector register.</summary>
    Vector,
    /// <summary>The caller's outgoing area.</summary>
    Stack,
    /// <summary>The buffer for results past the first.</summary>
    ResultBuffer,
}

/// <summary>
/// How values cross calls: the platform's C convention (System V AMD64 ABI, 3.2.3) with the callee's <c>VmContext*</c>
/// as hidden first parameter in rdi. With more than one result, a pointer to a buffer of 16 bytes for each result past
/// the first follows it in rsi. An i32 in a general register has its upper half zero.
/// </summary>
public sealed class CallingConvention
{
    /// <summary>Size of a slot of the result buffer.</summary>
    public const int ResultSlotSize = 16;

    private readonly ValueLocation[] _parameters;
    private readonly ValueLocation[] _results;

    /// <summary>Classifies <paramref name="type"/>.</summary>
    public CallingConvention(FunctionType type)
    {
        _parameters = ClassifyParameters(type.Parameters, usesBuffer: type.Results.Length > 1, out int stackSize);
        _results = ClassifyResults(type.Results);
        StackSize = stackSize;
    }

    /// <summary>General registers of integer parameters in order: rdi, rsi, rdx, rcx, r8, r9.</summary>
    public static ReadOnlySpan<byte> GeneralParameterRegisters => [7, 6, 2, 1, 8, 9];

    /// <summary>Location of each parameter, without the hidden ones.</summary>
    public ReadOnlySpan<ValueLocation> Parameters => _parameters;

    /// <summary>Location of each result: the first in rax or xmm0, the others in the buffer.</summary>
    public ReadOnlySpan<ValueLocation> Results => _results;

    /// <summary>Whether rsi carries the address of a result buffer.</summary>
    public bool UsesResultBuffer => _results.Length > 1;

    /// <summary>Size of the result buffer.</summary>
    public int ResultBufferSize => Math.Max(0, _results.Length - 1) * ResultSlotSize;

    /// <summary>Size of the outgoing stack area, a multiple of 16.</summary>
    public int StackSize { get; }

    private static ValueLocation[] ClassifyParameters(ReadOnlySpan<ValueType> types, bool usesBuffer, out int stackSize)
    {
        var locations = new ValueLocation[types.Length];
        var places = new ArgumentPlaces(usesBuffer);
        for (int i = 0; i < types.Length; i++) locations[i] = places.Next(types[i].Kind);
        stackSize = places.StackSize;
        return locations;
    }

    private static ValueLocation[] ClassifyResults(ReadOnlySpan<ValueType> types)
    {
        var locations = new ValueLocation[types.Length];
        for (int i = 0; i < types.Length; i++)
        {
            locations[i] = i > 0
                ? new(ValueLocationKind.ResultBuffer, (i - 1) * ResultSlotSize)
                : new(types[0].IsFloatOrVector ? ValueLocationKind.Vector : ValueLocationKind.General, 0);
        }
        return locations;
    }
}

/// <summary>Hands out the places of a function's parameters, first to last, without allocating.</summary>
internal struct ArgumentPlaces(bool usesResultBuffer)
{
    private const int VectorParameterRegisters = 8;
    private int _general = usesResultBuffer ? 2 : 1, _vector, _stack;

    /// <summary>Bytes of the outgoing area handed out so far, rounded up to 16.</summary>
    public readonly int StackSize => (_stack + 15) & ~15;

    /// <summary>The place of the next parameter.</summary>
    public ValueLocation Next(ValueKind kind)
    {
        bool isVector = kind is ValueKind.F32 or ValueKind.F64 or ValueKind.V128;
        if (isVector && _vector < VectorParameterRegisters) return new(ValueLocationKind.Vector, _vector++);
        if (!isVector && _general < CallingConvention.GeneralParameterRegisters.Length)
            return new(ValueLocationKind.General, CallingConvention.GeneralParameterRegisters[_general++]);
        return OnStack(kind == ValueKind.V128 ? 16 : 8);
    }

    private ValueLocation OnStack(int size)
    {
        int offset = (_stack + size - 1) & -size;
        _stack = offset + size;
        return new(ValueLocationKind.Stack, offset);
    }
}
