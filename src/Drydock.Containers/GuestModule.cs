using System.Text;
using Drydock.Oci;
using Drydock.Runtime;
using Drydock.Wasm;
using Drydock.Wasm.Text;

namespace Drydock.Containers;

/// <summary>Reads the file a container starts, and says plainly why one cannot be started.</summary>
internal static class GuestModule
{
    private const string TextExtension = ".wat";

    /// <summary>Reads a file.</summary>
    public static GuestFile Read(string path) =>
        new(ReadBytes(path), path.EndsWith(TextExtension, StringComparison.Ordinal));

    /// <summary>The module of a file, whose functions are compiled while it runs.</summary>
    public static Module Decode(Engine engine, string path, in GuestFile file) => Module.Compile(
        engine, Decode(path, file.IsText ? Assemble(path, file.Bytes) : file.Bytes, engine.Options.Features));

    /// <summary>Decodes and validates the content of a file.</summary>
    public static WasmModule Decode(string path, byte[] bytes, WasmFeatures features = WasmFeatures.All)
    {
        RefuseOthers(path, bytes);
        try
        {
            return ModuleDecoder.Decode(bytes, features);
        }
        catch (WasmFormatException e)
        {
            throw CannotInvoke($"{path} is not a valid module: {e.Message}");
        }
    }

    /// <summary>The binary of a module that runs from the cache.</summary>
    public static byte[] ReadAgain(string path, byte[] digest)
    {
        byte[] bytes = ReadBytes(path);
        return ModuleCompiler.Sha256Of(bytes).AsSpan().SequenceEqual(digest)
            ? bytes
            : throw new ContainerException($"{path} is not the file any more that was started");
    }

    private static byte[] ReadBytes(string path)
    {
        try
        {
            return ModuleBytes.Read(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ContainerException($"there is no file {path}", ContainerException.NotFound);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CannotInvoke($"cannot read {path}: {Reason.Of(e, path)}");
        }
    }

    private static byte[] Assemble(string path, byte[] text)
    {
        try
        {
            return TextModule.Assemble(Encoding.UTF8.GetString(text));
        }
        catch (WasmTextException e)
        {
            throw CannotInvoke($"cannot assemble {path}: {e.Message}");
        }
    }

    private static void RefuseOthers(string path, ReadOnlySpan<byte> bytes)
    {
        if (ModuleDecoder.IsModule(bytes)) return;
        throw CannotInvoke(ModuleDecoder.IsComponent(bytes)
            ? $"{path} is a WebAssembly component: components are not supported yet; build for wasm32-wasip1 instead"
            : $"{path} is not a WebAssembly module: {Kind(bytes)}");
    }

    private static string Kind(ReadOnlySpan<byte> bytes) => bytes switch
    {
        [] => "it is empty",
        [0x7f, (byte)'E', (byte)'L', (byte)'F', ..] => "it is an ELF executable; build for wasm32-wasi",
        [(byte)'#', (byte)'!', ..] => "it is a script",
        [(byte)'(', ..] => "it looks like WebAssembly text; name it .wat",
        [0, (byte)'a', (byte)'s', (byte)'m', ..] => "its version is unknown",
        _ => "it does not begin with \\0asm",
    };

    private static ContainerException CannotInvoke(string message) => new(message, ContainerException.CannotInvoke);
}

/// <summary>The content of a file that a container starts.</summary>
/// <param name="Bytes">The bytes.</param>
/// <param name="IsText">Whether they are to be assembled.</param>
internal readonly record struct GuestFile(byte[] Bytes, bool IsText);
