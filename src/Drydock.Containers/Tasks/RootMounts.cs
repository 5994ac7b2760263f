using System.Runtime.InteropServices;
using Drydock.Containers.Native;

namespace Drydock.Containers.Tasks;

/// <summary>A mount as containerd's snapshotters describe it (containerd, api/types/mount.proto).</summary>
/// <param name="Type">Type of the file system.</param>
/// <param name="Source">Device or directory.</param>
/// <param name="Target">Directory beneath the root that is mounted; mostly empty.</param>
/// <param name="Options">Options as <c>mount</c> takes them.</param>
public sealed record RootMount(string Type, string Source, string Target, IReadOnlyList<string> Options);

/// <summary>Mounts a container's root file system, and unmounts it.</summary>
public static class RootMounts
{
    private const nuint IsReadOnly = 1, IsBind = 0x1000, IsRemount = 0x20, IsRecursive = 0x4000;
    private const int Detach = 2, NoFollow = 8;
    /// <summary>The kernel takes a page of options, its last byte a zero.</summary>
    private const int LongestData = 4095;
    private const int MostLayersOfMounts = 64;
    private const string Lower = "lowerdir=";

    /// <summary>Mounts all in order; what was mounted is unmounted again if one fails.</summary>
    /// <param name="mounts">The mounts.</param>
    /// <param name="root">Directory of the root file system.</param>
    /// <exception cref="TaskException">One cannot be mounted.</exception>
    public static void MountAll(IReadOnlyList<RootMount> mounts, string root)
    {
        if (mounts.Count == 0) return;
        Directory.CreateDirectory(root);
        try
        {
            foreach (RootMount mount in mounts)
                Mount(mount, Path.Join(root, Volume.Normalize("/" + mount.Target)).TrimEnd('/'));
        }
        catch (TaskException)
        {
            UnmountAll(root);
            throw;
        }
    }

    /// <summary>Unmounts what is mounted at a directory, however much that is.</summary>
    public static void UnmountAll(string root)
    {
        for (int i = 0; i < MostLayersOfMounts && Kernel.Unmount(root, Detach | NoFollow) == 0; i++)
        {
        }
    }

    private static void Mount(RootMount mount, string target)
    {
        (nuint flags, string data) = ReadOptions(mount.Options);
        if (data.Length > LongestData) MountShortened(mount, target, flags, data);
        else Call(mount, mount.Source, target, flags, data);
        if ((flags & (IsBind | IsReadOnly)) == (IsBind | IsReadOnly))
            Call(mount, mount.Source, target, (flags | IsRemount) & ~IsRecursive, "");
    }

    /// <summary>The lower directories of many layers are written relative to the one they have in common.</summary>
    private static void MountShortened(RootMount mount, string target, nuint flags, string data)
    {
        (string? common, string shortened) = Shorten(data);
        if (common is null || shortened.Length > LongestData)
            throw new TaskException(TaskError.Failed,
                $"cannot mount {target}: it has more layers than the kernel takes at once");
        string before = Environment.CurrentDirectory;
        _ = Kernel.ChangeDirectory(common);
        try
        {
            Call(mount, mount.Source, target, flags, shortened);
        }
        finally
        {
            _ = Kernel.ChangeDirectory(before);
        }
    }

    /// <summary>
    /// The options of an overlay with lower directories relative to <c>Common</c>, which is null if they share none.
    /// </summary>
    internal static (string? Common, string Data) Shorten(string data)
    {
        string[] options = data.Split(',');
        int index = Array.FindIndex(options, option => option.StartsWith(Lower, StringComparison.Ordinal));
        if (index < 0) return (null, data);
        string[] directories = options[index][Lower.Length..].Split(':');
        string common = directories[0];
        foreach (string each in directories)
            while (common.Length > 0 && !each.StartsWith(common + "/", StringComparison.Ordinal))
                common = Path.GetDirectoryName(common) is { Length: > 1 } parent ? parent : "";
        if (common.Length == 0) return (null, data);
        options[index] = Lower + string.Join(':', Array.ConvertAll(directories, each => each[(common.Length + 1)..]));
        return (common, string.Join(',', options));
    }

    private static void Call(RootMount mount, string source, string target, nuint flags, string data)
    {
        if (Kernel.Mount(source, target, mount.Type, flags, data) == 0) return;
        string reason = Marshal.GetLastPInvokeErrorMessage();
        throw new TaskException(TaskError.Failed, $"cannot mount {mount.Type} {source} at {target}: {reason}");
    }

    /// <summary>Options the kernel has flags for (mount(2)), and the rest as the file system's own.</summary>
    internal static (nuint Flags, string Data) ReadOptions(IReadOnlyList<string> options)
    {
        nuint flags = 0;
        var rest = new List<string>();
        foreach (string option in options)
        {
            if (Flag(option) is not { } flag) rest.Add(option);
            else flags = flag.IsSet ? flags | flag.Bit : flags & ~flag.Bit;
        }
        return (flags, string.Join(',', rest));
    }

    private static (nuint Bit, bool IsSet)? Flag(string option) => option switch
    {
        "defaults" => (0, true),
        "ro" => (IsReadOnly, true),
        "rw" => (IsReadOnly, false),
        "nosuid" => (2, true),
        "suid" => (2, false),
        "nodev" => (4, true),
        "dev" => (4, false),
        "noexec" => (8, true),
        "exec" => (8, false),
        "sync" => (0x10, true),
        "async" => (0x10, false),
        "remount" => (IsRemount, true),
        "mand" => (0x40, true),
        "dirsync" => (0x80, true),
        "noatime" => (0x400, true),
        "atime" => (0x400, false),
        "nodiratime" => (0x800, true),
        "diratime" => (0x800, false),
        "bind" => (IsBind, true),
        "rbind" => (IsBind | IsRecursive, true),
        "relatime" => (0x200000, true),
        "norelatime" => (0x200000, false),
        "strictatime" => (0x1000000, true),
        "nostrictatime" => (0x1000000, false),
        _ => null,
    };
}
