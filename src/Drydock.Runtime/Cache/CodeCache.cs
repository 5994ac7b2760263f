using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using Drydock.Compiler;
using Drydock.Runtime.Native;
using Drydock.Wasm;

namespace Drydock.Runtime.Cache;

/// <summary>
/// Compiled modules on disk. An entry is valid for the bytes of a module, the build of the compilers, the processor's
/// features and the settings; it is a file of this user's alone, written elsewhere and renamed, and mapped when it is
/// used, so that loading takes no longer for a large module than for a small one. What is damaged, of another build or
/// not this user's is never run. Safe to use from several processes at a time.
/// </summary>
public sealed partial class CodeCache
{
    /// <summary>Bytes of all entries together unless <c>DRYDOCK_CACHE_SIZE</c> says otherwise.</summary>
    public const long DefaultSize = 1L << 30;

    private const string EntryExtension = ".code", SeenExtension = ".seen";
    private const int SeenSize = 8 * 6;
    /// <summary>How exact the time of last use is: it is not written down more often.</summary>
    private const long UseGranularity = 3600 * 1_000_000_000L;

    private readonly CacheDirectory _directory;
    private readonly FileDigests _digests;

    private CodeCache(CacheDirectory directory) => (_directory, _digests) = (directory, new FileDigests(directory));

    /// <summary>The user's directory in the cache.</summary>
    public string Path => _directory.Path;

    /// <summary>Opens the cache; nothing is made before something is written.</summary>
    /// <param name="directory">
    /// Its directory; null for <c>DRYDOCK_CACHE</c>, else <c>drydock</c> in <c>XDG_CACHE_HOME</c>, <c>/var/cache</c>
    /// (root) or <c>~/.cache</c>.
    /// </param>
    /// <returns>Null where <c>DRYDOCK_CACHE</c> is <c>off</c>, or there is no place for a cache.</returns>
    public static CodeCache? Open(string? directory = null) =>
        CacheDirectory.Locate(directory) is { } located ? new(located) : null;

    /// <summary>Loads a module from its entry.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="digest">SHA-256 of the module's binary.</param>
    /// <param name="binary">The binary itself, asked for when a function is called that the entry lacks.</param>
    /// <returns>The module; null if there is no entry, or none that can be trusted.</returns>
    public Module? TryLoad(Engine engine, ReadOnlySpan<byte> digest, Func<ReadOnlyMemory<byte>> binary) =>
        TryLoad(engine, digest, engine.Settings, binary);

    /// <summary>Loads a module from the entry of code that was compiled with certain settings.</summary>
    /// <param name="engine">The engine, which compiles what the entry lacks with settings of its own.</param>
    /// <param name="digest">SHA-256 of the module's binary.</param>
    /// <param name="settings">The settings; what the engine's say of epochs must be the same.</param>
    /// <param name="binary">The binary itself, asked for when a function is called that the entry lacks.</param>
    public Module? TryLoad(
        Engine engine, ReadOnlySpan<byte> digest, CompilerSettings settings, Func<ReadOnlyMemory<byte>> binary)
    {
        if (TryOpen(digest, settings, binary) is not { } entry) return null;
        try
        {
            return Module.Load(engine, entry);
        }
        catch (InvalidOperationException)
        {
            // What the system refuses to map may be used from elsewhere.
            entry.Dispose();
            return null;
        }
    }

    /// <summary>
    /// Gives a module that is running better code from an entry: <see cref="Module"/> says who uses it.
    /// </summary>
    /// <param name="module">The module.</param>
    /// <param name="digest">SHA-256 of the module's binary.</param>
    /// <param name="settings">The settings that the entry was compiled with.</param>
    /// <param name="binary">The module's binary, asked for when a function is called that the entry lacks.</param>
    /// <returns>False if there is no entry, or none that can be trusted.</returns>
    public bool TryReplaceCode(
        Module module, ReadOnlySpan<byte> digest, CompilerSettings settings, Func<ReadOnlyMemory<byte>> binary)
    {
        if (TryOpen(digest, settings, binary) is not { } entry) return false;
        try
        {
            if (module.TryReplaceCode(entry)) return true;
        }
        catch (InvalidOperationException)
        {
            // What the system refuses to map may be used from elsewhere.
        }
        entry.Dispose();
        return false;
    }

