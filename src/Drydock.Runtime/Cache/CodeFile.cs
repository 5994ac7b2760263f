using Drydock.Compiler;
using Drydock.Runtime.Native;
using Drydock.Wasm;

namespace Drydock.Runtime.Cache;

/// <summary>
/// Compiled code of a module in a file that the user keeps, made on this machine or another one. Machine code is run
/// with the rights of this process, so only files are taken that nobody else can have changed.
/// </summary>
public static class CodeFile
{
    /// <summary>Loads a module.</summary>
    /// <param name="engine">The engine, which compiles what the file lacks.</param>
    /// <param name="path">The file.</param>
    /// <param name="digest">SHA-256 of the module's binary.</param>
    /// <param name="binary">The binary, asked for when a function is called that the file lacks.</param>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    /// <exception cref="InvalidDataException">The file is nothing that can be run; says why.</exception>
    public static Module Load(
        Engine engine, string path, ReadOnlySpan<byte> digest, Func<ReadOnlyMemory<byte>> binary)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read);
        if (FileStatus.Of((int)file.SafeFileHandle.DangerousGetHandle()) is not { IsOwnFile: true })
            throw new InvalidDataException("it is no ordinary file of this user's or root's that only they may change");
        var mapping = Copy(file);
        try
        {
            var content = CodeImageFile.Read(mapping.Memory);
            Check(content, digest, engine.Settings);
            return Module.Load(engine, new CacheEntry(mapping, content, () => ModuleDecoder.Decode(binary())));
        }
        catch (Exception e)
        {
            ((IDisposable)mapping).Dispose();
            if (e is WasmFormatException or InvalidOperationException) throw new InvalidDataException(e.Message, e);
            throw;
        }
    }

    /// <summary>The content where nobody changes it: what is changed while it is mapped changes what runs.</summary>
    private static unsafe MappedFile Copy(FileStream file)
    {
        int copy;
        fixed (byte* name = "drydock-code-file"u8) copy = Libc.CreateMemoryFile(name, Libc.MemfdCloseOnExec);
        if (copy < 0) throw new IOException("there is no memory for a copy");
        using (var target = new FileStream($"/proc/self/fd/{copy}", FileMode.Open, FileAccess.Write)) file.CopyTo(target);
        return MappedFile.TryMap(copy) ?? throw new InvalidDataException("it is empty, or too large to be mapped");
    }

    private static void Check(CodeImageFile file, ReadOnlySpan<byte> digest, CompilerSettings settings)
    {
        var identity = file.Identity;
        if (!identity.ModuleDigest.SequenceEqual(digest)) throw new InvalidDataException("it is of another program");
        if (!identity.IsThisBuild)
            throw new InvalidDataException("it was made by another version of drydock: compile the program again");
        if (identity.IsInterruptible != settings.EpochInterruption)
            throw new InvalidDataException("it was made for other settings of the engine");
        if (!Processor.CanRun(identity))
        {
            string target = TargetCpu.Find(identity.Machine)?.Name ?? "the processor it was made on";
            throw new InvalidDataException(
                $"it is for {target}, and this processor lacks some of that: compile the program here, or for less");
        }
        if (!file.IsIntact()) throw new InvalidDataException("it is damaged");
    }
}
