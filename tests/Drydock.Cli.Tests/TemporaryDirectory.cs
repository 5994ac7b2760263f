using System.Text;
using Drydock.Wasm.Text;

namespace Drydock.Cli.Tests;

/// <summary>A directory for one test, with a store of its own in it.</summary>
public abstract class TemporaryDirectory : IDisposable
{
    private const int Patience = 20_000;

    protected string Home { get; } = Directory.CreateTempSubdirectory("drydock-cli-").FullName;

    protected string Store => Path.Join(Home, "store");

    public void Dispose()
    {
        Remove(Environment.TickCount64 + Patience);
        GC.SuppressFinalize(this);
    }

    /// <summary>A command's process in the background may still write here: it ends by itself.</summary>
    private void Remove(long end)
    {
        while (Directory.Exists(Home))
        {
            try
            {
                Directory.Delete(Home, recursive: true);
            }
            catch (IOException) when (Environment.TickCount64 < end)
            {
                Thread.Sleep(50);
            }
        }
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
