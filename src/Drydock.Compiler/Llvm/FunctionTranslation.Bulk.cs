using static Drydock.Compiler.Llvm.LlvmNative;

namespace Drydock.Compiler.Llvm;

/// <content>Copying and filling memories: bounds are compared here, and the platform's own functions do the
/// work.</content>
internal sealed partial class FunctionTranslation
{
    /// <summary>Most bytes that are moved by instructions in place of a call.</summary>
    private const ulong LargestInPlace = 64;

    private void MemoryFill(int memory)
    {
        bool is64Bit = IsMemory64(memory);
        nint length = Widen(Pop(), is64Bit), value = Pop(), start = Widen(Pop(), is64Bit);
        CheckRange(memory, start, length);
        nint to = _ir.Index(BaseOf(memory), start);
        if (IsSmall(length))
        {
            // Volatile like every other access: it stays where it is among those that may trap.
            _ir.Intrinsic("llvm.memset", [_ir.Pointer, _ir.I64], to, Trunc(value, _ir.I8), length, _ir.Bool(true));
            return;
        }
        CallPlatform(Builtin.FillBytes, to, value, length);
    }

    private void MemoryCopy(int destination, int source)
    {
        nint length = Widen(Pop(), IsMemory64(destination) && IsMemory64(source));
        nint from = Widen(Pop(), IsMemory64(source)), to = Widen(Pop(), IsMemory64(destination));
        CheckRange(source, from, length);
        CheckRange(destination, to, length);
        nint target = _ir.Index(BaseOf(destination), to), origin = _ir.Index(BaseOf(source), from);
        if (IsSmall(length))
        {
            _ir.Intrinsic("llvm.memmove", [_ir.Pointer, _ir.Pointer, _ir.I64], target, origin, length, _ir.Bool(true));
            return;
        }
        CallPlatform(Builtin.MoveBytes, target, origin, length);
    }

    private static bool IsSmall(nint length) => AsConstantInt(length) != 0 && GetConstant(length) <= LargestInPlace;

    /// <summary>
    /// Traps unless <paramref name="length"/> bytes from <paramref name="start"/> on, both i64, are in a memory.
    /// </summary>
    private void CheckRange(int memory, nint start, nint length)
    {
        nint size = MemoryLength(memory);
        nint isPast = _ir.Compare(IntegerPredicate.Above, start, size);
        nint isShort = _ir.Compare(IntegerPredicate.Below, _ir.Binary(BinaryOperation.Sub, size, start), length);
        TrapIf(_ir.Binary(BinaryOperation.Or, isPast, isShort), TrapCode.OutOfBoundsMemoryAccess);
    }

    /// <summary>Calls a function of the C library, which knows nothing of contexts.</summary>
    private void CallPlatform(Builtin function, params ReadOnlySpan<nint> arguments)
    {
        nint table = _ir.Load(_ir.Pointer, At(VmContextLayout.Builtins), AliasClass.Constant);
        nint code = _ir.Load(_ir.Pointer, _ir.Offset(table, (int)function * 8), AliasClass.Constant);
        nint[] values = arguments.ToArray();
        _ir.Call(_ir.FunctionType(_ir.Pointer, Array.ConvertAll(values, LlvmNative.TypeOf)), code, values);
    }
}
