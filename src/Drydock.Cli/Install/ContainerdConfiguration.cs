using System.Globalization;
using Drydock.Containers;

namespace Drydock.Cli.Install;

/// <summary>
/// The part of containerd's configuration that names Drydock: a block between two marks at the end of the file. What
/// else is in the file, a template of k3s for one, is neither read nor changed.
/// </summary>
internal static class ContainerdConfiguration
{
    private const string Begin = "# Begin of drydock: 'drydock install' wrote it, and takes it away with --remove.\n";
    private const string End = "# End of drydock.\n";
    /// <summary>How a file of the format that containerd 2 writes begins.</summary>
    public const int FormatOfVersion2 = 3;
    /// <summary>The format that every containerd since 1.3 reads.</summary>
    public const int OldFormat = 2;

    /// <summary>What annotations of a pod the runtime gets to see: those that say what to do with a module.</summary>
    private const string Annotations = "[\"run.oci.handler\", \"module.wasm.image/*\"]";

    /// <summary>The format that a file says it has; null where it says nothing.</summary>
    public static int? FormatOf(string text)
    {
        foreach (var line in text.Split('\n'))
        {
            var parts = line.Split('=', 2, StringSplitOptions.TrimEntries);
            if (parts is ["version", var value])
                return int.TryParse(value.Split('#')[0].Trim(), NumberStyles.None, CultureInfo.InvariantCulture,
                    out var format)
                    ? format
                    : null;
            if (line.TrimStart().StartsWith('['))
                return null;
        }
        return null;
    }

    /// <summary>Where containerd listens, as the file has it; null where the file leaves it to containerd.</summary>
    public static string? AddressOf(string text)
    {
        var isGrpc = false;
        foreach (var line in text.Split('\n'))
        {
            var trimmed = line.Trim();
            if (trimmed.StartsWith('['))
                isGrpc = trimmed.TrimStart('[').StartsWith("grpc]", StringComparison.Ordinal);
            else if (isGrpc && trimmed.Split('=', 2, StringSplitOptions.TrimEntries) is ["address", var value])
                return value.Trim('"', '\'');
        }
        return null;
    }

    /// <summary>The table that holds the runtimes of the CRI plugin in a format.</summary>
    public static string Runtimes(int format) => format switch
    {
        1 => "plugins.cri.containerd.runtimes",
        OldFormat => "plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes",
        _ => "plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes",
    };

    /// <summary>The configuration with Drydock in it.</summary>
    /// <param name="text">What is in the file.</param>
    /// <param name="format">Its format, or that of the file a template is for.</param>
    /// <param name="shim">The path of the shim.</param>
    public static string With(string text, int format, string shim)
    {
        var rest = Without(text);
        if (rest.Contains("runtimes.drydock]", StringComparison.Ordinal))
            throw new ContainerException("it has a runtime \"drydock\" that somebody else wrote: take that out first");
        var separator = rest.Length == 0 || rest.EndsWith('\n') ? "" : "\n";
        return $"""
            {rest}{separator}{Begin}[{Runtimes(format)}.drydock]
              runtime_type = "{shim}"
              pod_annotations = {Annotations}
              container_annotations = {Annotations}
            {End}
            """;
    }

    /// <summary>The configuration without Drydock.</summary>
    public static string Without(string text)
    {
        var start = text.IndexOf(Begin, StringComparison.Ordinal);
        if (start < 0)
            return text;
        var end = text.IndexOf(End, start, StringComparison.Ordinal);
        return end < 0 ? text : text.Remove(start, end + End.Length - start);
    }

    /// <summary>Whether Drydock's block is in the file.</summary>
    public static bool Mentions(string text) => text.Contains(Begin, StringComparison.Ordinal);
}
