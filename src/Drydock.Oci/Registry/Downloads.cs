using Drydock.Oci.Native;
using Microsoft.Win32.SafeHandles;

namespace Drydock.Oci.Registry;

/// <summary>
/// Blobs on their way into the store, shared by all processes that want them: <c>downloads/HEX.partial</c> while it is
/// written, locked by who writes it, and <c>downloads/HEX</c> once it is complete, checked and durable. What a killed
/// process left is gone on with; its lock died with it.
/// </summary>
internal sealed class Downloads(StoreLayout layout)
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LongestPoll = TimeSpan.FromMilliseconds(100);
    /// <summary>What nobody came back for in this time is cleared.</summary>
    private static readonly TimeSpan Abandoned = TimeSpan.FromDays(7);
    /// <summary>What is younger may belong to a pull that has other blobs under way, whoever asks for room.</summary>
    private static readonly TimeSpan Recent = TimeSpan.FromHours(24);

    /// <summary>
    /// Where a blob can be read: in the store, or complete on its way there; null where it is neither.
    /// </summary>
    public string? Find(Digest digest) =>
        File.Exists(layout.Blob(digest)) ? layout.Blob(digest) : File.Exists(Complete(digest)) ? Complete(digest)
            : null;

    /// <summary>Where a blob is when it is complete and not yet in the store.</summary>
    public string Complete(Digest digest) => Path.Join(layout.Downloads, digest.Hex);

    private string Partial(Digest digest) => Complete(digest) + ".partial";

    /// <summary>Takes the right to write a blob; null once somebody else has completed it.</summary>
    /// <param name="digest">Which blob.</param>
    /// <param name="waiting">Called once if another process is writing it.</param>
    /// <param name="cancel">Gives up.</param>
    public async Task<PartialBlob?> ClaimAsync(Digest digest, Action waiting, CancellationToken cancel)
    {
        Trees.Make(layout.Downloads);
        var partial = Partial(digest);
        for (var pause = Poll; Find(digest) is null; pause = pause * 2 < LongestPoll ? pause * 2 : LongestPoll)
        {
            var file = Posix.OpenLockFile(partial);
            if (Posix.TryLock(file) && IsAt(file, partial))
            {
                if (Find(digest) is null)
                    return new PartialBlob(file, partial, Complete(digest));
                File.Delete(partial);
            }
            else if (pause == Poll)
                waiting();
            file.Dispose();
            await Task.Delay(pause, cancel).ConfigureAwait(false);
        }
        return null;
    }

    /// <summary>Removes blobs that are not in the store, unless another process is writing them.</summary>
    public void Discard(IEnumerable<Digest> blobs)
    {
        foreach (var digest in blobs)
            foreach (var path in (ReadOnlySpan<string>)[Complete(digest), Partial(digest)])
                TryDelete(new FileInfo(path));
    }

    /// <summary>Clears what is complete and in the store, and what was abandoned long ago.</summary>
    public void Sweep(IEnumerable<Digest> published)
    {
        if (!Directory.Exists(layout.Downloads))
            return;
        foreach (var digest in published)
            if (File.Exists(layout.Blob(digest)))
                File.Delete(Complete(digest));
        Clear(Abandoned);
    }

    /// <summary>
    /// Clears what pulls that were cut off left, unless it is recent or being written; returns its bytes.
    /// </summary>
    public long Prune() => Directory.Exists(layout.Downloads) ? Clear(Recent) : 0;

    private long Clear(TimeSpan age)
    {
        var freed = 0L;
        foreach (var file in new DirectoryInfo(layout.Downloads).EnumerateFiles())
            if (DateTime.UtcNow - file.LastWriteTimeUtc > age && TryDelete(file))
                freed += file.Length;
        return freed;
    }

    private static bool TryDelete(FileInfo file)
    {
        using var handle = Posix.TryOpenFile(file.FullName);
        if (handle is null || !Posix.TryLock(handle))
            return false;
        File.Delete(file.FullName);
        return true;
    }

    /// <summary>
    /// Whether an open file still goes by its name: its writer may have renamed or removed it before we had the lock.
    /// </summary>
    private static bool IsAt(SafeFileHandle file, string path)
    {
        using var descriptors = Posix.OpenDirectory("/proc/self/fd");
        var target = Posix.ReadLink(descriptors, $"{file.DangerousGetHandle()}");
        return target is not null && target.EndsWith("/" + Path.GetFileName(path), StringComparison.Ordinal);
    }
}

/// <summary>A blob that this process alone writes.</summary>
internal sealed class PartialBlob(SafeFileHandle file, string path, string complete) : IDisposable
{
    private const int Buffer = 1 << 18;
    private TransferHash? _hash;

    /// <summary>Bytes that are there.</summary>
    public long Length { get; private set; }

    /// <summary>Goes on with what an earlier process left: reads it again, since nothing vouches for it.</summary>
    public void Resume(long size)
    {
        var present = RandomAccess.GetLength(file);
        Restart(size);
        if (present == 0 || present > size)
            return;
        var buffer = new byte[Buffer];
        while (RandomAccess.Read(file, buffer, Length) is > 0 and var read)
        {
            _hash!.Append(buffer.AsSpan(0, read));
            Length += read;
        }
    }

    /// <summary>Begins anew.</summary>
    public void Restart(long size)
    {
        _hash?.Dispose();
        _hash = new(size);
        Length = 0;
    }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        RandomAccess.Write(file, bytes, Length);
        _hash!.Append(bytes);
        Length += bytes.Length;
    }

    /// <summary>Completes the blob if it is what its digest says; returns the digest it has.</summary>
    public Digest Finish(Digest expected)
    {
        var digest = _hash!.Finish();
        if (digest != expected)
            return digest;
        RandomAccess.SetLength(file, Length);
        RandomAccess.FlushToDisk(file);
        File.Move(path, complete, overwrite: true);
        return digest;
    }

    /// <summary>Removes what was written: nobody shall go on with it.</summary>
    public void Discard() => File.Delete(path);

    public void Dispose()
    {
        _hash?.Dispose();
        Posix.Unlock(file);
        file.Dispose();
    }
}
