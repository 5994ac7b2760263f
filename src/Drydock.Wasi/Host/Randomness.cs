namespace Drydock.Wasi.Host;

/// <summary>Random bytes from the kernel's generator, fit for keys.</summary>
internal static unsafe class Randomness
{
    /// <summary>Fills a buffer; 0, or a negative errno.</summary>
    public static int Fill(byte* buffer, nuint length)
    {
        while (length > 0)
        {
            var count = Libc.Check(Libc.GetRandom(buffer, length, 0));
            if (count == -Libc.EINTR) continue;
            if (count < 0) return (int)count;
            buffer += count;
            length -= (nuint)count;
        }
        return 0;
    }
}
