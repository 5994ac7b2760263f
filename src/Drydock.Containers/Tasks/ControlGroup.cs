using System.Globalization;

namespace Drydock.Containers.Tasks;

/// <summary>
/// The control group of a container, of version 1 with a directory for each controller, or of version 2 with one.
/// </summary>
public sealed class ControlGroup
{
    private const string Mount = "/sys/fs/cgroup";

    private readonly string[] _lines;

    private ControlGroup(string[] lines) => _lines = lines;

    /// <summary>Whether the machine has version 2 alone.</summary>
    public static bool IsUnified { get; } = File.Exists(Mount + "/cgroup.controllers");

    /// <summary>
    /// The group of a process (cgroups(7), <c>/proc/PID/cgroup</c>); null where the process has ended.
    /// </summary>
    public static ControlGroup? Of(int process)
    {
        try
        {
            return new(File.ReadAllLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/cgroup")));
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>The content of a file; null where there is none.</summary>
    /// <param name="controller">Controller of version 1; of no meaning in version 2.</param>
    /// <param name="file">Name of the file.</param>
    public string? Read(string controller, string file)
    {
        try
        {
            return Directory(controller) is { } directory ? File.ReadAllText(Path.Join(directory, file)) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>A number in a file; the greatest for <c>max</c>, 0 where there is none.</summary>
    public ulong Number(string controller, string file) => Parse(Read(controller, file).AsSpan().Trim());

    /// <summary>The value of a key in a file of lines with a key and a value; 0 where there is none.</summary>
    public ulong Number(string controller, string file, string key) => Find(Read(controller, file), key);

    /// <summary>The value of a key in the content of such a file.</summary>
    public static ulong Find(string? content, string key)
    {
        foreach (ReadOnlySpan<char> line in content.AsSpan().EnumerateLines())
            if (line.Length > key.Length && line[key.Length] == ' ' && line.StartsWith(key))
                return Parse(line[(key.Length + 1)..]);
        return 0;
    }

    /// <summary>How many processes of the group the kernel has killed for want of memory.</summary>
    public ulong MemoryKills => IsUnified
        ? Number("memory", "memory.events", "oom_kill")
        : Number("memory", "memory.oom_control", "oom_kill");

    /// <summary>The processes in the group and in those below it.</summary>
    public List<int> Processes()
    {
        var processes = new List<int>();
        if (Directory("pids") is { } directory) AddProcesses(directory, processes);
        return processes;
    }

    private static void AddProcesses(string directory, List<int> processes)
    {
        try
        {
            foreach (string line in File.ReadLines(Path.Join(directory, "cgroup.procs")))
                processes.Add(int.Parse(line, CultureInfo.InvariantCulture));
            foreach (string each in System.IO.Directory.GetDirectories(directory)) AddProcesses(each, processes);
        }
        catch (IOException)
        {
            // It has been removed meanwhile.
        }
    }

    private string? Directory(string controller)
    {
        foreach (string line in _lines)
        {
            string[] parts = line.Split(':', 3);
            if (parts.Length < 3) continue;
            if (IsUnified && parts[1].Length == 0) return Path.Join(Mount, parts[2]);
            if (!IsUnified && Array.IndexOf(parts[1].Split(','), controller) >= 0)
                return Path.Join(Mount, controller, parts[2]);
        }
        return null;
    }

    private static ulong Parse(ReadOnlySpan<char> text) =>
        text is "max"
            ? ulong.MaxValue
            : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong value) ? value : 0;
}
