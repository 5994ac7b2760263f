namespace Drydock.Wasm.Validation;

/// <summary>
/// Blocks that neither take nor leave values, which most are. What is another kind of block, or not valid, is left to
/// the long way: these methods then return false, and nothing has happened yet.
/// </summary>
internal ref partial struct FunctionValidator
{
    private const uint EmptyType = 0x40;
    private const uint Bounds = 1u << (int)Opcode.Block | 1u << (int)Opcode.Loop | 1u << (int)Opcode.If
        | 1u << (int)Opcode.End;

    /// <param name="word">The instruction at the reader's position and the bytes behind it.</param>
    private bool TryEmptyBlock(ulong word)
    {
        var opcode = (uint)(byte)word;
        if (opcode > (uint)Opcode.Br) return false;
        return (Bounds >> (int)opcode & 1) != 0
            ? TryBound(opcode, (byte)(word >> 8))
            : opcode == (uint)Opcode.Br && TryBranchToEmpty((byte)(word >> 8), (byte)(word >> 16));
    }

    /// <summary>
    /// Enters or leaves a block: which of them is not to be foretold, so that both go the same way. Of the opcodes
    /// only that of <c>end</c> has the fourth bit, and only that of <c>if</c> the third.
    /// </summary>
    private bool TryBound(uint opcode, uint type)
    {
        uint leaves = opcode >> 3, takes = opcode >> 2 & 1;
        int depth = _depth, height = _height - (int)takes, slot = depth - 2 * (int)leaves;
        var frames = _frames;
        if ((uint)slot >= (uint)frames.Length || depth > frames.Length) return false;
        uint around = frames[depth - 1].EmptyLabels, isWithin = around == 0 ? leaves : 0;
        var isOther = _operands[_height - 1] == ValueType.I32 ? 0 : takes;
        var typed = (type ^ EmptyType) & leaves - 1;
        var left = (uint)(height - _base);
        if ((isWithin | isOther | typed | left & 0 - leaves | left >> 31) != 0) return false;
        ref var frame = ref frames[slot];
        var isOld = 0 - (ulong)leaves;
        frame.Head = frame.Head & isOld | ControlFrame.EmptyHead(height, opcode, around) & ~isOld;
        _reader.Position += 2 - (int)leaves;
        _depth = slot + 1;
        _height = height;
        _base = frame.Height;
        _stacks.Plain.SetEmptyLabels(frame.EmptyLabels);
        return true;
    }

    private bool TryBranchToEmpty(uint label, uint next)
    {
        ref var frame = ref _frames[_depth - 1];
        if (label >= frame.EmptyLabels) return false;
        _reader.Position += 2;
        _height = _base;
        frame.IsUnreachable = true;
        if (next == (uint)Opcode.End) TryBound(next, type: 0);
        return true;
    }
}
