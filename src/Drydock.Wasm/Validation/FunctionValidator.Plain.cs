using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Drydock.Wasm.Validation;

/// <summary>Runs of the instructions that most code is made of.</summary>
internal ref partial struct FunctionValidator
{
    /// <summary>
    /// Passes over plain instructions, each in a few operations and without branches that would go either way, and
    /// over the ends and starts of empty blocks between. Stops before what is another, is spelled in an unusual way, or
    /// is not valid: that is for the long way to judge. Where it stops nothing of the instruction has happened yet.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void PassPlain(PlainShapes shapes)
    {
        ref var traits0 = ref MemoryMarshal.GetArrayDataReference(shapes.Traits);
        ref var shape0 = ref MemoryMarshal.GetArrayDataReference(shapes.Operands);
        ref var code = ref MemoryMarshal.GetReference(_reader.Bytes);
        var operands = MemoryMarshal.Cast<ValueType, uint>(_operands.AsSpan());
        ref var operand0 = ref MemoryMarshal.GetReference(operands);
        ref var local0 = ref MemoryMarshal.GetArrayDataReference(_stacks.PlainLocals);
        int end = _reader.Bytes.Length - sizeof(ulong), highest = operands.Length;
        int position = _reader.Position, height = _height, bottom = _base;
        // What is read without further checks: eight bytes of code; two operands, since there are two at the bottom;
        // and one of the 512 types of locals.
        while (position <= end && height < highest)
        {
            var word = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref code, position));
            var traits = Unsafe.Add(ref traits0, (byte)word);
            ref var shape = ref Unsafe.Add(ref shape0, (byte)word);
            // Numbers of up to four bytes are right whatever their width.
            var length = InstructionLengths.Of(word, InstructionLengths.FourBytes, (int)traits);

            int second = (byte)(word >> 8), popped = height - (int)(traits >> PlainTraits.Pops & 3);
            var local = Unsafe.Add(ref local0, second | (int)(traits & PlainTraits.IsNoLocal));
            // Two loads, since one of both could not be served by the store of either.
            var topmost = (ulong)Unsafe.Add(ref operand0, height - 1) << 32 | Unsafe.Add(ref operand0, height - 2);
            var wrong = (topmost ^ (shape.Expected | (ulong)local << 32)) & shape.Mask;
            // Negative where there are too few operands, or the alignment is too large.
            var lack = popped - bottom | (int)(traits >> PlainTraits.Alignment) - second;
            if ((wrong | (uint)lack >> 31 | local >> 8 | length >> 3) != 0)
            {
                _reader.Position = position;
                _height = height;
                if (!TryEmptyBlock((Opcode)(byte)word)) return;
                position = _reader.Position;
                height = _height;
                bottom = _base;
                continue;
            }
            Unsafe.Add(ref operand0, popped) = traits >> PlainTraits.Result & 0x7F | local;
            height = popped + (int)(traits >> PlainTraits.Pushes & 1);
            position += (int)length;
        }
        _reader.Position = position;
        _height = height;
    }
}
