using System.Runtime.InteropServices;

namespace Drydock.Oci.Native;

/// <summary>
/// Decompresses zstd (RFC 8878) with the system's libzstd, which is loaded when the first such layer is read: every
/// Debian, Fedora and Alpine with a package manager has it.
/// </summary>
internal sealed partial class ZstdStream : ForwardStream
{
    private const string Library = "libzstd.so.1";

    private readonly Stream _source;
    private readonly byte[] _input = new byte[1 << 17];
    private nint _decoder;
    private int _inputLength;
    private nuint _inputPosition;
    private bool _isInFrame;

    /// <exception cref="ImageException">The machine has no libzstd.</exception>
    public ZstdStream(Stream source)
    {
        _source = source;
        try
        {
            _decoder = CreateDecoder();
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            throw new ImageException(ImageError.Unsupported,
                $"{Library} is not installed, which layers compressed with zstd need: "
                + "install libzstd, or recompress the image with skopeo copy --dest-compress-format gzip", e);
        }
        if (_decoder == 0)
            throw new ImageException(ImageError.Store, $"{Library} could not be set up");
    }

    public override int Read(Span<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            if (_inputPosition == (nuint)_inputLength && !Fill())
                return _isInFrame ? throw new InvalidDataException("the zstd data end too early") : 0;
            if (Decode(buffer) is > 0 and var made)
                return made;
        }
        return 0;
    }

    protected override void Dispose(bool disposing)
    {
        if (_decoder != 0)
            _ = FreeDecoder(_decoder);
        _decoder = 0;
        base.Dispose(disposing);
    }

    private bool Fill()
    {
        (_inputLength, _inputPosition) = (_source.Read(_input), 0);
        return _inputLength > 0;
    }

    /// <summary>
    /// Both buffers are pinned while the library has them, and it is told their lengths. A return of 0 ends a frame;
    /// what an error is, the library tells.
    /// </summary>
    private unsafe int Decode(Span<byte> buffer)
    {
        ObjectDisposedException.ThrowIf(_decoder == 0, this);
        fixed (byte* target = buffer)
        fixed (byte* source = _input)
        {
            var output = new OutBuffer { Start = target, Size = (nuint)buffer.Length };
            var input = new InBuffer { Start = source, Size = (nuint)_inputLength, Position = _inputPosition };
            var result = Decompress(_decoder, ref output, ref input);
            if (IsError(result) != 0)
                throw new InvalidDataException("the zstd data are damaged");
            _inputPosition = input.Position;
            _isInFrame = result != 0;
            return (int)output.Position;
        }
    }

    private unsafe struct InBuffer
    {
        public byte* Start;
        public nuint Size;
        public nuint Position;
    }

    private unsafe struct OutBuffer
    {
        public byte* Start;
        public nuint Size;
        public nuint Position;
    }

    [LibraryImport(Library, EntryPoint = "ZSTD_createDStream")]
    private static partial nint CreateDecoder();

    [LibraryImport(Library, EntryPoint = "ZSTD_freeDStream")]
    private static partial nuint FreeDecoder(nint decoder);

    [LibraryImport(Library, EntryPoint = "ZSTD_decompressStream")]
    private static partial nuint Decompress(nint decoder, ref OutBuffer output, ref InBuffer input);

    [LibraryImport(Library, EntryPoint = "ZSTD_isError")]
    private static partial uint IsError(nuint code);
}
