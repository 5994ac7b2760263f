using System.Buffers.Binary;
using D = Drydock.Compiler.X64.VectorRegister;

namespace Drydock.Compiler.X64;

/// <content>
/// <c>i8x16.shuffle</c>: compilers write every permutation with it, most of which are one instruction.
/// </content>
internal sealed partial class VectorLowering
{
    /// <summary>
    /// Lane i is byte <c>lanes[i]</c> of <paramref name="x"/> followed by <paramref name="y"/>; sixteen lanes below 32.
    /// </summary>
    public void Shuffle(D d, D x, D y, ReadOnlySpan<byte> lanes)
    {
        Span<byte> l = stackalloc byte[16];
        lanes.CopyTo(l);
        if (x == y || !l.ContainsAnyExceptInRange((byte)16, (byte)31)) Permute(d, y, l);
        else if (!l.ContainsAnyExceptInRange((byte)0, (byte)15)) Permute(d, x, l);
        else if (!TryInterleave(d, x, y, l) && !TryAlign(d, x, y, l) && !TryBlend(d, x, y, l) && !TryPairs(d, x, y, l))
            Combine(d, x, y, l);
    }

    /// <summary>Permutes the bytes of one vector.</summary>
    private void Permute(D d, D s, Span<byte> l)
    {
        foreach (ref byte lane in l) lane &= 15;
        if (l[0] == 0 && IsRotation(l, 16)) Move(d, s);
        else if (TryDoublewords(l, out int order)) a.Vpshufd(d, s, order);
        else if (IsRotation(l, 16)) a.Vpalignr(d, s, s, l[0]);
        else a.Vpshufb(d, s, Constant(l));
    }

    /// <summary>Whether the lanes move as doublewords; two bits of <paramref name="order"/> for each.</summary>
    private static bool TryDoublewords(ReadOnlySpan<byte> l, out int order)
    {
        order = 0;
        for (int i = 0; i < 16; i += 4)
        {
            if ((l[i] & 3) != 0 || l[i + 1] != l[i] + 1 || l[i + 2] != l[i] + 2 || l[i + 3] != l[i] + 3) return false;
            order |= (l[i] >> 2 & 3) << (i / 2);
        }
        return true;
    }

    /// <summary>Whether the lanes are consecutive, modulo <paramref name="size"/>.</summary>
    private static bool IsRotation(ReadOnlySpan<byte> l, int size)
    {
        for (int i = 1; i < 16; i++)
            if (l[i] != (l[0] + i) % size) return false;
        return true;
    }

    private bool TryInterleave(D d, D x, D y, ReadOnlySpan<byte> l)
    {
        for (int width = 1; width <= 8; width *= 2)
        {
            for (int start = 0; start <= 8; start += 8)
            {
                if (IsInterleaving(l, width, start, 0)) Interleave(d, x, y, width, start);
                else if (IsInterleaving(l, width, start, 16)) Interleave(d, y, x, width, start);
                else continue;
                return true;
            }
        }
        return false;
    }

    private static bool IsInterleaving(ReadOnlySpan<byte> l, int width, int start, int first)
    {
        for (int i = 0; i < 16; i++)
        {
            int element = i / width, source = element % 2 == 0 ? first : 16 - first;
            if (l[i] != source + start + element / 2 * width + i % width) return false;
        }
        return true;
    }

    private void Interleave(D d, D x, D y, int width, int start)
    {
        switch (width, start)
        {
            case (1, 0): a.Vpunpcklbw(d, x, y); break;
            case (1, _): a.Vpunpckhbw(d, x, y); break;
            case (2, 0): a.Vpunpcklwd(d, x, y); break;
            case (2, _): a.Vpunpckhwd(d, x, y); break;
            case (4, 0): a.Vpunpckldq(d, x, y); break;
            case (4, _): a.Vpunpckhdq(d, x, y); break;
            case (_, 0): a.Vpunpcklqdq(d, x, y); break;
            default: a.Vpunpckhqdq(d, x, y); break;
        }
    }

    private bool TryAlign(D d, D x, D y, ReadOnlySpan<byte> l)
    {
        if (!IsRotation(l, 32)) return false;
        if (l[0] < 16) a.Vpalignr(d, y, x, l[0]);
        else a.Vpalignr(d, x, y, l[0] - 16);
        return true;
    }

    /// <summary>Every word stays where it is, in one source or the other.</summary>
    private bool TryBlend(D d, D x, D y, ReadOnlySpan<byte> l)
    {
        int fromSecond = 0;
        for (int i = 0; i < 16; i += 2)
        {
            if ((l[i] & 15) != i || l[i + 1] != l[i] + 1) return false;
            fromSecond |= l[i] >> 4 << (i / 2);
        }
        a.Vpblendw(d, x, y, fromSecond);
        return true;
    }

    /// <summary>Two doublewords of one source, then two of the other.</summary>
    private bool TryPairs(D d, D x, D y, ReadOnlySpan<byte> l)
    {
        if (!TryDoublewords(l, out int order)) return false;
        bool low = l[0] >= 16, high = l[8] >= 16;
        if (low != l[4] >= 16 || high != l[12] >= 16 || low == high) return false;
        a.Vshufps(d, low ? y : x, high ? y : x, order);
        return true;
    }

    private void Combine(D d, D x, D y, ReadOnlySpan<byte> l)
    {
        Span<byte> first = stackalloc byte[16], second = stackalloc byte[16];
        for (int i = 0; i < 16; i++)
        {
            first[i] = l[i] < 16 ? l[i] : (byte)0x80;
            second[i] = l[i] >= 16 ? (byte)(l[i] - 16) : (byte)0x80;
        }
        a.Vpshufb(T, x, Constant(first));
        a.Vpshufb(U, y, Constant(second));
        a.Vpor(d, T, U);
    }

    private Address Constant(ReadOnlySpan<byte> bytes) => a.Constant16(
        BinaryPrimitives.ReadUInt64LittleEndian(bytes), BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]));
}
