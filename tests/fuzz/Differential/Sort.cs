using Drydock.Wasm;

namespace Drydock.Fuzz.Differential;

/// <summary>
/// A value type as the generator knows it, by its letter in <see cref="OpcodeTable"/>: i, I, f, d, v, and r, e for
/// funcref and externref. Arithmetic may give any NaN, so that the bits of its results must not be looked at before
/// NaNs are made the same. A scalar of sort f or d may be such a result; g and h are the same types with bits that
/// every engine agrees on. A vector of sort v is agreed on; F and D are vectors of floats that need not be. References
/// to a type of the module are c, or C if they are never null; n, q, j and x are anyref, eqref, i31ref and exnref.
/// </summary>
internal readonly record struct Sort(char Code, int Index = -1)
{
    public static implicit operator Sort(char code) => new(code);

    public bool IsReference => Code is 'r' or 'e' or 'c' or 'C' or 'n' or 'q' or 'j';

    /// <summary>Whether a local, a parameter or a label can be of this sort.</summary>
    public bool IsType => Code is not ('F' or 'D' or 'g' or 'h');

    public byte[] Encoding => Code switch
    {
        'i' => [0x7F],
        'I' => [0x7E],
        'f' or 'g' => [0x7D],
        'd' or 'h' => [0x7C],
        'v' or 'F' or 'D' => [0x7B],
        'r' => [0x70],
        'e' => [0x6F],
        'x' => [0x69],
        'n' => [0x6E],
        'q' => [0x6D],
        'j' => [0x6C],
        'c' => [0x63, .. Bytes.Signed(Index)],
        'C' => [0x64, .. Bytes.Signed(Index)],
        _ => throw new InvalidOperationException($"'{Code}' is no value type"),
    };

    public static Sort[] Row(string codes) => [.. codes.Select(code => new Sort(code))];
}
