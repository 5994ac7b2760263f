using System.CommandLine;
using System.Runtime.InteropServices;
using System.Text.Json;
using Drydock.Compiler;
using Drydock.Containers;
using Drydock.Oci;
using Drydock.Runtime;

namespace Drydock.Cli.Commands;

/// <summary><c>drydock info</c>: what this machine offers, and what Drydock makes of it.</summary>
internal static class InfoCommand
{
    private static readonly Option<bool> AsJson = new("--json") { Description = "Show JSON" };

    public static Command Create()
    {
        var command = new Command("info", "Show what this machine offers and what Drydock makes of it") { AsJson };
        command.SetAction(result => Terminal.WriteLine(result.GetValue(AsJson)
            ? ToJson(Collect())
            : ToText(Collect())));
        return command.WithExamples("drydock info", "drydock info --json");
    }

    private static List<(string Name, string Label, string[] Values)> Collect() =>
    [
        ("version", "Version", [VersionCommand.Number]),
        ("runtime", "Built with", [RuntimeInformation.FrameworkDescription]),
        ("architecture", "Architecture", [RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant()]),
        ("compilers", "Compilers", Compilers()),
        ("cpuFeatures", "CPU features", Features()),
        ("llvm", "libLLVM", Libraries()),
        ("store", "Image store", [ImageStore.Open().Root]),
        ("kernel", "Kernel", [ReadLine("/proc/sys/kernel/osrelease")]),
        ("kernelFeatures", "Kernel features", KernelFeatures()),
    ];

    /// <summary>Generated code needs 64-bit x86 with AVX.</summary>
    private static bool CanRunGuests => Processor.Features.HasFlag(CpuFeatures.Avx);

    private static string[] Compilers() =>
        !CanRunGuests ? [] : OptimizingTier.IsAvailable ? ["baseline", "optimizing"] : ["baseline"];

    private static string[] Features() => Processor.Features == CpuFeatures.None
        ? []
        : Processor.Features.ToString().ToLowerInvariant().Split(", ");

    private static string[] KernelFeatures() => Present(
        ("openat2", Environment.OSVersion.Version >= new Version(5, 6)),
        ("landlock", ReadLine("/sys/kernel/security/lsm").Contains("landlock", StringComparison.Ordinal)),
        ("seccomp", File.Exists("/proc/sys/kernel/seccomp/actions_avail")),
        ("cgroup2", File.Exists("/sys/fs/cgroup/cgroup.controllers")),
        ("userns", File.Exists("/proc/self/ns/user")));

    private static string[] Libraries()
    {
        string[] directories = ["/usr/lib/x86_64-linux-gnu", "/usr/lib64", "/usr/lib", "/usr/local/lib"];
        return [.. directories.Where(Directory.Exists).SelectMany(each => Directory.EnumerateFiles(each,
            "libLLVM*.so*")).Order()];
    }

    private static string[] Present(params ReadOnlySpan<(string Name, bool Is)> features)
    {
        var present = new List<string>();
        foreach ((string name, bool isPresent) in features)
            if (isPresent) present.Add(name);
        return [.. present];
    }

    private static string ReadLine(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static string ToText(List<(string Name, string Label, string[] Values)> facts) =>
        string.Join('\n', facts.Select(
        fact => $"{fact.Label + ":",-24}{(fact.Values.Length == 0 ? "none" : string.Join(' ', fact.Values))}"));

    private static string ToJson(List<(string Name, string Label, string[] Values)> facts) => Json.Write(json =>
    {
        json.WriteStartObject();
        foreach ((string name, _, string[] values) in facts) WriteFact(json, name, values);
        json.WriteEndObject();
    });

    private static void WriteFact(Utf8JsonWriter json, string name, string[] values)
    {
        bool isList = name is "compilers" or "cpuFeatures" or "llvm" or "kernelFeatures";
        if (!isList) json.WriteString(name, values[0]);
        else
        {
            json.WriteStartArray(name);
            foreach (string value in values) json.WriteStringValue(value);
            json.WriteEndArray();
        }
    }
}
