using System.Numerics;
using System.Runtime.CompilerServices;
using Drydock.Compiler.X64;
using Drydock.Wasm;
using Drydock.Wasm.Binary;
using R = Drydock.Compiler.X64.Register;

namespace Drydock.Compiler.Baseline;

/// <content>
/// Registers. rbx holds the context and r15 the base of memory 0 where the function needs them; r11, xmm14 and xmm15
/// are scratch within an instruction. Of the others some are pinned to locals for the whole function, the rest hold
/// operands. An i32 in a register is zero-extended.
/// </content>
internal sealed partial class FunctionTranslation
{
    private const R None = (R)Operand.NoNumber;
    private const VectorRegister NoVector = (VectorRegister)Operand.NoNumber;
    private const R Context = R.Rbx;
    private const R MemoryBase = R.R15;
    private const R Scratch = R.R11;
    private const VectorRegister ScratchVector = VectorRegister.Xmm15;
    private const VectorRegister ScratchVector2 = VectorRegister.Xmm14;

    private readonly int[] _owner = new int[16], _vectorOwner = new int[16];
    private uint _temporaries, _vectorTemporaries;
    private uint _free, _freeVectors;

    /// <summary>
    /// The lowest number in a set of registers; the executable may count ones, but not trailing zeros.
    /// </summary>
    private static int LowestOf(uint set) => BitOperations.PopCount(~set & set - 1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private R Allocate()
    {
        if (_free == 0) SpillOldest();
        int number = LowestOf(_free);
        _free &= _free - 1;
        return (R)number;
    }

    private VectorRegister AllocateVector()
    {
        if (_freeVectors == 0) SpillOldestVector();
        int number = LowestOf(_freeVectors);
        _freeVectors &= _freeVectors - 1;
        return (VectorRegister)number;
    }

    /// <summary>Gives a register back; of no effect on registers that are pinned or fixed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Free(R r) => _free |= 1u << (int)r & _temporaries;
    private void Free(VectorRegister r) => _freeVectors |= 1u << (int)r & _vectorTemporaries;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool IsTemporary(R r) => (_temporaries >> (int)r & 1) != 0;
    private bool IsTemporary(VectorRegister r) => (_vectorTemporaries >> (int)r & 1) != 0;

    /// <summary>Takes one particular temporary register, moving away an operand that is in it.</summary>
    private void Claim(R r)
    {
        uint bit = 1u << (int)r;
        if ((_free & bit) == 0)
        {
            int index = _owner[(int)r];
            ref Operand operand = ref _stack[index];
            if (_free == 0)
            {
                Spill(index);
            }
            else
            {
                R other = Allocate();
                _assembler.Mov(operand.IsWide, other, r);
                operand.Number = (byte)other;
                _owner[(int)other] = index;
            }
        }
        _free &= ~bit;
    }

    private void ClaimVector(VectorRegister r)
    {
        uint bit = 1u << (int)r;
        if ((_freeVectors & bit) == 0)
        {
            int index = _vectorOwner[(int)r];
            if (_freeVectors == 0)
            {
                Spill(index);
            }
            else
            {
                VectorRegister other = AllocateVector();
                _assembler.Vmovaps(other, r);
                _stack[index].Number = (byte)other;
                _vectorOwner[(int)other] = index;
            }
        }
        _freeVectors &= ~bit;
    }

    /// <summary>
    /// The register pinned to the local that the next instruction sets, so that a result can go straight there; or
    /// <see cref="None"/>. Operands that still are in that local are moved out of it.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private R PeekTarget(ref InstructionReader reader) => SetsLocal(reader.PeekByte()) ? (R)PeekPin(ref reader) : None;

    private VectorRegister PeekVectorTarget(ref InstructionReader reader) =>
        SetsLocal(reader.PeekByte()) ? (VectorRegister)PeekPin(ref reader) : NoVector;

    /// <summary>Whether an opcode is that of <c>local.set</c> or <c>local.tee</c>.</summary>
    private static bool SetsLocal(byte opcode) => opcode is (byte)Opcode.LocalSet or (byte)Opcode.LocalTee;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private byte PeekPin(ref InstructionReader reader)
    {
        int index = FirstLocal + reader.PeekIndexBehindOpcode();
        ref Local local = ref _locals[index];
        if (!local.IsPinned) return Operand.NoNumber;
        if (local.Latest.Bits != Operand.NoPlace) MaterializeLocal(index);
        return local.Pin;
    }

    /// <summary>Whether an operand that was popped can be read from register <paramref name="r"/>.</summary>
    private static bool IsIn(Operand operand, R r) => RegisterOf(operand) == r;

    /// <summary>The register an integer operand is in, or <see cref="None"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static R RegisterOf(Operand operand) => (R)operand.Number;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static VectorRegister VectorOf(Operand operand) => (VectorRegister)operand.Number;

    /// <summary>The memory an operand is in, neither a constant nor in a register.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Address HomeOf(Operand operand) => operand.Kind == OperandKind.Local
        ? _locals[operand.Local].Home
        : SlotAddress((int)operand.Bits);

    /// <summary>A register that holds a popped integer operand, to be read only, and freed afterwards.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private R ToRegister(Operand operand)
    {
        R r = RegisterOf(operand);
        return r != None ? r : LoadNew(operand);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private R LoadNew(Operand operand)
    {
        R r = Allocate();
        LoadHere(r, operand);
        return r;
    }

    /// <summary>A temporary register that holds a popped integer operand and may be overwritten.</summary>
    private R ToTemporary(Operand operand)
    {
        R r = RegisterOf(operand);
        if (r != None && IsTemporary(r)) return r;
        return LoadNew(operand);
    }

    private VectorRegister ToVector(Operand operand)
    {
        VectorRegister r = VectorOf(operand);
        if (r != NoVector) return r;
        r = AllocateVector();
        LoadVector(r, operand);
        return r;
    }

    private VectorRegister ToTemporaryVector(Operand operand)
    {
        VectorRegister r = VectorOf(operand);
        if (r != NoVector && IsTemporary(r)) return r;
        VectorRegister copy = AllocateVector();
        LoadVector(copy, operand);
        return copy;
    }

    /// <summary>Loads a popped integer operand without touching the flags.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Load(R d, Operand operand) => LoadHere(d, operand);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void LoadHere(R d, Operand operand)
    {
        R r = RegisterOf(operand);
        bool isWide = operand.Type != ValueKind.I32;
        if (r != None)
        {
            if (r != d) _assembler.Mov(isWide, d, r);
        }
        else if (operand.Kind == OperandKind.Constant)
        {
            _assembler.MovConstant(d, isWide ? operand.Bits : (uint)operand.Bits);
        }
        else
        {
            _assembler.Mov(isWide, d, HomeOf(operand));
        }
    }

    /// <summary>Loads a popped float or vector operand without touching the flags.</summary>
    private void LoadVector(VectorRegister d, Operand operand)
    {
        VectorRegister r = VectorOf(operand);
        if (r != NoVector)
        {
            if (r != d) _assembler.Vmovaps(d, r);
        }
        else if (operand.IsZero)
        {
            _assembler.Vxorps(d, d, d);
        }
        else
        {
            Address m = operand.Kind == OperandKind.Constant ? PoolAddress(operand) : HomeOf(operand);
            LoadVector(operand.Type, d, m);
        }
    }

    private void LoadVector(ValueKind type, VectorRegister d, Address m)
    {
        if (type == ValueKind.F32) _assembler.Vmovss(d, m);
        else if (type == ValueKind.F64) _assembler.Vmovsd(d, m);
        else _assembler.Vmovups(d, m);
    }

    private void StoreVector(ValueKind type, Address m, VectorRegister s)
    {
        if (type == ValueKind.F32) _assembler.Vmovss(m, s);
        else if (type == ValueKind.F64) _assembler.Vmovsd(m, s);
        else _assembler.Vmovups(m, s);
    }

    private Address PoolAddress(Operand operand) => _assembler.Constant16((ulong)operand.Bits, 0);

    /// <summary>A float operand as last operand of an instruction: a register or memory.</summary>
    private VectorOperand ToVectorOperand(Operand operand)
    {
        VectorRegister r = VectorOf(operand);
        if (r != NoVector) return r;
        return operand.Kind == OperandKind.Constant ? PoolAddress(operand) : HomeOf(operand);
    }

    /// <summary>Frees the register of an operand that was popped and is done with.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Release(Operand operand)
    {
        if (operand.Kind != OperandKind.Register) return;
        if (operand.IsVector) Free((VectorRegister)operand.Number);
        else Free((R)operand.Number);
    }

    /// <summary>Stores a popped operand of any type, through scratch registers if it is in memory itself.</summary>
    private void Store(Address m, Operand operand)
    {
        if (operand.IsVector)
        {
            VectorRegister r = VectorOf(operand);
            if (r == NoVector) LoadVector(r = ScratchVector, operand);
            StoreVector(operand.Type, m, r);
        }
        else if (operand.IsImmediate)
        {
            _assembler.Mov(operand.IsWide, m, (int)operand.Bits);
        }
        else
        {
            R r = RegisterOf(operand);
            if (r == None) Load(r = Scratch, operand);
            _assembler.Mov(operand.IsWide, m, r);
        }
    }
}
