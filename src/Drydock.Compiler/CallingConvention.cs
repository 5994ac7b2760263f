using Drydock.Wasm;

namespace Drydock.Compiler;

/// <summary>Where an argument or result is at the call instruction.</summary>
public enum LocationKind : byte
{
    /// <summary>In the general-purpose register with hardware number <see cref="ValueLocation.Index"/>.</summary>
    Register,
    /// <summary>In the vector register with number <see cref="ValueLocation.Index"/>.</summary>
    VectorRegister,
    /// <summary>
    /// An argument at <c>[rsp + Index]</c> just before the call instruction; for the callee, after <c>push rbp;
    /// mov rbp, rsp</c>, at <c>[rbp + 16 + Index]</c>.
    /// </summary>
    Stack,
    /// <summary>A result at <c>Index</c> bytes into the caller's result buffer.</summary>
    ResultBuffer,
}

/// <summary>The place of one argument or result.</summary>
/// <param name="Kind">What sort of place.</param>
/// <param name="Index">Register number, or offset in bytes.</param>
public readonly record struct ValueLocation(LocationKind Kind, int Index);

/// <summary>
/// How compiled code calls: the C convention of the System V x86-64 ABI. The callee's <c>VmContext*</c> is in rdi. A
/// function with more than one result gets in rsi the address of a buffer for the results after the first. The arguments
/// follow: integers and references in rsi, rdx, rcx, r8 and r9 (or what is left of them), floats and vectors in xmm0 to
/// xmm7, the rest on the stack. An i32 leaves the upper half of its register or slot undefined. rbx, rbp and r12 to r15
/// are preserved; rbp always links the frames.
/// </summary>
public sealed class CallingConvention
{
    /// <summary>Hardware number of the register of the callee's context.</summary>
    public const int ContextRegister = 7;
    /// <summary>Hardware number of the register of the result buffer's address, in functions that have one.</summary>
    public const int ResultBufferRegister = 6;
    /// <summary>Bytes between results in the result buffer.</summary>
    public const int ResultBufferStride = 16;

    private readonly ValueLocation[] _parameters, _results;

    /// <summary>Places the parameters and results of <paramref name="type"/>.</summary>
    public CallingConvention(FunctionType type)
    {
        _parameters = new ValueLocation[type.Parameters.Length];
        _results = new ValueLocation[type.Results.Length];
        var places = new ArgumentPlaces(type);
        for (var i = 0; i < _parameters.Length; i++) _parameters[i] = places.Next(type.Parameters[i].Kind);
        for (var i = 0; i < _results.Length; i++) _results[i] = ResultLocation(type, i);
        StackSize = places.StackSize;
    }

    /// <summary>Places of the parameters.</summary>
    public ReadOnlySpan<ValueLocation> Parameters => _parameters;
    /// <summary>Places of the results.</summary>
    public ReadOnlySpan<ValueLocation> Results => _results;
    /// <summary>Bytes of stack that the arguments take, a multiple of 16.</summary>
    public int StackSize { get; }
    /// <summary>Whether there is a result buffer.</summary>
    public bool HasResultBuffer => _results.Length > 1;
    /// <summary>Size of the result buffer in bytes.</summary>
    public int ResultBufferSize => Math.Max(0, _results.Length - 1) * ResultBufferStride;

    /// <summary>The place of result <paramref name="index"/> of a function of <paramref name="type"/>.</summary>
    public static ValueLocation ResultLocation(FunctionType type, int index)
    {
        if (index > 0) return new(LocationKind.ResultBuffer, ResultBufferStride * (index - 1));
        return new(type.Results[0].IsFloatOrVector ? LocationKind.VectorRegister : LocationKind.Register, 0);
    }
}

/// <summary>Hands out the places of a function's parameters, first to last, without allocating.</summary>
public struct ArgumentPlaces
{
    private const int VectorRegisters = 8;
    private int _integers, _vectors, _stack;

    /// <summary>Starts before the first parameter of a function of <paramref name="type"/>.</summary>
    public ArgumentPlaces(FunctionType type) => _integers = type.Results.Length > 1 ? 1 : 0;

    private static ReadOnlySpan<byte> IntegerRegisters => [6, 2, 1, 8, 9];

    /// <summary>Bytes of stack handed out so far, rounded up to 16.</summary>
    public readonly int StackSize => (_stack + 15) & ~15;

    /// <summary>The place of the next parameter.</summary>
    public ValueLocation Next(ValueKind kind)
    {
        if (kind is ValueKind.F32 or ValueKind.F64 or ValueKind.V128)
            return _vectors < VectorRegisters ? new(LocationKind.VectorRegister, _vectors++) : OnStack(kind);
        return _integers < IntegerRegisters.Length
            ? new(LocationKind.Register, IntegerRegisters[_integers++])
            : OnStack(kind);
    }

    private ValueLocation OnStack(ValueKind kind)
    {
        var size = kind == ValueKind.V128 ? 16 : 8;
        var offset = (_stack + size - 1) & -size;
        _stack = offset + size;
        return new(LocationKind.Stack, offset);
    }
}
