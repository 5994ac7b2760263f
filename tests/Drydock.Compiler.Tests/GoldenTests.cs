using Drydock.Compiler.Baseline;
using Drydock.Wasm;
using Drydock.Wasm.Text;

namespace Drydock.Compiler.Tests;

/// <summary>
/// Compares the machine code of the modules in <c>golden/</c> with the listing in the comments below each. After a
/// change that is meant, <c>DRYDOCK_BLESS=1 dotnet test tests/Drydock.Compiler.Tests</c> writes the listings anew; read
/// the diff.
/// </summary>
public class GoldenTests
{
    private const string Mark = ";; listing";
    private const CpuFeatures Features = CpuFeatures.Avx | CpuFeatures.Avx2 | CpuFeatures.Fma | CpuFeatures.Bmi
        | CpuFeatures.Lzcnt | CpuFeatures.Popcnt;

    public static TheoryData<string> Files() =>
        [.. Directory.GetFiles(Folder(), "*.wat").Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    public void Code_is_as_listed(string file)
    {
        string path = Path.Combine(Folder(), file);
        string content = File.ReadAllText(path);
        int mark = content.IndexOf(Mark, StringComparison.Ordinal);
        string source = mark < 0 ? content : content[..mark];
        string expected = source + Listing(source);
        if (Environment.GetEnvironmentVariable("DRYDOCK_BLESS") == "1") File.WriteAllText(path, expected);
        else Assert.Equal(expected, content);
    }

    private static string Listing(string source)
    {
        WasmModule module = ModuleDecoder.Decode(TextModule.Assemble(source));
        var unit = new CompilationUnit(module, new VmContextLayout(module),
            new CompilerSettings { Features = Features });
        var lines = new List<string> { Mark };
        for (int i = 0; i < module.Bodies.Length; i++)
        {
            FunctionCode code = new BaselineCompiler().Compile(unit, i);
            lines.Add($";; function {module.ImportedFunctionCount + i}");
            lines.AddRange(Disassembler.Dump(code.Text).Select(line => ";;   " + line));
            lines.AddRange(code.Sites.Where(site => site.Code != TrapCode.None)
                .Select(site => $";;   trap at {site.Offset:x4}: {TrapMessages.MessageOf(site.Code)}"));
        }
        return string.Join('\n', lines) + "\n";
    }

    private static string Folder()
    {
        string? root = AppContext.BaseDirectory;
        while (root is not null && !File.Exists(Path.Combine(root, "Drydock.slnx"))) root = Path.GetDirectoryName(root);
        return Path.Combine(root!, "tests", "Drydock.Compiler.Tests", "golden");
    }
}
