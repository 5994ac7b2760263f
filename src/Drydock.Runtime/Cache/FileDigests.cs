using System.Buffers.Binary;
using System.Globalization;
using Drydock.Compiler;
using Drydock.Runtime.Native;

namespace Drydock.Runtime.Cache;

/// <summary>
/// The digests of files that were read before, so that a file is not read again to know what it is. A file is known by
/// device, inode, size and both times; whoever changes it changes the time of the last change, which cannot be set
/// back.
/// </summary>
internal sealed class FileDigests(CacheDirectory directory)
{
    private const int RecordSize = 8 * 6 + CodeImageIdentity.DigestSize, DigestAt = 40;
    private const string Prefix = "file-";
    /// <summary>
    /// Times advance in steps: a file changed again within a step looks the same. What was changed just now is not
    /// remembered, so that a later change has another time.
    /// </summary>
    private const long LeastAge = 2_000_000_000;

    /// <summary>Fills in the digest of a file if it is known.</summary>
    public bool TryFind(in FileStatus status, Span<byte> digest)
    {
        Span<byte> record = stackalloc byte[RecordSize], expected = stackalloc byte[RecordSize];
        if (!SmallFile.TryReadPrivate(directory.File(Name(status)), record)) return false;
        record[DigestAt..(DigestAt + CodeImageIdentity.DigestSize)].CopyTo(digest);
        Write(expected, status, digest);
        return record.SequenceEqual(expected);
    }

    /// <summary>
    /// Remembers the digest of a file whose status was taken before it was read and is the same now; false if it was
    /// changed too recently, or it cannot be written down.
    /// </summary>
    public bool TryRemember(in FileStatus status, ReadOnlySpan<byte> digest)
    {
        if (!IsOldEnough(status) || !directory.TryPrepare()) return false;
        var record = new byte[RecordSize];
        Write(record, status, digest);
        return SmallFile.TryWrite(directory.Path, Name(status), [record], isDurable: false) is not null;
    }

    /// <summary>How long to wait until a file can be remembered; zero if it can be now.</summary>
    public static TimeSpan TimeUntilOldEnough(in FileStatus status)
    {
        long age = NanosecondsNow() - status.ChangedAt;
        return age is >= LeastAge or < 0 ? TimeSpan.Zero : TimeSpan.FromMilliseconds((LeastAge - age) / 1e6 + 1);
    }

    private static bool IsOldEnough(in FileStatus status) => NanosecondsNow() - status.ChangedAt >= LeastAge;

    private static long NanosecondsNow() => (DateTime.UtcNow - DateTime.UnixEpoch).Ticks * 100;

    private static string Name(in FileStatus status) =>
        string.Create(CultureInfo.InvariantCulture, $"{Prefix}{status.Device:x}-{status.Inode:x}");

    private static void Write(Span<byte> record, in FileStatus status, ReadOnlySpan<byte> digest)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(record, status.Device);
        BinaryPrimitives.WriteUInt64LittleEndian(record[8..], status.Inode);
        BinaryPrimitives.WriteInt64LittleEndian(record[16..], status.Size);
        BinaryPrimitives.WriteInt64LittleEndian(record[24..], status.ModifiedAt);
        BinaryPrimitives.WriteInt64LittleEndian(record[32..], status.ChangedAt);
        digest.CopyTo(record[DigestAt..]);
        int checksumAt = RecordSize - 8;
        BinaryPrimitives.WriteUInt64LittleEndian(record[checksumAt..], Checksum.Of(record[..checksumAt]));
    }
}
