using System.Numerics;
using System.Runtime.CompilerServices;

namespace Drydock;

/// <summary>Lengths of instructions that are followed by two numbers at most, found without branches.</summary>
[Microsoft.CodeAnalysis.Embedded]
internal static class InstructionLengths
{
    /// <summary>The lowest bits of the traits, which say how many numbers follow.</summary>
    public const int NoNumber = 0, OneNumber = 8, TwoNumbers = 16;

    /// <summary>The bytes that numbers may end in: all behind the opcode, or the next four.</summary>
    public const ulong AllBytes = 0x8080_8080_8080_8000, FourBytes = 0x80_8080_8000;

    /// <summary>The instruction's length; eight if its last number does not end in time.</summary>
    /// <param name="word">The eight bytes that begin with the opcode.</param>
    /// <param name="ends">The highest bit of each byte that a number may end in.</param>
    /// <param name="traits">How many numbers there are, and above the lowest five bits anything else.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Of(ulong word, ulong ends, int traits)
    {
        // All three lengths, times eight, in a byte each: none waits for the traits, which come from a table.
        ulong first = ~word & ends, second = first & first - 1;
        uint lengths = 8u | BitsThrough(first) << 8 | BitsThrough(second) << 16;
        return (uint)(byte)(lengths >> traits) >> 3;
    }

    /// <summary>The number of bits up to and with the lowest one that is set; all of them if none is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint BitsThrough(ulong bits) => (uint)BitOperations.PopCount(bits ^ bits - 1);
}