    private CacheEntry? TryOpen(ReadOnlySpan<byte> digest, CompilerSettings settings, Func<ReadOnlyMemory<byte>> binary)
    {
        if (!_directory.IsTrusted) return null;
        var identity = new CodeImageIdentity(digest, settings);
        string path = _directory.File(NameOf(identity));
        var mapping = MappedFile.TryOpenPrivate(path);
        if (mapping is null) return null;
        try
        {
            var file = CodeImageFile.Read(mapping.Memory);
            if (!identity.Equals(file.Identity)) throw new InvalidDataException("it is of something else");
            if (!IsSeen(path, mapping.Status)) CheckContent(file, path, mapping.Status);
            return new CacheEntry(mapping, file, () => ModuleDecoder.Decode(binary()));
        }
        catch (Exception e) when (e is InvalidDataException or WasmFormatException)
        {
            ((IDisposable)mapping).Dispose();
            // What is damaged is in the way of a better one.
            Remove(path);
            return null;
        }
    }

    /// <summary>
    /// Writes a module's entry, and makes room for it by removing those that were not used for longest.
    /// </summary>
    /// <param name="digest">SHA-256 of the module's binary.</param>
    /// <param name="settings">Settings the code was compiled with.</param>
    /// <param name="module">The module.</param>
    /// <param name="image">Its code.</param>
    /// <param name="functionsLeft">Number of functions the optimizing tier has yet to do.</param>
    /// <returns>Size of the entry in bytes; -1 if it could not be written.</returns>
    public long Store(
        ReadOnlySpan<byte> digest, CompilerSettings settings, WasmModule module, CodeImage image, int functionsLeft = 0)
    {
        if (!_directory.TryPrepare()) return -1;
        var identity = new CodeImageIdentity(digest, settings);
        var pieces = Serialize(identity, module, image, functionsLeft);
        long size = pieces.Sum(piece => (long)piece.Length), limit = SizeLimit();
        if (size > limit) return -1;
        // Entries are only opened when something has to go.
        if (_directory.Files("*" + EntryExtension).Sum(file => file.Length) > limit - size) Prune(limit - size);
        string name = NameOf(identity);
        if (SmallFile.TryWrite(_directory.Path, name, pieces, isDurable: true) is not { } status) return -1;
        MarkSeen(_directory.File(name), status);
        return size;
    }

    /// <summary>Whether there is an entry; it is not looked at.</summary>
    public bool Contains(CodeImageIdentity identity) => File.Exists(_directory.File(NameOf(identity)));

