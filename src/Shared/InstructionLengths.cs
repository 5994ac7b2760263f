using System.Numerics;
using System.Runtime.CompilerServices;

namespace Drydock;

/// <summary>Lengths of instructions that are followed by numbers alone, found without branches.</summary>
[Microsoft.CodeAnalysis.Embedded]
internal static class InstructionLengths
{
    /// <summary>
    /// Three lengths, of an instruction with no number, with one, and with two, in a byte each from the lowest up. One
    /// whose last number does not end is more than seven.
    /// </summary>
    /// <param name="word">The eight bytes that begin with the opcode.</param>
    /// <param name="first">
    /// Ones but for the bits that are clear in the last byte of a number, the highest of each byte it may end with.
    /// </param>
    /// <param name="second">The same for the second of two numbers.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Of(ulong word, ulong first, ulong second) =>
        (BitsTo(word | first) << 5) + (BitsTo(word | second) << 13) + 1;

    /// <summary>The number of bits up to the lowest one that is clear; all of them if none is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint BitsTo(ulong bits) => (uint)BitOperations.PopCount(bits ^ bits + 1);
}
