using System.Diagnostics;

namespace Drydock.Oci.Tests;

/// <summary>The tools that others use on images, installed on first need.</summary>
public static class Tools
{
    private static readonly Lazy<bool> Installed = new(Install);

    /// <summary>Whether the tools are there; says so where not, and the test ends.</summary>
    public static bool Available(string tool)
    {
        if (Exists(tool) || (Installed.Value && Exists(tool)))
            return true;
        Console.WriteLine($"skipped: {tool} is not installed and cannot be");
        return false;
    }

    public static string Run(string tool, params string[] arguments)
    {
        var (code, output, error) = TryRun(tool, arguments);
        Assert.True(code == 0, $"{tool} {string.Join(' ', arguments)}: {code}\n{output}{error}");
        return output;
    }

    public static (int Code, string Output, string Error) TryRun(string tool, params string[] arguments)
    {
        var start = new ProcessStartInfo(tool, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true
        };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }

    private static bool Exists(string tool) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
            .Any(directory => File.Exists(Path.Join(directory, tool)));

    private static bool Install() => Environment.IsPrivilegedProcess && Exists("apt-get")
        && TryRun(
            "sh", "-c", "apt-get update && apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends skopeo buildah umoci podman libsodium23 docker-registry apache2-utils").Code == 0;
}
