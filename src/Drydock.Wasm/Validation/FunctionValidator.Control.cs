using Drydock.Wasm.Binary;

namespace Drydock.Wasm.Validation;

/// <summary>Blocks, branches, calls and exceptions (spec: 3.3.8).</summary>
internal ref partial struct FunctionValidator
{
    private void PushFrame(Opcode kind, FunctionType? type, ValueType result)
    {
        if (_depth == _frames.Length) Array.Resize(ref _frames, _depth * 2);
        ref var frame = ref _frames[_depth];
        var isEmpty = type is null ? result == ValueType.Bottom : _depth == 0 && type.Results.IsEmpty;
        var around = _depth == 0 ? 0u : _frames[_depth - 1].EmptyLabels;
        frame.Head = ControlFrame.EmptyHead(_height, (uint)kind, around);
        if (!isEmpty) frame.EmptyLabels = 0;
        frame.Type = type;
        frame.Result = result;
        frame.InitializedCount = _tracksInitialization ? _stacks.Initialized.Count : 0;
        _depth++;
        _stacks.Plain.SetEmptyLabels(frame.EmptyLabels);
        _base = _height;
        if (type is not null && _depth > 1) PushAll(type.Parameters);
    }

    /// <summary>
    /// Checks the results of the innermost frame, drops its operands and returns it; it stays in its place.
    /// </summary>
    private ref ControlFrame LeaveFrame()
    {
        PopAll(ResultTypes(_depth - 1));
        if (_height != _base)
            FailInvalid($"type mismatch: {_height - _base} values remaining on the stack at the end of the block");
        ref var frame = ref _frames[_depth - 1];
        if (_tracksInitialization) ForgetInitialized(frame.InitializedCount);
        return ref frame;
    }

    /// <summary>Starts the next part of the innermost frame: after <c>else</c> or <c>catch</c>.</summary>
    private static void Reenter(ref ControlFrame frame, Opcode kind)
    {
        frame.Kind = kind;
        frame.IsUnreachable = false;
    }

    private void MarkUnreachable()
    {
        _height = _base;
        _frames[_depth - 1].IsUnreachable = true;
    }

    private readonly ReadOnlySpan<ValueType> ParameterTypes(int frame) =>
        _frames[frame].EmptyLabels == 0 && _frames[frame].Type is { } type ? type.Parameters : default;

    private readonly ReadOnlySpan<ValueType> ResultTypes(int frame)
    {
        if (_frames[frame].EmptyLabels != 0) return default;
        if (_frames[frame].Type is { } type) return type.Results;
        return _frames[frame].Result == ValueType.Bottom
            ? default
            : new ReadOnlySpan<ValueType>(in _frames[frame].Result);
    }

    private readonly ReadOnlySpan<ValueType> ReturnTypes => ResultTypes(0);

    /// <summary>The operands a branch to a label carries; the label counts frames from the innermost.</summary>
    private readonly ReadOnlySpan<ValueType> LabelTypes(int label)
    {
        var frame = _depth - 1 - label;
        return _frames[frame].Kind == Opcode.Loop ? ParameterTypes(frame) : ResultTypes(frame);
    }

    private int ReadLabel()
    {
        var label = _reader.ReadIndex();
        if (label >= _depth) FailInvalid($"unknown label {label}");
        return label;
    }

    private void ValidateBlock(Opcode opcode)
    {
        var block = TypeReader.ReadBlockType(ref _reader, _types, _features);
        if (opcode == Opcode.If) Pop(ValueType.I32);
        EnterBlock(opcode, block);
    }

    private void EnterBlock(Opcode opcode, BlockType block)
    {
        var type = block.HasTypeIndex ? _types.FunctionAt(block.TypeIndex) : null;
        if (type is not null) PopAll(type.Parameters);
        PushFrame(opcode, type, block.Result);
    }

    private void ValidateElse()
    {
        if (_frames[_depth - 1].Kind != Opcode.If) _reader.FailMalformed("END opcode expected", _at);
        ref var frame = ref LeaveFrame();
        Reenter(ref frame, Opcode.Else);
        PushAll(ParameterTypes(_depth - 1));
    }

    private void ValidateEnd()
    {
        ref var frame = ref LeaveFrame();
        if (frame.Kind == Opcode.If && !_types.Matches(ParameterTypes(_depth - 1), ResultTypes(_depth - 1)))
            FailInvalid("type mismatch: an if without else must leave what it takes");
        var results = ResultTypes(_depth - 1);
        _depth--;
        if (_depth == 0) return;
        _base = _frames[_depth - 1].Height;
        _stacks.Plain.SetEmptyLabels(_frames[_depth - 1].EmptyLabels);
        PushAll(results);
    }

    private void ValidateBranchIf()
    {
        var label = ReadLabel();
        Pop(ValueType.I32);
        PassLabelTypes(LabelTypes(label));
    }

    /// <summary>Operands that a branch not taken leaves have the label's types.</summary>
    private void PassLabelTypes(ReadOnlySpan<ValueType> types)
    {
        if (types.IsEmpty) return;
        PopAll(types);
        PushAll(types);
    }

    private void ValidateBranchTable()
    {
        Pop(ValueType.I32);
        var count = _reader.ReadCount(ImplementationLimits.BranchTableSize, "branch table entries");
        var previous = ReadLabel();
        var arity = LabelTypes(previous).Length;
        CheckTop(LabelTypes(previous));
        for (; count > 0; count--)
        {
            var label = ReadLabel();
            if (label == previous) continue;
            var types = LabelTypes(label);
            if (types.Length != arity)
                FailInvalid($"type mismatch: the labels take {arity} and {types.Length} operands");
            CheckTop(types);
            previous = label;
        }
        MarkUnreachable();
    }

    private void ValidateBranchOnNull()
    {
        var label = ReadLabel();
        var reference = PopReference();
        PassLabelTypes(LabelTypes(label));
        Push(NonNull(reference));
    }

    private void ValidateBranchOnNonNull()
    {
        var label = ReadLabel();
        var reference = PopReference();
        PassCast(LabelTypes(label), NonNull(reference));
    }

    /// <summary>Checks a branch that carries a reference on top of operands that stay.</summary>
    private void PassCast(ReadOnlySpan<ValueType> types, ValueType reference)
    {
        if (types.IsEmpty || !types[^1].IsReference) FailInvalid($"type mismatch: the label does not take {reference}");
        if (!_types.Matches(reference, types[^1])) FailMismatch(types[^1], reference);
        PassLabelTypes(types[..^1]);
    }

    private void ValidateBranchOnCast(Opcode opcode)
    {
        var flags = _reader.ReadByte();
        if (flags > 3) _reader.FailMalformed("malformed br_on_cast flags", _at);
        var label = ReadLabel();
        var source = ValueType.Reference(ReadHeapType(), (flags & 1) != 0);
        var target = ValueType.Reference(ReadHeapType(), (flags & 2) != 0);
        if (!_types.Matches(target, source)) FailMismatch(source, target);
        // What is not cast is no null if the cast takes nulls.
        var rest = target.IsNullable ? NonNull(source) : source;
        Pop(source);
        var isOnCast = opcode == Opcode.BrOnCast;
        PassCast(LabelTypes(label), isOnCast ? target : rest);
        Push(isOnCast ? rest : target);
    }

    private int ReadFunctionIndex()
    {
        var index = _reader.ReadIndex();
        if (index >= _module.Functions.Length) FailInvalid($"unknown function {index}");
        return index;
    }

    private FunctionType ReadFunctionType(out int index)
    {
        index = _reader.ReadIndex();
        var type = _types.FunctionAt(index);
        if (type is null) FailInvalid($"unknown type {index}");
        return type;
    }

    private FunctionType ReadIndirect()
    {
        var type = ReadFunctionType(out _);
        var table = ReadTable();
        if (!_types.Matches(table.Element, ValueType.FuncRef)) FailMismatch(ValueType.FuncRef, table.Element);
        Pop(AddressType(table.Limits));
        return type;
    }

    private FunctionType ReadReferenceCall()
    {
        var type = ReadFunctionType(out var index);
        Pop(ValueType.Reference(new HeapType(index), nullable: true));
        _module.SharesFunctions = true;
        return type;
    }

    private void Call(FunctionType type)
    {
        PopAll(type.Parameters);
        PushAll(type.Results);
    }

    private FunctionType ReadTailCallee()
    {
        var index = ReadFunctionIndex();
        if (index < _module.ImportedFunctions) _module.SharesFunctions = true;
        return _module.FunctionTypeOf(index);
    }

    private void ReturnCall(FunctionType type)
    {
        PopAll(type.Parameters);
        if (!_types.Matches(type.Results, ReturnTypes))
            FailInvalid("type mismatch: the callee returns other types than its caller");
        MarkUnreachable();
    }

    // ---- exceptions

    private FunctionType ReadTagType()
    {
        var index = _reader.ReadIndex();
        if (index >= _module.Tags.Count) FailInvalid($"unknown tag {index}");
        return _module.TagTypeOf(index);
    }

    private void ValidateThrow()
    {
        PopAll(ReadTagType().Parameters);
        MarkUnreachable();
    }

    private void ValidateTryTable()
    {
        _module.HasHandlers = true;
        var block = TypeReader.ReadBlockType(ref _reader, _types, _features);
        // The labels of the clauses do not count the block itself.
        for (var count = _reader.ReadCount(int.MaxValue, "catch clauses"); count > 0; count--) ValidateCatchClause();
        EnterBlock(Opcode.TryTable, block);
    }

    private void ValidateCatchClause()
    {
        var kind = _reader.ReadByte();
        if (kind > 3) _reader.FailMalformed("malformed catch clause", _at);
        var carried = kind < 2 ? ReadTagType().Parameters : default;
        var types = LabelTypes(ReadLabel());
        if ((kind & 1) != 0)
        {
            var exception = ValueType.Reference(HeapType.Exn, nullable: false);
            if (types.IsEmpty || !_types.Matches(exception, types[^1]))
                FailInvalid("type mismatch: the label does not take an exception");
            types = types[..^1];
        }
        if (!_types.Matches(carried, types)) FailInvalid("type mismatch: the label does not take what is caught");
    }

    private void ValidateCatch(Opcode opcode)
    {
        var type = opcode == Opcode.Catch ? ReadTagType() : null;
        if (_frames[_depth - 1].Kind is not (Opcode.Try or Opcode.Catch))
            _reader.FailMalformed("END opcode expected", _at);
        ref var frame = ref LeaveFrame();
        Reenter(ref frame, opcode);
        if (type is not null) PushAll(type.Parameters);
    }

    private void ValidateDelegate()
    {
        var label = _reader.ReadIndex();
        if (_frames[_depth - 1].Kind != Opcode.Try) _reader.FailMalformed("END opcode expected", _at);
        // The label does not count the block that ends here.
        if (label >= _depth - 1) FailInvalid($"unknown label {label}");
        ValidateEnd();
    }

    private void ValidateRethrow()
    {
        var label = ReadLabel();
        if (_frames[_depth - 1 - label].Kind is not (Opcode.Catch or Opcode.CatchAll))
            FailInvalid("invalid rethrow label");
        MarkUnreachable();
    }
}
