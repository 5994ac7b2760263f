using System.Text;
using Drydock.Wasm.Text;

namespace Drydock.Cli.Tests;

/// <summary>A directory for one test, with a store of its own in it.</summary>
public abstract class TemporaryDirectory : IDisposable
{
    protected string Home { get; } = Directory.CreateTempSubdirectory("drydock-cli-").FullName;

    protected string Store => Path.Join(Home, "store");

    public void Dispose()
    {
        Directory.Delete(Home, recursive: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Writes a file, and the directories above it; gives its path.</summary>
    protected string Write(string name, ReadOnlySpan<byte> content)
    {
        string path = Path.Join(Home, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
        return path;
    }

    protected string Write(string name, string content) => Write(name, Encoding.UTF8.GetBytes(content));

    /// <summary>Assembles a module into a file; gives its path.</summary>
    protected string Module(string text, string name = "guest.wasm") => Write(name, TextModule.Assemble(text));

    internal Outcome Drydock(params string[] arguments) => Executable.Run(arguments, store: Store);

    internal Outcome Build(string containerfile, params string[] options)
    {
        Write("context/Containerfile", containerfile);
        return Drydock(["build", .. options, Path.Join(Home, "context")]);
    }

    /// <summary>A program that ends with <paramref name="code"/>.</summary>
    protected static string Exiting(int code) =>
        $"""
        (module
          (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
          (memory (export "memory") 1)
          (func (export "_start") (call $exit (i32.const {code}))))
        """;

    /// <summary>A program whose <c>_start</c> does what the instructions say.</summary>
    protected static string Doing(string instructions, string fields = "") =>
        $"""
        (module {fields}
          (func $inner {instructions})
          (func (export "_start") (call $inner)))
        """;
}
