using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Drydock.Wasm.Binary;

namespace Drydock.Wasm.Validation;

/// <summary>
/// Validates one instruction sequence in one pass over its bytes with a stack of operand types and a stack of control
/// frames: the algorithm of appendix A.3 of the specification.
/// </summary>
internal ref partial struct FunctionValidator
{
    private readonly ModuleContext _module;
    private readonly ValidatorStacks _stacks;
    private readonly TypeSpace _types;
    private readonly WasmFeatures _features;
    private ByteReader _reader;
    private ValueType[] _operands;
    private int _height;
    /// <summary>Height of the operand stack below the innermost frame's operands.</summary>
    private int _base;
    private ControlFrame[] _frames;
    private int _depth;
    private int _localCount;
    private bool _tracksInitialization;
    private bool _isConstant;
    /// <summary>Where the current instruction starts, for errors.</summary>
    private int _at;

    public FunctionValidator(ModuleContext module, ValidatorStacks stacks, ByteReader reader)
    {
        _module = module;
        _stacks = stacks;
        _types = module.Types;
        _features = module.Features;
        _reader = reader;
        _operands = stacks.Operands;
        _frames = stacks.Frames;
        _height = ValidatorStacks.Bottom;
    }

    /// <summary>
    /// Validates a function: its declared locals, then its instructions, which fill the rest of the entry.
    /// </summary>
    public FunctionBody ValidateBody(ByteRange entry, FunctionType type)
    {
        var locals = ReadLocals(type);
        var start = _reader.Position;
        PushFrame(Opcode.Block, type, ValueType.Bottom);
        Run();
        if (!_reader.AtEnd) _reader.FailMalformed("END opcode expected");
        return new FunctionBody(entry, new ByteRange(start, _reader.Position - start), locals);
    }

    /// <summary>Validates a constant expression and returns the position after its <c>end</c>.</summary>
    public int ValidateConstant(ValueType type)
    {
        _isConstant = true;
        PushFrame(Opcode.Block, null, type);
        Run();
        return _reader.Position;
    }

    private void Run()
    {
        // What most code is made of goes the short way where nothing special has to be looked at.
        var isPlain = !_isConstant && !_tracksInitialization;
        do
        {
            while (isPlain && TryEmptyBlock(PassPlain())) { }
            _at = _reader.Position;
            uint opcode = _reader.ReadByte();
            switch ((Opcode)opcode)
            {
                case Opcode.I32Const when isPlain: _reader.ReadS32(); Push(ValueType.I32); break;
                case Opcode.Call when isPlain: Call(_module.FunctionTypeOf(ReadFunctionIndex())); break;
                case Opcode.Block or Opcode.Loop or Opcode.If or Opcode.Else or Opcode.End or Opcode.Br or Opcode.BrIf
                    or Opcode.Return or Opcode.Select or Opcode.GlobalGet or Opcode.GlobalSet or Opcode.CallIndirect
                    when isPlain:
                    ValidateSpecial((Opcode)opcode);
                    break;
                case >= (Opcode)0xFB and < (Opcode)0xFF: ValidatePrefixed(opcode, _reader.ReadU32()); break;
                default: Validate((Opcode)opcode, 0, opcode); break;
            }
        }
        while (_depth > 0);
        _stacks.Operands = _operands;
        _stacks.Frames = _frames;
    }

    private void ValidatePrefixed(uint prefix, uint opcode) =>
        Validate((Opcode)(prefix << 16 | (opcode & 0xFFFF)), prefix, opcode);

    private void Validate(Opcode opcode, uint prefix, uint number)
    {
        ref readonly var shape = ref InstructionShapes.Of(prefix, number);
        if (!shape.IsKnown || (shape.Feature & ~_features) != 0) CheckFeature(shape, opcode, prefix, number);
        if (_isConstant && !ConstantExpressions.Allows(opcode, _features))
            FailInvalid($"constant expression required, found {opcode}");
        switch (shape.Immediate)
        {
            case Immediate.MemoryArgument or Immediate.MemoryArgumentAndLane: ValidateAccess(in shape); break;
            case Immediate.I32: _reader.ReadS32(); Push(ValueType.I32); break;
            case Immediate.I64: _reader.ReadS64(); Push(ValueType.I64); break;
            case Immediate.F32: _reader.Skip(4); Push(ValueType.F32); break;
            case Immediate.F64: _reader.Skip(8); Push(ValueType.F64); break;
            case Immediate.V128: _reader.Skip(16); Push(ValueType.V128); break;
            case Immediate.Lane: CheckLane(shape.LaneCount); Apply(shape.Signature); break;
            case Immediate.Shuffle: CheckShuffle(); Apply(shape.Signature); break;
            case Immediate.ZeroByte: ReadZeroByte(); Apply(shape.Signature); break;
            case Immediate.LocalIndex: ValidateLocal(opcode); break;
            default:
                if (shape.Signature != 0) Apply(shape.Signature);
                else if (prefix == 0) ValidateSpecial(opcode);
                else if (prefix == 0xFB) ValidateGc(opcode);
                else ValidateBulk(opcode);
                break;
        }
    }

    /// <summary>The instructions of one byte whose type depends on more than a table can say.</summary>
    private void ValidateSpecial(Opcode opcode)
    {
        switch (opcode)
        {
            case Opcode.Unreachable: MarkUnreachable(); break;
            case Opcode.Block or Opcode.Loop or Opcode.If: ValidateBlock(opcode); break;
            case Opcode.Try: _module.HasHandlers = true; ValidateBlock(opcode); break;
            case Opcode.TryTable: ValidateTryTable(); break;
            case Opcode.Else: ValidateElse(); break;
            case Opcode.Catch or Opcode.CatchAll: ValidateCatch(opcode); break;
            case Opcode.Delegate: ValidateDelegate(); break;
            case Opcode.Rethrow: ValidateRethrow(); break;
            case Opcode.Throw: ValidateThrow(); break;
            case Opcode.ThrowRef:
                _module.HasHandlers = true; Pop(ValueType.Reference(HeapType.Exn,
                    nullable: true)); MarkUnreachable(); break;
            case Opcode.End: ValidateEnd(); break;
            case Opcode.Br: PopAll(LabelTypes(ReadLabel())); MarkUnreachable(); break;
            case Opcode.BrIf: ValidateBranchIf(); break;
            case Opcode.BrTable: ValidateBranchTable(); break;
            case Opcode.BrOnNull: ValidateBranchOnNull(); break;
            case Opcode.BrOnNonNull: ValidateBranchOnNonNull(); break;
            case Opcode.Return: PopAll(ReturnTypes); MarkUnreachable(); break;
            case Opcode.Call: Call(_module.FunctionTypeOf(ReadFunctionIndex())); break;
            case Opcode.CallIndirect: Call(ReadIndirect()); break;
            case Opcode.CallRef: Call(ReadReferenceCall()); break;
            case Opcode.ReturnCall: ReturnCall(ReadTailCallee()); break;
            case Opcode.ReturnCallIndirect: ReturnCall(ReadIndirect()); break;
            case Opcode.ReturnCallRef: ReturnCall(ReadReferenceCall()); break;
            case Opcode.Drop: PopAny(); break;
            case Opcode.Select: ValidateSelect(); break;
            case Opcode.SelectT: ValidateTypedSelect(); break;
            case Opcode.GlobalGet: ValidateGlobalGet(); break;
            case Opcode.GlobalSet: ValidateGlobalSet(); break;
            case Opcode.TableGet: ValidateTableGet(); break;
            case Opcode.TableSet: ValidateTableSet(); break;
            case Opcode.MemorySize: Push(ReadMemoryAddressType()); break;
            case Opcode.MemoryGrow: ValidateMemoryGrow(); break;
            case Opcode.RefNull: Push(ValueType.Reference(ReadHeapType(), nullable: true)); break;
            case Opcode.RefIsNull: PopReference(); Push(ValueType.I32); break;
            case Opcode.RefFunc: ValidateRefFunc(); break;
            case Opcode.RefEq: Pop(EqRef); Pop(EqRef); Push(ValueType.I32); break;
            case Opcode.RefAsNonNull: Push(NonNull(PopReference())); break;
            default: FailUnknown(0, (uint)opcode); break;
        }
    }

    private void ReadZeroByte()
    {
        if (_reader.ReadByte() != 0) _reader.FailMalformed("zero byte expected", _at);
    }

    private void CheckLane(int laneCount)
    {
        var lane = _reader.ReadByte();
        if (lane >= laneCount) FailInvalid($"invalid lane index {lane}");
    }

    private void CheckShuffle()
    {
        for (var i = 0; i < 16; i++) CheckLane(32);
    }

    // ---- operands

    private void Apply(uint signature)
    {
        PopOperands(signature);
        PushResults(signature);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void PopOperands(uint signature)
    {
        for (var kinds = signature & 0xFFFF; kinds != 0; kinds >>= 4) Pop(ValueType.Number(0x70 | (kinds & 0xF)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void PushResults(uint signature)
    {
        for (var kinds = (signature >> 16) & 0xFF; kinds != 0; kinds >>= 4)
            Push(ValueType.Number(0x70 | (kinds & 0xF)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Push(ValueType type)
    {
        var operands = _operands;
        var height = _height;
        if ((uint)height >= (uint)operands.Length) operands = Grow();
        operands[height] = type;
        _height = height + 1;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private ValueType[] Grow()
    {
        var count = _height - ValidatorStacks.Bottom + 1L;
        _reader.CheckLimit(count, ImplementationLimits.OperandStack, "operands on the stack", _at);
        Array.Resize(ref _operands, _operands.Length * 2);
        return _operands;
    }

    private void PushAll(ReadOnlySpan<ValueType> types)
    {
        foreach (var type in types) Push(type);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Pop(ValueType expected)
    {
        var height = _height - 1;
        if (height >= _base && _operands[height] == expected) _height = height;
        else PopSubtype(expected);
    }

    /// <summary>Pops an operand that is not literally of the type expected.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void PopSubtype(ValueType expected)
    {
        if (_height == _base)
        {
            if (!_frames[_depth - 1].IsUnreachable) FailMismatch(expected, null);
            return;
        }
        var actual = _operands[--_height];
        if (!_types.Matches(actual, expected)) FailMismatch(expected, actual);
    }

    private ValueType PopAny()
    {
        if (_height > _base) return _operands[--_height];
        if (!_frames[_depth - 1].IsUnreachable) FailInvalid("type mismatch: expected a value, found nothing");
        return ValueType.Bottom;
    }

    private void PopAll(ReadOnlySpan<ValueType> types)
    {
        for (var i = types.Length - 1; i >= 0; i--) Pop(types[i]);
    }

    /// <summary>Pops a reference of any type; one from nowhere points to the bottom heap type.</summary>
    private ValueType PopReference()
    {
        var type = PopAny();
        if (type == ValueType.Bottom) return ValueType.Reference(HeapType.Bottom, nullable: false);
        if (!type.IsReference) FailInvalid($"type mismatch: expected a reference, found {type}");
        return type;
    }

    /// <summary>Checks that the operands on top are of these types and leaves them there.</summary>
    private void CheckTop(ReadOnlySpan<ValueType> types)
    {
        for (var i = 1; i <= types.Length; i++)
        {
            var expected = types[^i];
            var index = _height - i;
            if (index < _base)
            {
                if (!_frames[_depth - 1].IsUnreachable) FailMismatch(expected, null);
                return;
            }
            if (!_types.Matches(_operands[index], expected)) FailMismatch(expected, _operands[index]);
        }
    }

    private static ValueType NonNull(ValueType reference) => ValueType.Reference(reference.Heap, nullable: false);

    private static ValueType EqRef => ValueType.Reference(HeapType.Eq, nullable: true);

    private HeapType ReadHeapType() => TypeReader.ReadHeapType(ref _reader, _types.Count, _features);

    // ---- errors

    private void CheckFeature(in InstructionShape shape, Opcode opcode, uint prefix, uint number)
    {
        if (!shape.IsKnown) FailUnknown(prefix, number);
        _reader.FailMalformed($"illegal opcode: {opcode} needs the feature {shape.Feature}", _at);
    }

    [DoesNotReturn]
    private readonly void FailUnknown(uint prefix, uint opcode) =>
        _reader.FailMalformed(prefix == 0
            ? $"illegal opcode {opcode:x2}"
            : $"illegal opcode {prefix:x2} {opcode:x2}", _at);

    [DoesNotReturn]
    private readonly void FailInvalid(string phrase) => _reader.FailInvalid(phrase, _at);

    [DoesNotReturn]
    private readonly void FailMismatch(ValueType expected, ValueType? actual) =>
        FailInvalid($"type mismatch: expected {expected}, found {actual?.ToString() ?? "nothing"}");
}
