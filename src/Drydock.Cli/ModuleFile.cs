using Drydock.Oci;
using Drydock.Runtime;
using Drydock.Wasm;
using Drydock.Wasm.Text;

namespace Drydock.Cli;

/// <summary>
/// The files of the commands that work on modules, in either format; <c>-</c> is the standard stream.
/// </summary>
internal static class ModuleFile
{
    public const string Standard = "-";

    /// <summary>The binary in a file; text is assembled.</summary>
    public static byte[] ReadBinary(string path)
    {
        byte[] bytes = Read(path);
        return IsBinary(bytes) || !IsText(path, bytes) ? bytes : Assemble(path, bytes, TextNames.Functions);
    }

    /// <summary>Assembles text; a mistake in it is an error with its file, line and column.</summary>
    public static byte[] Assemble(string path, byte[] text, TextNames names)
    {
        try
        {
            return TextModule.Assemble(text, names);
        }
        catch (WasmTextException e)
        {
            throw new UserError($"{path}:{e.Line}:{e.Column}: {e.Reason}", 1);
        }
    }

    /// <summary>Decodes and validates the binary in a file.</summary>
    public static WasmModule Decode(string path, WasmFeatures features = WasmFeatures.All) =>
        Decode(path, ReadBinary(path), features);

    public static WasmModule Decode(string path, byte[] binary, WasmFeatures features)
    {
        try
        {
            return ModuleDecoder.Decode(binary, features);
        }
        catch (WasmFormatException e)
        {
            throw new UserError($"{path}: {e.Message}", 1);
        }
    }

    public static byte[] Read(string path)
    {
        try
        {
            if (path != Standard) return ModuleBytes.Read(path);
            using Stream input = Console.OpenStandardInput();
            return ModuleBytes.Read(input);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UserError($"there is no file {path}", ExitCode.NotFound);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserError($"cannot read {path}: {Reason.Of(e, path)}");
        }
    }

    /// <summary>Writes a file by way of <paramref name="write"/>, or to standard output.</summary>
    public static void Write(string path, Action<Stream> write)
    {
        try
        {
            using Stream output = path == Standard ? Console.OpenStandardOutput() : File.Create(path);
            write(output);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserError($"cannot write {path}: {Reason.Of(e)}");
        }
    }

    public static void WriteText(string path, Action<TextWriter> write) => Write(path, stream =>
    {
        using var output = new StreamWriter(stream, bufferSize: 1 << 16);
        write(output);
    });

    private static bool IsBinary(ReadOnlySpan<byte> bytes) => bytes.StartsWith("\0asm"u8);

    private static bool IsText(string path, ReadOnlySpan<byte> bytes) =>
        path.EndsWith(".wat", StringComparison.Ordinal) || bytes.TrimStart(" \t\r\n"u8) is [(byte)'(' or (byte)';', ..];
}
