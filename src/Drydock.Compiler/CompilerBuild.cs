namespace Drydock.Compiler;

/// <summary>
/// What tells this build's code from that of others: a digest of the sources, computed when they are built.
/// </summary>
internal static class CompilerBuild
{
    private static readonly byte[] Digest = Convert.FromHexString(CompilerBuildHash.Hex);

    /// <summary>32 bytes.</summary>
    public static ReadOnlySpan<byte> Bytes => Digest;
}
