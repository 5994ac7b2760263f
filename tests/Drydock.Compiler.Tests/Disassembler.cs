using Iced.Intel;

namespace Drydock.Compiler.Tests;

/// <summary>A deterministic dump of machine code, one instruction a line.</summary>
internal static class Disassembler
{
    /// <summary>
    /// The instructions of <paramref name="text"/> with their offsets, branch targets as offsets too.
    /// </summary>
    public static IEnumerable<string> Dump(byte[] text)
    {
        var decoder = Decoder.Create(64, new ByteArrayCodeReader(text));
        var formatter = new IntelFormatter();
        formatter.Options.FirstOperandCharIndex = 8;
        formatter.Options.BranchLeadingZeros = false;
        formatter.Options.ShowBranchSize = false;
        var output = new StringOutput();
        while (decoder.IP < (ulong)text.Length)
        {
            ulong offset = decoder.IP;
            Instruction instruction = decoder.Decode();
            formatter.Format(instruction, output);
            yield return $"{offset:x4}  {output.ToStringAndReset()}".TrimEnd();
        }
    }
}
