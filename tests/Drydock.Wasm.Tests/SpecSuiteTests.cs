using Drydock.Wasm.Text;

namespace Drydock.Wasm.Tests;

/// <summary>
/// Every module of the specification's test suite is accepted or refused as the suite has it.
/// </summary>
public class SpecSuiteTests
{
    [SuiteTheory]
    [InlineData("spec-core/test/core", 6000)]
    [InlineData("spec-core/test/legacy", 20)]
    [InlineData("threads/test", 100)]
    [InlineData("testsuite-proposals/proposals/wide-arithmetic", 1)]
    [InlineData("testsuite-proposals/proposals/custom-page-sizes", 10)]
    public void Modules_are_accepted_or_refused_as_the_suite_has_it(string folder, int leastModules)
    {
        var verdicts = Directory.EnumerateFiles(Path.Combine(Suites.Folder!, folder), "*.wast",
            SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal).SelectMany(Judge).ToList();
        Assert.DoesNotContain(verdicts, verdict => verdict.Problem is not null);
        Assert.True(verdicts.Count >= leastModules, $"only {verdicts.Count} modules in {folder}");
    }

    private sealed record Verdict(string File, int Line, string? Problem);

    private static IEnumerable<Verdict> Judge(string file) =>
        from command in Script.Parse(File.ReadAllBytes(file)).Commands
        let module = (command as ModuleCommand)?.Module ?? (command as AssertModuleCommand)?.Module
        where module is not null
        where command is not AssertModuleCommand
        {
            Failure: ModuleFailure.MalformedCustom
            or ModuleFailure.InvalidCustom
        }
        select new Verdict(Path.GetFileName(file), command.Line, Problem(module, command as AssertModuleCommand));

    private static string? Problem(ScriptModule module, AssertModuleCommand? assertion)
    {
        var expected = assertion?.Failure switch
        {
            ModuleFailure.Malformed => ModuleFailure.Malformed,
            ModuleFailure.Invalid => ModuleFailure.Invalid,
            _ => (ModuleFailure?)null,
        };
        var (actual, message) = Decode(module);
        return actual == expected
            ? null
            : $"expected {expected?.ToString() ?? "success"}, got {actual?.ToString() ?? "success"}: {message}";
    }

    private static (ModuleFailure? Failure, string? Message) Decode(ScriptModule module)
    {
        try
        {
            ModuleDecoder.Decode(module.Assemble());
            return (null, null);
        }
        catch (WasmTextException error)
        {
            return (ModuleFailure.Malformed, error.Message);
        }
        catch (WasmFormatException error)
        {
            return (error.Kind == WasmFormatErrorKind.Malformed
                ? ModuleFailure.Malformed
                : ModuleFailure.Invalid, error.Message);
        }
    }
}
