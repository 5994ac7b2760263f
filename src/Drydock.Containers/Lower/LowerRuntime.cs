using Drydock.Oci;

namespace Drydock.Containers.Lower;

/// <summary>
/// The OCI runtime that makes Linux containers for Drydock: <c>crun</c> or <c>runc</c>. It is looked for in fixed
/// places, because callers start runtimes with an empty environment.
/// </summary>
/// <param name="Path">The executable.</param>
public sealed record LowerRuntime(string Path)
{
    /// <summary>Where an operator names another: a line <c>lower-runtime = PATH</c>.</summary>
    public const string ConfigurationFile = "/etc/drydock/runtime.conf";
    private const string Key = "lower-runtime";

    /// <summary>Where runtimes are looked for, in this order.</summary>
    internal static readonly string[] Directories =
        ["/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin", "/sbin", "/bin", "/run/current-system/sw/bin"];

    /// <summary>Whether it is runc, whose flags differ from crun's in places.</summary>
    public bool IsRunc => System.IO.Path.GetFileName(Path).Contains("runc", StringComparison.Ordinal) && !IsCrun;

    private bool IsCrun => System.IO.Path.GetFileName(Path).Contains("crun", StringComparison.Ordinal);

    /// <summary>The directory in which it keeps its containers unless told otherwise, for root.</summary>
    public string DefaultRoot => IsRunc ? "/run/runc" : "/run/crun";

    /// <summary>The one named in the configuration file, else the first that is installed.</summary>
    /// <exception cref="ContainerException">There is none.</exception>
    public static LowerRuntime Find() =>
        new(Configured(ConfigurationFile) ?? Installed() ?? throw new ContainerException(
        $"neither crun nor runc is in {string.Join(", ", Directories)}: install one, or name it in {ConfigurationFile} "
        + $"with a line '{Key} = /path/to/crun'"));

    /// <summary>The runtime that <paramref name="file"/> names, or null where there is no such file or line.</summary>
    /// <exception cref="ContainerException">The file cannot be read, or names what is not there.</exception>
    internal static string? Configured(string file)
    {
        if (!File.Exists(file)) return null;
        foreach (string line in ReadLines(file))
        {
            string[] parts = line.Split('=', 2, StringSplitOptions.TrimEntries);
            if (parts is not [Key, var path]) continue;
            return File.Exists(path)
                ? path
                : throw new ContainerException(
                    $"{file} names {Key} {path}, which is not there: mend the line or install it");
        }
        return null;
    }

    /// <summary>
    /// crun first, as the faster; where control groups are of both versions at once it works with neither.
    /// </summary>
    private static string? Installed()
    {
        bool isHybrid = Directory.Exists("/sys/fs/cgroup/unified");
        return isHybrid ? Search("runc") ?? Search("crun") : Search("crun") ?? Search("runc");
    }

    private static string? Search(string name)
    {
        foreach (string directory in Directories)
        {
            string path = System.IO.Path.Join(directory, name);
            if (File.Exists(path) && !IsThisProgram(path)) return path;
        }
        return null;
    }

    /// <summary>Drydock may itself be installed under the name of a runtime.</summary>
    private static bool IsThisProgram(string path) =>
        (File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path) == Environment.ProcessPath;

    private static string[] ReadLines(string file)
    {
        try
        {
            return File.ReadAllLines(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ContainerException($"cannot read {file}: {Reason.Of(e)}");
        }
    }
}
