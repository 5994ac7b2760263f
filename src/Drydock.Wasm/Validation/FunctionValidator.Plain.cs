using System.Numerics;
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
    private void PassPlain(PlainShape[] shapes)
    {
        // The last byte of a number has this bit clear. Numbers of up to four bytes are right whatever their width; of
        // two the first is an alignment, which takes one.
        const ulong LastOfOne = 0x80_8080_8000, LastOfTwo = 0x8080_8080_8000;
        ref var shape0 = ref MemoryMarshal.GetArrayDataReference(shapes);
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
            ref var shape = ref Unsafe.Add(ref shape0, (byte)word);
            var traits = shape.Traits;
            // Three lengths, of an instruction with no number, one, or two, in a byte each, of which the shape takes
            // its. A number that does not end makes it more than seven.
            var last = ~word & LastOfTwo;
            var lengths = (BitsTo(last & LastOfOne) << 5) + (BitsTo(last & last - 1) << 13) + 1;
            var length = (byte)(lengths >> (int)traits);

            int second = (byte)(word >> 8), popped = height - (int)(traits >> PlainShape.Pops & 3);
            var local = Unsafe.Add(ref local0, second | (int)(traits & PlainShape.IsNoLocal));
            // Two loads, since one of both could not be served by the store of either.
            var topmost = (ulong)Unsafe.Add(ref operand0, height - 1) << 32 | Unsafe.Add(ref operand0, height - 2);
            var wrong = (topmost ^ (shape.Expected | (ulong)local << 32)) & shape.Mask;
            // Negative where there are too few operands, or the alignment is too large.
            var lack = popped - bottom | (int)(traits >> PlainShape.Alignment) - second;
            if ((wrong | (uint)lack >> 31 | local >> 8 | (uint)length >> 3) != 0)
            {
                _reader.Position = position;
                _height = height;
                if (!TryEmptyBlock((Opcode)(byte)word)) return;
                position = _reader.Position;
                height = _height;
                bottom = _base;
                continue;
            }
            Unsafe.Add(ref operand0, popped) = traits >> PlainShape.Result & 0x7F | local;
            height = popped + (int)(traits >> PlainShape.Pushes & 1);
            position += length;
        }
        _reader.Position = position;
        _height = height;
    }

    /// <summary>
    /// The number of bits up to the lowest one set, which is the highest of its byte; all of them if none is.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint BitsTo(ulong bits) => (uint)BitOperations.PopCount(bits ^ bits - 1);
}
