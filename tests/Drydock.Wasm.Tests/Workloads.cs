namespace Drydock.Wasm.Tests;

/// <summary>
/// The shared programs, where DRYDOCK_WORKLOADS points or in <c>shared/workloads</c> beside a parent folder.
/// </summary>
internal static class Workloads
{
    /// <summary>Where their binaries are, or null.</summary>
    public static string? Folder { get; } = Find();

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("DRYDOCK_WORKLOADS") is { } named)
            return Existing(Path.Combine(named, "wasm"));
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (Existing(Path.Combine(folder.FullName, "shared", "workloads", "wasm")) is { } found) return found;
        }
        return null;
    }

    private static string? Existing(string folder) => Directory.Exists(folder) ? folder : null;
}

/// <summary>A theory about the shared programs, reported as skipped where they are absent.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class WorkloadTheoryAttribute : TheoryAttribute
{
    public WorkloadTheoryAttribute()
    {
        if (Workloads.Folder is null) Skip = "the shared programs are not here: set DRYDOCK_WORKLOADS to their folder";
    }
}
