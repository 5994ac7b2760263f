namespace Drydock.Containers;

/// <summary>A directory of the host that a guest may use.</summary>
/// <param name="HostPath">Absolute path on the host.</param>
/// <param name="GuestPath">Absolute path in the guest, without a slash at its end.</param>
/// <param name="IsReadOnly">Whether the guest may not write to it.</param>
public sealed record Volume(string HostPath, string GuestPath, bool IsReadOnly)
{
    /// <summary>Reads <c>HOST:GUEST[:ro|:rw]</c>. A relative host path starts at the current directory.</summary>
    /// <exception cref="ContainerException">It has another form, or the directory is missing.</exception>
    public static Volume Parse(string text)
    {
        string[] parts = text.Split(':');
        if (parts is not ([_, _] or [_, _, "ro" or "rw"]) || parts[0].Length == 0)
            throw new ContainerException($"volume \"{text}\" is not of the form HOST:GUEST[:ro]");
        if (!parts[1].StartsWith('/'))
            throw new ContainerException(
                $"volume \"{text}\": the path in the guest has to be absolute, as in {parts[0]}:/data");
        return new(ExistingDirectory(parts[0], text), Normalize(parts[1]), parts is [_, _, "ro"]);
    }

    private static string ExistingDirectory(string path, string text)
    {
        string full = Path.GetFullPath(path);
        if (Directory.Exists(full)) return full;
        throw new ContainerException(File.Exists(full)
            ? $"volume \"{text}\": {path} is a file; give the directory it is in"
            : $"volume \"{text}\": there is no directory {path}; make it first");
    }

    /// <summary>The path without <c>.</c>, <c>..</c>, and slashes that say nothing.</summary>
    internal static string Normalize(string path)
    {
        string full = Path.GetFullPath(path, "/");
        return full.Length > 1 ? full.TrimEnd('/') : full;
    }
}
