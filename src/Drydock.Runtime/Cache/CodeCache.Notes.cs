using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Drydock.Compiler;
using Drydock.Runtime.Native;

namespace Drydock.Runtime.Cache;

/// <summary>What is kept beside entries: notes of what went wrong, and counts of functions.</summary>
public sealed partial class CodeCache
{
    private const string NoteExtension = ".note", CountsExtension = ".counts";
    private const int LongestNote = 512, ChecksumSize = 8;
    private static readonly TimeSpan NoteLife = TimeSpan.FromDays(30);

    /// <summary>What was noted about an entry that could not be made, and how long ago; null if nothing was.</summary>
    public (byte[] Text, TimeSpan Age)? ReadNote(CodeImageIdentity identity)
    {
        string path = _directory.File(NoteOf(identity));
        if (!_directory.IsTrusted || FileStatus.Of(path) is not { Size: > 0 and <= LongestNote } status) return null;
        var text = new byte[status.Size];
        if (!SmallFile.TryReadPrivate(path, text)) return null;
        var age = DateTime.UtcNow - (DateTime.UnixEpoch + TimeSpan.FromTicks(status.ModifiedAt / 100));
        return (text, age);
    }

    /// <summary>Notes something about an entry that could not be made; what is longer than 512 bytes is cut.</summary>
    public void WriteNote(CodeImageIdentity identity, ReadOnlyMemory<byte> text)
    {
        if (!_directory.TryPrepare()) return;
        _ = SmallFile.TryWrite(
            _directory.Path, NoteOf(identity), [text[..Math.Min(text.Length, LongestNote)]], isDurable: false);
    }

    /// <summary>Removes what was noted.</summary>
    public void RemoveNote(CodeImageIdentity identity) => _ = Libc.Unlink(_directory.File(NoteOf(identity)));

    /// <summary>How often each function of a module was met while it ran; null if that is not known.</summary>
    /// <param name="digest">SHA-256 of the module's binary.</param>
    /// <param name="functions">Number of functions the module defines.</param>
    public uint[]? CountsOf(ReadOnlySpan<byte> digest, int functions) =>
        _directory.IsTrusted ? ReadCounts(_directory.File(CountsName(digest)), functions) : null;

    /// <summary>Writes counts to a file of its own, for a process that knows the module; null if that fails.</summary>
    public string? WriteCounts(uint[] counts)
    {
        string name = $"{SmallFile.TemporaryPrefix}{Guid.NewGuid():n}{CountsExtension}";
        return _directory.TryPrepare() && TryWriteCounts(name, counts) ? _directory.File(name) : null;
    }

    /// <summary>
    /// Adds the counts of a file written by <see cref="WriteCounts"/> to a module's, and removes the file.
    /// </summary>
    /// <param name="digest">SHA-256 of the module's binary.</param>
    /// <param name="file">The file.</param>
    public void AddCounts(ReadOnlySpan<byte> digest, string file)
    {
        if (!_directory.IsTrusted || FileStatus.Of(file) is not { } status) return;
        int functions = (int)Math.Min((status.Size - ChecksumSize) / sizeof(uint), int.MaxValue / sizeof(uint));
        var counts = functions > 0 ? ReadCounts(file, functions) : null;
        _ = Libc.Unlink(file);
        if (counts is null) return;
        // What earlier runs did counts for less and less.
        if (CountsOf(digest, functions) is { } before)
            for (int i = 0; i < functions; i++) counts[i] = uint.CreateSaturating((ulong)counts[i] + before[i] / 2);
        _ = TryWriteCounts(CountsName(digest), counts);
    }

    private bool TryWriteCounts(string name, uint[] counts)
    {
        var bytes = new byte[counts.Length * sizeof(uint) + ChecksumSize];
        MemoryMarshal.AsBytes(counts.AsSpan()).CopyTo(bytes.AsSpan(ChecksumSize));
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, Checksum.Of(bytes.AsSpan(ChecksumSize)));
        return SmallFile.TryWrite(_directory.Path, name, [bytes], isDurable: false) is not null;
    }

    private static uint[]? ReadCounts(string path, int functions)
    {
        var bytes = new byte[functions * sizeof(uint) + ChecksumSize];
        if (!SmallFile.TryReadPrivate(path, bytes)) return null;
        var content = bytes.AsSpan(ChecksumSize);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes) == Checksum.Of(content)
            ? MemoryMarshal.Cast<byte, uint>(content).ToArray()
            : null;
    }

    private static string CountsName(ReadOnlySpan<byte> digest) => Convert.ToHexStringLower(digest) + CountsExtension;

    private static string NoteOf(CodeImageIdentity identity) =>
        System.IO.Path.ChangeExtension(NameOf(identity), NoteExtension);

    private static bool IsOldNote(FileInfo file) =>
        file.Extension is NoteExtension or CountsExtension && DateTime.UtcNow - file.LastWriteTimeUtc > NoteLife;
}
