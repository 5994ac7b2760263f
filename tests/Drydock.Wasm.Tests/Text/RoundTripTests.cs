using System.Text;
using System.Text.RegularExpressions;
using Drydock.Wasm.Text;

namespace Drydock.Wasm.Tests.Text;

/// <summary>
/// Binary to text to binary gives an equal module, over every module of the official scripts and the workloads.
/// </summary>
public class RoundTripTests
{
    [SuiteTheory]
    [InlineData("spec-core", false, 2500)]
    [InlineData("spec-core", true, 2500)]
    [InlineData("threads", false, 30)]
    [InlineData("threads", true, 30)]
    [InlineData("testsuite-proposals/proposals/wide-arithmetic", true, 1)]
    [InlineData("testsuite-proposals/proposals/custom-page-sizes", false, 5)]
    public void Every_module_of_the_suites_survives(string folder, bool isFolded, int leastModules)
    {
        var count = 0;
        foreach (var (place, binary) in Modules(Path.Combine(Suites.Folder!, folder)))
        {
            AssertSurvives(place, binary, isFolded);
            count++;
        }

        Assert.True(count >= leastModules, $"only {count} modules in {folder}");
    }

    [WorkloadTheory]
    [InlineData("hello", false)]
    [InlineData("kernels.simd", true)]
    [InlineData("simdk.simd", false)]
    [InlineData("zlib", true)]
    [InlineData("lua", false)]
    [InlineData("cppb", true)]
    public void Workloads_survive(string name, bool isFolded)
    {
        var file = Path.Combine(Workloads.Folder!, name + ".wasm");
        AssertSurvives(file, File.ReadAllBytes(file), isFolded);
    }

    private static IEnumerable<(string Place, byte[] Binary)> Modules(string folder) =>
        from file in Directory.EnumerateFiles(folder, "*.wast", SearchOption.AllDirectories)
        from command in Script.Parse(File.ReadAllBytes(file)).Commands
        let module = (command as ModuleCommand)?.Module
            ?? (command is AssertModuleCommand { Failure: ModuleFailure.Trap or ModuleFailure.Unlinkable } assertion
                ? assertion.Module
                : null)
        where module is not null
        select ($"{file}:{command.Line}", module.Assemble());

    private static void AssertSurvives(string place, byte[] binary, bool isFolded)
    {
        var module = ModuleDecoder.Decode(binary);
        var text = ModulePrinter.Print(module, new PrintOptions { IsFolded = isFolded });
        byte[] again;
        try
        {
            again = TextModule.Assemble(Encoding.UTF8.GetBytes(text), TextNames.All);
        }
        catch (WasmTextException error)
        {
            Assert.Fail($"{place}: {error.Message}: {Line(text, error.Line)}");
            return;
        }

        var second = ModuleDecoder.Decode(again);
        Assert.True(ModuleComparer.Difference(module, second) is null,
            $"{place}: {ModuleComparer.Difference(module, second)} differ");
        var printed = ModulePrinter.Print(second, new PrintOptions { IsFolded = isFolded });
        Assert.True(WithoutPlaces(text) == WithoutPlaces(printed), $"{place}: the names differ");
    }

    /// <summary>
    /// Sections without content are not written again, so that custom sections between them move together.
    /// </summary>
    private static string WithoutPlaces(string text) => Regex.Replace(text, @"\((before|after) \w+\)", "()");

    private static string Line(string text, int line) => text.Split('\n')[line - 1];
}
