namespace Drydock.Cli.Tests;

/// <summary>
/// Where things are: the repository, the published executable, and the shared programs where they exist.
/// </summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    /// <summary>The published executable: <c>DRYDOCK_BIN</c>, else <c>dist/drydock</c>.</summary>
    public static string Executable { get; } =
        Path.GetFullPath(Environment.GetEnvironmentVariable("DRYDOCK_BIN") ?? Path.Join(Root, "dist", "drydock"));

    /// <summary>
    /// The shared programs: <c>DRYDOCK_WORKLOADS</c>, else <c>shared/workloads</c> beside the repository.
    /// </summary>
    public static string Workloads { get; } = Path.GetFullPath(
        Environment.GetEnvironmentVariable("DRYDOCK_WORKLOADS") ?? Path.Join(Root, "..", "shared", "workloads"));

    private static string FindRoot()
    {
        string? directory = AppContext.BaseDirectory;
        while (directory is not null && !File.Exists(Path.Join(directory, "Drydock.slnx")))
            directory = Path.GetDirectoryName(directory);
        return directory ?? throw new InvalidOperationException("the tests do not run from within the repository");
    }
}
