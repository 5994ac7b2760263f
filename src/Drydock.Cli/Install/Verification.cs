using System.Text;
using Drydock.Containers.Native;
using Drydock.Wasm.Text;

namespace Drydock.Cli.Install;

/// <summary>Runs other programs for an installation, and the small guest that shows that it works.</summary>
internal static class Verification
{
    /// <summary>What the guest prints.</summary>
    public const string Greeting = "hello from Drydock";
    /// <summary>Its name in the root of its image.</summary>
    public const string GuestName = "hello.wasm";

    private static readonly string[] Directories =
        ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin", "/snap/bin", "/opt/rke2/bin",
            "/var/lib/rancher/rke2/bin"];

    private const string Guest = $"""
        (module
          (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
          (memory (export "memory") 1)
          (data (i32.const 0) "\10\00\00\00\13\00\00\00")
          (data (i32.const 16) "{Greeting}\n")
          (func (export "_start") (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)))))
        """;

    /// <summary>The guest's module.</summary>
    public static byte[] Module() => TextModule.Assemble(Guest);

    /// <summary>The path of a program.</summary>
    /// <exception cref="UserError">It is not installed.</exception>
    public static string Find(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Concat(Directories)
        .Where(directory => directory.StartsWith('/')).Select(directory => Path.Join(directory, name))
            .FirstOrDefault(File.Exists)
        ?? throw new UserError($"{name} is not installed: install it first");

    /// <summary>The output of a program, or null when it failed; its errors go to the user.</summary>
    public static string? Output(string program, params string[] arguments)
    {
        (int code, byte[] output) = Programs.Capture(program, arguments);
        return code == 0 ? Encoding.UTF8.GetString(output).Trim() : null;
    }

    /// <summary>The same without its errors, for questions to which no is an answer.</summary>
    public static string? QuietOutput(string program, string[] arguments) =>
        Output("/bin/sh", ["-c", "exec \"$0\" \"$@\" 2>/dev/null", program, .. arguments]);

    /// <summary>
    /// The version in what a program says of itself, as <c>podman version 4.3.1</c> or <c>containerd 1.6.20~ds1</c>.
    /// </summary>
    public static Version VersionOf(string program)
    {
        string text = Output(program, "--version") ?? "";
        return VersionIn(text) ?? throw new UserError($"cannot tell the version of {program}: it says \"{text}\"");
    }

    /// <summary>The first word that is a version, with or without a v before it.</summary>
    internal static Version? VersionIn(string text)
    {
        foreach (string word in text.Split(' ', '\n', ','))
            if (Version.TryParse(word.TrimStart('v').Split('-', '+', '~')[0], out Version? version))
                return version;
        return null;
    }

    /// <summary>Does something with a directory that holds the guest.</summary>
    public static T WithGuest<T>(Func<string, T> use)
    {
        string directory = Directory.CreateTempSubdirectory("drydock-install-").FullName;
        try
        {
            File.WriteAllBytes(Path.Join(directory, GuestName), Module());
            return use(directory);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    /// <summary>Says that the guest ran, or how to find out why it did not.</summary>
    /// <exception cref="UserError">It did not.</exception>
    public static void Report(string engine, Version version, string? output)
    {
        if (output?.EndsWith(Greeting, StringComparison.Ordinal) != true) throw new UserError(
            $"{engine} {version} did not run a WebAssembly container: the lines above say why; "
            + $"'drydock install {engine} --remove' undoes the installation");
        Terminal.WriteLine($"{engine} {version} ran a WebAssembly container: {Greeting}");
    }
}
