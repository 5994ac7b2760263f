using System.Text;

namespace Drydock.Wasi.Preview1;

/// <summary>Arguments or variables as the guest gets them: UTF-8, each ended with a NUL, one after the other.</summary>
internal sealed class StringList
{
    private readonly byte[] _bytes;
    private readonly uint[] _offsets;

    private StringList(byte[] bytes, uint[] offsets)
    {
        _bytes = bytes;
        _offsets = offsets;
    }

    /// <summary>Encodes strings; <paramref name="kind"/> names them in errors.</summary>
    public static StringList Create(IReadOnlyList<string> strings, string kind)
    {
        var offsets = new uint[strings.Count];
        var bytes = new byte[strings.Sum(text => Encoding.UTF8.GetByteCount(text) + 1)];
        var end = 0;
        for (var i = 0; i < offsets.Length; i++)
        {
            if (strings[i].Contains('\0')) throw new ArgumentException($"{kind} {i} contains a NUL character");
            offsets[i] = (uint)end;
            end += Encoding.UTF8.GetBytes(strings[i], bytes.AsSpan(end)) + 1;
        }
        return new StringList(bytes, offsets);
    }

    /// <summary>Stores the number of strings and the size of them all.</summary>
    public Errno StoreSizes(GuestMemory memory, uint count, uint size)
    {
        var error = memory.Store(count, (uint)_offsets.Length);
        return error != Errno.Success ? error : memory.Store(size, (uint)_bytes.Length);
    }

    /// <summary>Stores the strings in the buffer, and the address of each at the pointers.</summary>
    public unsafe Errno Store(GuestMemory memory, uint pointers, uint buffer)
    {
        var target = memory.At(buffer, (ulong)_bytes.Length);
        if (target == null || memory.At(pointers, (ulong)_offsets.Length * 4) == null) return Errno.Fault;
        _bytes.CopyTo(new Span<byte>(target, _bytes.Length));
        for (var i = 0; i < _offsets.Length; i++) _ = memory.Store(pointers + (uint)i * 4, buffer + _offsets[i]);
        return Errno.Success;
    }
}
