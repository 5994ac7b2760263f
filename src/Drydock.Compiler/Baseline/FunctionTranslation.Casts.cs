using Drydock.Compiler.X64;
using Drydock.Wasm;
using Drydock.Wasm.Binary;
using R = Drydock.Compiler.X64.Register;

namespace Drydock.Compiler.Baseline;

/// <content>Casts and tests of references (spec: 4.6.6).</content>
internal sealed partial class FunctionTranslation
{
    private void ReferenceTest(ref InstructionReader reader, bool acceptsNull)
    {
        HeapType target = reader.ReadHeapType();
        Operand operand = Pop();
        R obj = ToRegister(operand), d = Allocate();
        int passed = -1, failed = -1, done = -1;
        EmitTypeTest(obj, d, target, acceptsNull, ref passed, ref failed);
        Bind(passed);
        _assembler.MovConstant(d, 1);
        AddPatch(ref done, _assembler.Jmp());
        Bind(failed);
        _assembler.Alu(AluOperation.Xor, false, d, d);
        Bind(done);
        Free(obj);
        Push(ValueKind.I32, d);
    }

    private void ReferenceCast(ref InstructionReader reader, bool acceptsNull)
    {
        HeapType target = reader.ReadHeapType();
        Operand operand = Pop();
        R obj = ToRegister(operand), temporary = Allocate();
        int passed = -1, failed = -1;
        EmitTypeTest(obj, temporary, target, acceptsNull, ref passed, ref failed);
        for (; failed >= 0; failed = _assembler.Int32At(failed))
            _traps.Add((failed, TrapCode.CastFailure, WasmOffset));
        Bind(passed);
        Free(temporary);
        PushBack(operand, obj);
    }

    private void BranchOnCast(ref InstructionReader reader, bool branchesOnFailure)
    {
        int flags = reader.ReadByte(), depth = reader.ReadIndex();
        reader.ReadHeapType();
        HeapType target = reader.ReadHeapType();
        Operand operand = Pop();
        R obj = ToRegister(operand), temporary = Allocate();
        int passed = -1, failed = -1, over = -1;
        EmitTypeTest(obj, temporary, target, (flags & 2) != 0, ref passed, ref failed);
        Free(temporary);
        PushBack(operand, obj);
        ref Control control = ref ControlAt(depth);
        if (branchesOnFailure)
        {
            Bind(passed);
            AddPatch(ref over, _assembler.Jmp());
            Bind(failed);
        }
        else
        {
            Bind(passed);
            over = failed;
        }
        TakeResults(control);
        JumpTo(ref control);
        Bind(over);
    }

    /// <summary>Pushes a popped operand again, which has been brought into <paramref name="r"/>.</summary>
    private void PushBack(Operand operand, R r)
    {
        if (IsTemporary(r)) Push(ValueKind.NullableReference, r);
        else Push(operand);
    }

    /// <summary>
    /// Tests whether a reference is of a type. What is not goes to <paramref name="failed"/>; what is goes to
    /// <paramref name="passed"/> or falls through.
    /// </summary>
    private void EmitTypeTest(R obj, R temporary, HeapType target, bool acceptsNull, ref int passed, ref int failed)
    {
        _assembler.Test(true, obj, obj);
        int null_ = _assembler.Jcc(Condition.Equal);
        if (acceptsNull) AddPatch(ref passed, null_);
        else AddPatch(ref failed, null_);
        if (!target.IsAbstract) TestConcrete(obj, temporary, target.TypeIndex, ref failed);
        else if (IsBottom(target)) AddPatch(ref failed, _assembler.Jmp());
        else if (target == HeapType.I31) TestBit(obj, Condition.Equal, ref failed);
        else if (target == HeapType.Struct)
            TestKind(obj, temporary, ObjectKind.Structure, Condition.NotEqual, ref failed);
        else if (target == HeapType.Array) TestKind(obj, temporary, ObjectKind.Array, Condition.NotEqual, ref failed);
        else if (target == HeapType.Eq) TestEqual(obj, temporary, ref passed, ref failed);
    }

    private static bool IsBottom(HeapType type) => type == HeapType.None || type == HeapType.NoFunc
        || type == HeapType.NoExtern || type == HeapType.NoExn;

    private void TestBit(R obj, Condition condition, ref int list)
    {
        _assembler.Test(false, obj, 1);
        AddPatch(ref list, _assembler.Jcc(condition));
    }

    private void TestEqual(R obj, R temporary, ref int passed, ref int failed)
    {
        TestBit(obj, Condition.NotEqual, ref passed);
        CompareKind(obj, temporary, ObjectKind.Structure);
        AddPatch(ref failed, _assembler.Jcc(Condition.Below));
    }

    private void TestKind(R obj, R temporary, ObjectKind kind, Condition wrong, ref int failed)
    {
        TestBit(obj, Condition.NotEqual, ref failed);
        CompareKind(obj, temporary, kind);
        AddPatch(ref failed, _assembler.Jcc(wrong));
    }

    private void CompareKind(R obj, R temporary, ObjectKind kind)
    {
        LoadTypeInfo(temporary, new Address(obj, HeapLayout.TypeNumber));
        _assembler.Alu(AluOperation.Cmp, false, new Address(temporary, TypeInfoLayout.Kind), (int)kind);
    }

    /// <summary>Loads the address of the entry of the type whose number is at <paramref name="number"/>.</summary>
    private void LoadTypeInfo(R d, Address number)
    {
        _assembler.Mov(false, d, number);
        _assembler.Shift(ShiftOperation.Left, true, d, TypeInfoLayout.SizeLog2);
        _assembler.Alu(AluOperation.Add, true, d, new Address(Context, VmContextLayout.TypeInfos));
    }

    /// <summary>Compares the type's number for a final type, else the ancestor at the target's depth.</summary>
    private void TestConcrete(R obj, R temporary, int typeIndex, ref int failed)
    {
        SubType type = _module.Types[typeIndex];
        bool isFunction = type.Composite is FunctionType;
        if (!isFunction) TestBit(obj, Condition.NotEqual, ref failed);
        CompareType(new Address(obj, isFunction ? FunctionReferenceLayout.Signature : HeapLayout.TypeNumber),
            temporary, typeIndex, ref failed);
        AddPatch(ref failed, _assembler.Jcc(Condition.NotEqual));
    }

    /// <summary>
    /// Sets the flags to equal if the type whose number is at <paramref name="number"/> is the one at an index or below
    /// it.
    /// </summary>
    private void CompareType(Address number, R temporary, int typeIndex, ref int failed)
    {
        var wanted = new Address(Context, _layout.Signature(typeIndex));
        if (_module.Types[typeIndex].IsFinal)
        {
            _assembler.Mov(false, temporary, number);
            _assembler.Alu(AluOperation.Cmp, false, temporary, wanted);
            return;
        }
        int depth = _unit.Objects.Depth(typeIndex);
        LoadTypeInfo(temporary, number);
        _assembler.Mov(false, Scratch, wanted);
        if (depth < TypeInfoLayout.DisplayLength)
        {
            _assembler.Alu(AluOperation.Cmp, false, Scratch,
                new Address(temporary, TypeInfoLayout.Display + depth * 4));
            return;
        }
        _assembler.Alu(AluOperation.Cmp, false, new Address(temporary, TypeInfoLayout.Depth), depth);
        AddPatch(ref failed, _assembler.Jcc(Condition.Below));
        _assembler.Mov(true, temporary, new Address(temporary, TypeInfoLayout.FullDisplay));
        _assembler.Alu(AluOperation.Cmp, false, Scratch, new Address(temporary, depth * 4));
    }
}
