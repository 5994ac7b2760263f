using System.Buffers.Binary;

namespace Drydock.Compiler;

/// <summary>
/// What a code image is valid for: these bytes of wasm, compiled by this build for these processor features and
/// settings.
/// </summary>
public sealed class CodeImageIdentity : IEquatable<CodeImageIdentity>
{
    /// <summary>Size of a module's digest.</summary>
    public const int DigestSize = 32;
    /// <summary>Bytes of an identity.</summary>
    internal const int Size = DigestSize * 2 + 16;

    private const uint EpochInterruption = 1, LevelMask = 3;
    private const int LevelShift = 1, FlagsAt = DigestSize * 2 + 4, MachineAt = FlagsAt + 4;
    private readonly byte[] _bytes = new byte[Size];

    /// <summary>The identity of what this build makes of a module.</summary>
    /// <param name="moduleDigest">SHA-256 of the module's binary, 32 bytes.</param>
    /// <param name="settings">Settings.</param>
    public CodeImageIdentity(ReadOnlySpan<byte> moduleDigest, CompilerSettings settings)
    {
        if (moduleDigest.Length != DigestSize)
            throw new ArgumentException("a digest has 32 bytes", nameof(moduleDigest));
        moduleDigest.CopyTo(_bytes);
        CompilerBuild.Bytes.CopyTo(_bytes.AsSpan(DigestSize));
        BinaryPrimitives.WriteUInt32LittleEndian(_bytes.AsSpan(DigestSize * 2), (uint)settings.Features);
        BinaryPrimitives.WriteUInt32LittleEndian(
            _bytes.AsSpan(FlagsAt),
            (settings.EpochInterruption ? EpochInterruption : 0) | ((uint)settings.Level & LevelMask) << LevelShift);
        BinaryPrimitives.WriteUInt64LittleEndian(_bytes.AsSpan(MachineAt), settings.Machine);
    }

    internal CodeImageIdentity(ReadOnlySpan<byte> bytes) => bytes[..Size].CopyTo(_bytes);

    /// <summary>SHA-256 of the module's binary.</summary>
    public ReadOnlySpan<byte> ModuleDigest => _bytes.AsSpan(0, DigestSize);
    /// <summary>What identifies the build of the compilers.</summary>
    public ReadOnlySpan<byte> Build => _bytes.AsSpan(DigestSize, DigestSize);
    /// <summary>Processor features that the code may use.</summary>
    public CpuFeatures Features => (CpuFeatures)BinaryPrimitives.ReadUInt32LittleEndian(_bytes.AsSpan(DigestSize * 2));
    /// <summary>Level of the optimizing tier that made the code; 0 for baseline.</summary>
    public int Level =>
        (int)(BinaryPrimitives.ReadUInt32LittleEndian(_bytes.AsSpan(FlagsAt)) >> LevelShift & LevelMask);
    /// <summary>Whether the code can be interrupted by the engine's epoch.</summary>
    public bool IsInterruptible =>
        (BinaryPrimitives.ReadUInt32LittleEndian(_bytes.AsSpan(FlagsAt)) & EpochInterruption) != 0;
    /// <summary>Whether the optimizing tier made the code.</summary>
    public bool IsOptimized => Level > 0;
    /// <summary>The processor that the optimizing tier compiled for; zero for baseline.</summary>
    public ulong Machine => BinaryPrimitives.ReadUInt64LittleEndian(_bytes.AsSpan(MachineAt));
    /// <summary>Whether this is of the build that is running.</summary>
    public bool IsThisBuild => Build.SequenceEqual(CompilerBuild.Bytes);

    /// <summary>A number that differs where anything but the module does, for names of files.</summary>
    public ulong Variant => Checksum.Of(_bytes.AsSpan(DigestSize));

    internal ReadOnlySpan<byte> Bytes => _bytes;

    /// <inheritdoc/>
    public bool Equals(CodeImageIdentity? other) => other is not null && _bytes.AsSpan().SequenceEqual(other._bytes);
    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as CodeImageIdentity);
    /// <inheritdoc/>
    public override int GetHashCode() => (int)Checksum.Of(_bytes);
}