    /// <summary>How far the optimizing tier is with a module; what is in the entry is not looked at.</summary>
    /// <returns>Number of functions it has yet to do; null if there is no entry that can be used.</returns>
    public int? FunctionsLeft(CodeImageIdentity identity)
    {
        using var mapping = _directory.IsTrusted ? MappedFile.TryOpenPrivate(_directory.File(NameOf(identity))) : null;
        if (mapping is null) return null;
        try
        {
            var file = CodeImageFile.Read(mapping.Memory);
            return identity.Equals(file.Identity) ? file.FunctionsLeft : null;
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    /// <summary>
    /// Takes the turn to fill the cache in the background, or the turn for one module, unless another process has it;
    /// disposing gives it back.
    /// </summary>
    /// <param name="digest">SHA-256 of the module; empty for the turn of all.</param>
    public IDisposable? TryTakeTurn(ReadOnlySpan<byte> digest = default)
    {
        if (!_directory.TryPrepare()) return null;
        string name = digest.IsEmpty ? "turn" : $"turn-{Convert.ToHexStringLower(digest[..8])}";
        try
        {
            // The framework locks what it opens for itself alone.
            return new FileStream(_directory.File(name), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The content of an entry, in pieces to be written one after the other.</summary>
    public static IReadOnlyList<ReadOnlyMemory<byte>> Serialize(
        CodeImageIdentity identity, WasmModule module, CodeImage image, int functionsLeft = 0)
    {
        var (runs, pages) = MemoryImage.Build(module);
        long missing = 0;
        for (int i = 0; i < module.Bodies.Length; i++)
            if (!image.IsPresent(i)) missing += module.Bodies[i].Entry.Length;
        return CodeImageFile.Write(identity, image, missing, ModuleOutline.Of(module), runs, pages, functionsLeft);
    }

    /// <summary>The digest of a file's content if it is known, without reading the file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="digest">Receives 32 bytes.</param>
    public bool TryFindDigest(string path, Span<byte> digest) =>
        _directory.IsTrusted && FileStatus.Of(path) is { IsFile: true } status && _digests.TryFind(status, digest);

    /// <summary>
    /// Reads a file and remembers its digest, waiting until a file that has just been changed can be told from one that
    /// is changed again, two seconds at most.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="hash">SHA-256.</param>
    /// <param name="isWaiting">False not to wait, and not to remember the digest of a file changed just now.</param>
    /// <returns>The content and its digest.</returns>
    /// <exception cref="IOException">The file cannot be read, or changes while it is read.</exception>
    public (byte[] Content, byte[] Digest) ReadAndRemember(
        string path, Func<byte[], byte[]> hash, bool isWaiting = true)
    {
        if (isWaiting && FileStatus.Of(path) is { } fresh) Thread.Sleep(FileDigests.TimeUntilOldEnough(fresh));
        var before = FileStatus.Of(path);
        byte[] content = ModuleBytes.Read(path), digest = hash(content);
        if (before is not { } status || FileStatus.Of(path) != status)
            throw new IOException($"{path} changes while it is read");
        _ = _digests.TryRemember(status, digest);
        return (content, digest);
    }

    /// <summary>The entries, those used last first.</summary>
    public IReadOnlyList<CodeCacheEntry> List() =>
        [.. _directory.Files("*" + EntryExtension).Select(Describe).OrderByDescending(entry => entry.LastUsed)];

    /// <summary>
    /// Removes entries that this build cannot use, remains of writers that died, and then what was not used for longest
    /// until the rest takes up no more than <paramref name="size"/> bytes.
    /// </summary>
    /// <returns>The entries that were removed.</returns>
    public IReadOnlyList<CodeCacheEntry> Prune(long size)
    {
        var removed = new List<CodeCacheEntry>();
        RemoveRemains();
        long total = 0;
        foreach (var entry in List())
        {
            total += entry.Size;
            if (entry.IsUsable && total <= size) continue;
            total -= entry.Size;
            Remove(entry.Path);
            removed.Add(entry);
        }
        return removed;
    }

    /// <summary>Reads all entries and removes those that are damaged.</summary>
    /// <returns>The entries that were removed.</returns>
    public IReadOnlyList<CodeCacheEntry> Verify()
    {
        var damaged = List().Where(entry => entry.Identity is null || !IsIntact(entry.Path)).ToArray();
        foreach (var entry in damaged) Remove(entry.Path);
        return damaged;
    }

    /// <summary>
    /// The size that the cache is kept within: <c>DRYDOCK_CACHE_SIZE</c> in bytes, else <see cref="DefaultSize"/>.
    /// </summary>
    public static long SizeLimit() =>
        long.TryParse(
            Environment.GetEnvironmentVariable("DRYDOCK_CACHE_SIZE"), NumberStyles.None, CultureInfo.InvariantCulture,
            out long size)
            ? size
            : DefaultSize;

    internal static string NameOf(CodeImageIdentity identity) =>
        string.Create(CultureInfo.InvariantCulture,
            $"{Convert.ToHexStringLower(identity.ModuleDigest)}-{identity.Variant:x16}{EntryExtension}");

    private static string SeenPath(string path) => System.IO.Path.ChangeExtension(path, SeenExtension);

    /// <summary>
    /// Whether the entry was read as a whole and found intact since it was last changed. Reading it all on every start
    /// would make the start depend on its size.
    /// </summary>
    private static bool IsSeen(string path, in FileStatus status)
    {
        Span<byte> record = stackalloc byte[SeenSize], expected = stackalloc byte[SeenSize];
        WriteSeen(expected, status);
        string seen = SeenPath(path);
        if (!SmallFile.TryReadPrivate(seen, record) || !record.SequenceEqual(expected)) return false;
        Touch(seen);
        return true;
    }

    private void CheckContent(CodeImageFile file, string path, in FileStatus status)
    {
        if (!file.IsIntact()) throw new InvalidDataException("it is damaged");
        MarkSeen(path, status);
    }

    private void MarkSeen(string path, in FileStatus status)
    {
        var record = new byte[SeenSize];
        WriteSeen(record, status);
        string name = System.IO.Path.GetFileName(SeenPath(path));
        _ = SmallFile.TryWrite(_directory.Path, name, [record], isDurable: false);
    }

    private static void WriteSeen(Span<byte> record, in FileStatus status)
    {
        ReadOnlySpan<long> values =
            [(long)status.Device, (long)status.Inode, status.Size, status.ModifiedAt, status.ChangedAt];
        MemoryMarshal.AsBytes(values).CopyTo(record);
        BinaryPrimitives.WriteUInt64LittleEndian(record[40..], Checksum.Of(record[..40]));
    }

    /// <summary>Notes that an entry is used.</summary>
    private static void Touch(string seen)
    {
        long now = (DateTime.UtcNow - DateTime.UnixEpoch).Ticks * 100;
        if (FileStatus.Of(seen) is { } status && now - status.ModifiedAt > UseGranularity) Libc.SetTimesToNow(seen);
    }

    private static bool IsIntact(string path)
    {
        var mapping = MappedFile.TryOpenPrivate(path);
        if (mapping is null) return false;
        using (mapping) return CodeImageFile.Read(mapping.Memory).IsIntact();
    }

    private static CodeCacheEntry Describe(FileInfo file)
    {
        var seen = new FileInfo(SeenPath(file.FullName));
        var used = seen.Exists ? seen.LastWriteTimeUtc : file.LastWriteTimeUtc;
        long size = file.Exists ? file.Length : 0;
        var mapping = MappedFile.TryOpenPrivate(file.FullName);
        if (mapping is null) return new(file.FullName, size, used, null, 0, 0);
        using (mapping)
        {
            try
            {
                var content = CodeImageFile.Read(mapping.Memory);
                return new(file.FullName, size, used, content.Identity, content.Image.FunctionCount,
                    content.Image.PresentCount);
            }
            catch (InvalidDataException)
            {
                return new(file.FullName, size, used, null, 0, 0);
            }
        }
    }

    private void RemoveRemains()
    {
        foreach (var file in _directory.Files(SmallFile.TemporaryPrefix + "*"))
            if (DateTime.UtcNow - file.LastWriteTimeUtc > TimeSpan.FromHours(1)) _ = Libc.Unlink(file.FullName);
        foreach (var note in _directory.Files("*.*"))
            if (IsOldNote(note)) _ = Libc.Unlink(note.FullName);
        foreach (var seen in _directory.Files("*" + SeenExtension))
            if (!File.Exists(System.IO.Path.ChangeExtension(seen.FullName, EntryExtension)))
                _ = Libc.Unlink(seen.FullName);
    }

    private static void Remove(string path)
    {
        _ = Libc.Unlink(path);
        _ = Libc.Unlink(SeenPath(path));
    }
}

/// <summary>An entry of the cache.</summary>
/// <param name="Path">Its file.</param>
/// <param name="Size">Size in bytes.</param>
/// <param name="LastUsed">When it was last used, to the hour.</param>
/// <param name="Identity">What it is valid for; null if it cannot be read.</param>
/// <param name="Functions">Number of functions the module defines.</param>
/// <param name="Compiled">Number of those that are compiled.</param>
public sealed record CodeCacheEntry(
    string Path, long Size, DateTime LastUsed, CodeImageIdentity? Identity, int Functions, int Compiled)
{
    /// <summary>Whether this build can use it on this machine.</summary>
    public bool IsUsable => Identity is { IsThisBuild: true } && Processor.CanRun(Identity);
}
