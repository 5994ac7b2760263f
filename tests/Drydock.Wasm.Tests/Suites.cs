namespace Drydock.Wasm.Tests;

/// <summary>
/// The official test scripts. They are not part of the repository: they are looked for where DRYDOCK_SUITES points, or
/// in <c>shared/suites</c> beside a parent folder.
/// </summary>
internal static class Suites
{
    /// <summary>Where they are, or null.</summary>
    public static string? Folder { get; } = Find();

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("DRYDOCK_SUITES") is { } named) return HasScripts(named) ? named : null;
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "shared", "suites");
            if (HasScripts(candidate)) return candidate;
        }
        return null;
    }

    private static bool HasScripts(string folder) => Directory.Exists(Path.Combine(folder, "spec-core"));
}

/// <summary>A theory about the official scripts, reported as skipped where they are absent.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SuiteTheoryAttribute : TheoryAttribute
{
    public SuiteTheoryAttribute()
    {
        if (Suites.Folder is null) Skip = "the official scripts are not here: set DRYDOCK_SUITES to their folder";
    }
}
