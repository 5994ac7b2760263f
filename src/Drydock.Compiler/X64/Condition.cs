namespace Drydock.Compiler.X64;

/// <summary>
/// Condition codes by their hardware number, and two that take two branches after a float comparison.
/// </summary>
internal enum Condition : byte
{
    Overflow, NoOverflow, Below, AboveOrEqual, Equal, NotEqual, BelowOrEqual, Above,
    Sign, NoSign, Parity, NoParity, Less, GreaterOrEqual, LessOrEqual, Greater,
    /// <summary>Equal and ordered: ZF set, PF clear.</summary>
    OrderedEqual,
    /// <summary>Not equal or unordered: ZF clear or PF set.</summary>
    UnorderedNotEqual,
}

/// <summary>Operations of the first opcode group, by their number in the encoding.</summary>
internal enum AluOperation : byte
{
    Add, Or, Adc, Sbb, And, Sub, Xor, Cmp,
}

/// <summary>Shifts and rotations, by their number in the encoding.</summary>
internal enum ShiftOperation : byte
{
    RotateLeft = 0, RotateRight = 1, Left = 4, LogicalRight = 5, ArithmeticRight = 7,
}

/// <summary>Operations of opcode F7, by their number in the encoding.</summary>
internal enum UnaryOperation : byte
{
    Not = 2, Neg = 3, Mul = 4, Imul = 5, Div = 6, Idiv = 7,
}

/// <summary>Opcodes behind 0F of instructions that load a register: extensions and bit counts.</summary>
internal enum ExtendOperation
{
    ZeroByte = 0xB6, ZeroWord = 0xB7, SignByte = 0xBE, SignWord = 0xBF,
}

/// <summary>Loads of integers: their opcodes, the first byte lowest, of which those behind 0F take two.</summary>
internal enum LoadOperation
{
    Whole = 0x8B, SignInt = 0x63, ZeroByte = 0xB60F, ZeroWord = 0xB70F, SignByte = 0xBE0F, SignWord = 0xBF0F,
}
