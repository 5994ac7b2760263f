namespace Drydock.Wasi.Tests.Guests;

/// <summary>A theory over the programs of WebAssembly/wasi-testsuite; skipped where the suite is not at hand.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SuiteTheoryAttribute : TheoryAttribute
{
    private const string Variable = "DRYDOCK_WASI_TESTSUITE";

    public SuiteTheoryAttribute()
    {
        if (Root is null)
            Skip = $"set {Variable} to a checkout of WebAssembly/wasi-testsuite, branch prod/testsuite-base";
    }

    /// <summary>The checkout, or null.</summary>
    public static string? Root => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } path ? path : null;
}
