namespace Drydock.Oci.Registry;

/// <summary>Reads the bodies of answers, never more than was agreed.</summary>
internal static class Body
{
    private const int FirstBuffer = 8 << 10;

    /// <summary>A whole body of at most <paramref name="max"/> bytes.</summary>
    public static async Task<byte[]> ReadAllAsync(HttpResponseMessage response, int max, TransferLimits limits,
        CancellationToken cancel)
    {
        if (response.Content.Headers.ContentLength > max)
            throw TooLong(max);
        var stream = await response.Content.ReadAsStreamAsync(cancel).ConfigureAwait(false);
        using var guard = new StallGuard(limits, cancel);
        var buffer = new byte[Math.Clamp(response.Content.Headers.ContentLength ?? FirstBuffer, 1, max) + 1];
        var length = 0;
        while (await guard.ReadAsync(stream, buffer.AsMemory(length)).ConfigureAwait(false) is > 0 and var read)
        {
            length += read;
            if (length > max)
                throw TooLong(max);
            if (length == buffer.Length)
                Array.Resize(ref buffer, Math.Min(buffer.Length * 2, max + 1));
        }
        return buffer[..length];
    }

    private static ImageException TooLong(int max) =>
        new(ImageError.Corrupt, $"it sent more than the {max} bytes that are accepted");
}
