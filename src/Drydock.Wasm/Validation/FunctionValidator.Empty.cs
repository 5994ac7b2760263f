using System.Runtime.CompilerServices;

namespace Drydock.Wasm.Validation;

/// <summary>
/// Blocks that neither take nor leave values, which most are. What is another kind of block, or not valid, is left to
/// the long way: these methods then return false, and nothing has happened yet.
/// </summary>
internal ref partial struct FunctionValidator
{
    private const byte EmptyType = 0x40;

    /// <summary>The instruction at the reader's position.</summary>
    private bool TryEmptyBlock(Opcode opcode) => opcode switch
    {
        Opcode.End => TryLeaveEmpty(),
        Opcode.Block or Opcode.Loop or Opcode.If => TryEnterEmpty(opcode),
        Opcode.Br or Opcode.BrIf => TryBranchToEmpty(opcode),
        _ => false,
    };

    private bool TryEnterEmpty(Opcode opcode)
    {
        var height = opcode == Opcode.If ? HeightBelowI32 : _height;
        if (height < _base || _reader.PeekByte(1) != EmptyType) return false;
        _reader.Position += 2;
        _height = _base = height;
        if (_depth == _frames.Length) Array.Resize(ref _frames, _depth * 2);
        ref var frame = ref _frames[_depth++];
        frame.Kind = opcode;
        frame.Type = null;
        frame.Result = ValueType.Bottom;
        frame.Height = height;
        frame.IsUnreachable = false;
        frame.IsEmpty = true;
        return true;
    }

    private bool TryLeaveEmpty()
    {
        var outer = _depth - 2;
        if (outer < 0 || !_frames[outer + 1].IsEmpty || _height != _base) return false;
        _reader.Position++;
        _depth = outer + 1;
        _base = _frames[outer].Height;
        return true;
    }

    private bool TryBranchToEmpty(Opcode opcode)
    {
        var height = opcode == Opcode.BrIf ? HeightBelowI32 : _base;
        var label = _reader.PeekByte(1);
        var frame = _depth - 1 - label;
        if (height < _base || label >= 0x80 || frame < 0 || !_frames[frame].IsEmpty) return false;
        _reader.Position += 2;
        _height = height;
        if (opcode == Opcode.Br) _frames[_depth - 1].IsUnreachable = true;
        return true;
    }

    /// <summary>The height when an <c>i32</c> has been popped, or -1 if there is none on top.</summary>
    private readonly int HeightBelowI32
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _operands[_height - 1] == ValueType.I32 ? _height - 1 : -1;
    }
}
