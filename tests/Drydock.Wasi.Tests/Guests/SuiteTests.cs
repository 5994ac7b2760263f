using System.Text;
using System.Text.Json;
using Drydock.Runtime;

namespace Drydock.Wasi.Tests.Guests;

/// <summary>
/// Runs the preview 1 programs of WebAssembly/wasi-testsuite. A program checks itself; a manifest beside it may
/// tell its arguments, environment, directory, and the exit code and output that are expected.
/// </summary>
public sealed class SuiteTests
{
    public static TheoryData<string> Programs()
    {
        var data = new TheoryData<string>();
        if (SuiteTheoryAttribute.Root is not { } root) return data;
        var paths = Directory.GetFiles(Path.Combine(root, "tests"), "*.wasm", SearchOption.AllDirectories);
        foreach (var path in paths.Order())
            if (path.Contains("/testsuite/wasm32-wasip1/", StringComparison.Ordinal))
                data.Add(Path.GetRelativePath(root, path));
        return data;
    }

    [SuiteTheory]
    [MemberData(nameof(Programs))]
    public void A_program_of_the_suite_is_content(string program)
    {
        var path = Path.Combine(SuiteTheoryAttribute.Root!, program);
        var manifest = Manifest.Read(Path.ChangeExtension(path, ".json"));
        var directory = Directory.CreateTempSubdirectory("drydock-suite-").FullName;
        try
        {
            var (code, output, error) = Run(path, manifest, directory);
            Assert.True(manifest.ExitCode == code, $"exit code {code}, not {manifest.ExitCode}\n{output}{error}");
            if (manifest.Output is { } expected) Assert.Equal(expected, output);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static (uint Code, string Output, string Error) Run(string path, Manifest manifest, string directory)
    {
        using var input = File.OpenHandle("/dev/null");
        var (outputPath, errorPath) = (Path.Combine(directory, "output"), Path.Combine(directory, "error"));
        using var output = File.OpenHandle(outputPath, FileMode.Create, FileAccess.Write, FileShare.ReadWrite);
        using var error = File.OpenHandle(errorPath, FileMode.Create, FileAccess.Write, FileShare.ReadWrite);
        var root = Directory.CreateDirectory(Path.Combine(directory, "root")).FullName;
        if (manifest.Root is { } source) CopyFiles(Path.Combine(Path.GetDirectoryName(path)!, source), root);
        using var context = new WasiContext(new WasiOptions
        {
            Arguments = [Path.GetFileName(path), .. manifest.Arguments],
            Environment = manifest.Environment,
            Preopens = manifest.Root is null ? [] : [new Preopen(root, "/")],
            StandardInput = (int)input.DangerousGetHandle(),
            StandardOutput = (int)output.DangerousGetHandle(),
            StandardError = (int)error.DangerousGetHandle(),
        });
        var code = Start(path, context);
        return (code, File.ReadAllText(outputPath), File.ReadAllText(errorPath));
    }

    private static uint Start(string path, WasiContext context)
    {
        using var engine = new Engine();
        using var module = Module.Compile(engine, File.ReadAllBytes(path));
        using var store = new Store(engine);
        var linker = new Linker(engine);
        WasiPreview1.Define(linker, context);
        try
        {
            linker.Instantiate(store, module).GetFunction("_start")!.Invoke();
            return 0;
        }
        catch (ProcessExitException exit)
        {
            return exit.Code;
        }
    }

    private static void CopyFiles(string source, string target)
    {
        if (!Directory.Exists(source)) return;
        foreach (var file in Directory.GetFiles(source)) File.Copy(file, Path.Combine(target, Path.GetFileName(file)));
        foreach (var directory in Directory.GetDirectories(source))
            CopyFiles(directory, Directory.CreateDirectory(Path.Combine(target, Path.GetFileName(directory))).FullName);
    }

    private sealed record Manifest(string[] Arguments, string[] Environment, string? Root, uint ExitCode,
        string? Output)
    {
        public static Manifest Read(string path)
        {
            if (!File.Exists(path)) return new Manifest([], [], null, 0, null);
            using var document = JsonDocument.Parse(File.ReadAllText(path, Encoding.UTF8));
            var root = document.RootElement;
            return new Manifest(
                root.TryGetProperty("args", out var arguments)
                    ? [.. arguments.EnumerateArray().Select(item => item.GetString()!)] : [],
                root.TryGetProperty("env", out var variables)
                    ? [.. variables.EnumerateObject().Select(item => $"{item.Name}={item.Value.GetString()}")] : [],
                root.TryGetProperty("root", out var directory) ? directory.GetString() : null,
                root.TryGetProperty("exit_code", out var code) ? code.GetUInt32() : 0,
                root.TryGetProperty("stdout", out var output) ? output.GetString() : null);
        }
    }
}
