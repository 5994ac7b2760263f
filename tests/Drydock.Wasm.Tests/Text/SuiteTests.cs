using Drydock.Wasm.Text;

namespace Drydock.Wasm.Tests.Text;

/// <summary>Every module of the official scripts assembles, every malformed one is refused.</summary>
public class SuiteTests
{
    [SuiteTheory]
    [InlineData("spec-core")]
    [InlineData("threads")]
    public void The_official_scripts_assemble(string name)
    {
        var suite = Path.Combine(Suites.Folder!, name);
        var failures = new List<string>();
        var count = 0;
        foreach (var file in Directory.EnumerateFiles(suite, "*.wast", SearchOption.AllDirectories))
        {
            foreach (var command in Script.Parse(File.ReadAllBytes(file)).Commands)
            {
                count++;
                if (Complaint(command) is { } complaint) failures.Add($"{file}:{command.Line}: {complaint}");
            }
        }

        Assert.NotEqual(0, count);
        Assert.Empty(failures);
    }

    private static string? Complaint(ScriptCommand command)
    {
        var (module, isMalformed) = command switch
        {
            ModuleCommand definition => (definition.Module, false),
            AssertModuleCommand { Failure: ModuleFailure.MalformedCustom or ModuleFailure.InvalidCustom } =>
                (null, false),
            AssertModuleCommand { Failure: ModuleFailure.Malformed, Module.IsQuoted: false } => (null, false),
            AssertModuleCommand assertion => (assertion.Module, assertion.Failure == ModuleFailure.Malformed),
            _ => (null, false),
        };
        if (module is null) return null;
        try
        {
            module.Assemble();
            return isMalformed ? "malformed text was accepted" : null;
        }
        catch (WasmTextException error)
        {
            return isMalformed ? null : error.Message;
        }
    }
}
