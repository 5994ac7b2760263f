using System.Text;
using System.Text.Json;
using Drydock.Containers.Bundles;
using Drydock.Containers.Native;
using Drydock.Oci;

namespace Drydock.Containers.Lower;

/// <summary>
/// What Drydock keeps of a container that runs a guest, from its creation to its removal: the bundle that the lower
/// runtime was given, in a directory that does not outlive a reboot, as the lower runtime's own state does not.
/// </summary>
public sealed class ContainerRecord
{
    /// <summary>Where the records of root's containers are.</summary>
    internal const string SystemDirectory = "/run/drydock/runtime";
    private const string ConfigFile = "config.json", OriginalFile = "original.json", BundleFile = "bundle",
        PidName = "pid";
    internal const string CreatorFile = "creator", DefaultRoot = "default";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(5);
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private ContainerRecord(string directory) => Directory = directory;

    /// <summary>The directory; it is the bundle that the lower runtime knows.</summary>
    public string Directory { get; }
    /// <summary>File with the pid of the container's process.</summary>
    public string PidFile => Path.Join(Directory, PidName);
    /// <summary>The caller's bundle; null while the record is being made or removed.</summary>
    public string? Bundle
    {
        get
        {
            try
            {
                return File.ReadAllText(Path.Join(Directory, BundleFile));
            }
            catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
            {
                return null;
            }
        }
    }

    /// <summary>The directory of all records that belong to one root of a lower runtime.</summary>
    /// <param name="root">The caller's <c>--root</c>; null for the lower runtime's own choice.</param>
    public static string Parent(string? root) => Path.Join(
        RuntimeDirectory(), root is null
            ? DefaultRoot
            : Digest.Of(Encoding.UTF8.GetBytes(Path.GetFullPath(root))).Short);

    /// <summary>The record of the container <paramref name="id"/>, or null where it runs no guest.</summary>
    public static ContainerRecord? Find(string? root, string id) =>
        IsId(id) && System.IO.Directory.Exists(Path.Join(Parent(root), id)) ? new(Path.Join(Parent(root), id)) : null;

    /// <summary>All records of one root.</summary>
    public static IReadOnlyList<ContainerRecord> All(string? root) => System.IO.Directory.Exists(Parent(root))
        ? [.. System.IO.Directory.EnumerateDirectories(Parent(root)).Select(directory => new ContainerRecord(
            directory))]
        : [];

    /// <summary>Writes the record of a container that is about to be created.</summary>
    /// <exception cref="ContainerException">The id is none, or is taken.</exception>
    public static ContainerRecord Create(
        string? root, string id, BundleConfig config, GuestEntry entry, GuestExecutable executable)
    {
        if (!IsId(id))
            throw new ContainerException($"\"{id}\" is no id for a container: use letters, digits and _ + - .");
        var record = new ContainerRecord(Path.Join(Parent(root), id));
        try
        {
            record.MakeDirectory();
            record.RememberCreator(Environment.ProcessId);
            using (FileStream file = record.Open(ConfigFile)) GuestBundle.Write(file, config, entry, executable);
            using (FileStream file = record.Open(OriginalFile)) WriteOriginal(file, config);
            File.WriteAllText(Path.Join(record.Directory, BundleFile), config.Bundle);
            return record;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            record.Remove();
            throw new ContainerException($"cannot keep a record of the container in {record.Directory}: {Reason.Of(e)}");
        }
    }

    /// <summary>The caller's configuration as far as further processes need it.</summary>
    public BundleConfig ReadOriginal() => BundleConfig.Read(Directory, OriginalFile);

    /// <summary>Whether the lower runtime is making the container.</summary>
    /// <remarks>
    /// The one that was remembered may have been killed as soon as it had started the lower runtime, which then makes
    /// the container unremembered: it has the record's directory among its arguments.
    /// </remarks>
    public bool IsBeingCreated => File.Exists(CreatorPath)
        && (ProcessStamp.Parse(File.ReadAllText(CreatorPath)) is { IsAlive: true } || Processes.AnyNames(Directory));

    private string CreatorPath => Path.Join(Directory, CreatorFile);

    /// <summary>
    /// Remembers the process that makes the container, at first this one: the lower runtime goes on when the one that
    /// started it is killed, and what it makes must not escape a deletion that comes meanwhile.
    /// </summary>
    public void RememberCreator(int process)
    {
        if (ProcessStamp.Of(process) is { } stamp) File.WriteAllText(CreatorPath, stamp.ToString());
    }

    /// <summary>Nobody waits for a container to be made that runs as long as its maker.</summary>
    public void ForgetCreator() => File.Delete(CreatorPath);

    /// <summary>Waits until the container is made or has failed to be.</summary>
    public void AwaitCreator()
    {
        DateTime end = DateTime.UtcNow + Patience;
        while (IsBeingCreated && DateTime.UtcNow < end) Thread.Sleep(Step);
    }

    /// <summary>
    /// Remembers the container's process, which the lower runtime has written to <paramref name="file"/>.
    /// </summary>
    public void KeepPid(string file)
    {
        ForgetCreator();
        if (file != PidFile && File.Exists(file)) File.Copy(file, PidFile, overwrite: true);
    }

    /// <summary>
    /// The directory through which the host reaches the container's root as its processes see it; null before there is
    /// one.
    /// </summary>
    public string? Root => File.Exists(PidFile) ? $"/proc/{File.ReadAllText(PidFile).Trim()}/root" : null;

    /// <summary>Removes the record; one that is gone already is no error.</summary>
    public void Remove()
    {
        try
        {
            System.IO.Directory.Delete(Directory, recursive: true);
            System.IO.Directory.Delete(Path.GetDirectoryName(Directory)!);
        }
        catch (IOException)
        {
            // Another remover was faster, or the root has other containers.
        }
    }

    /// <summary>
    /// Tries again where the last container of the root was removed meanwhile, and the root's directory with it.
    /// </summary>
    private void MakeDirectory()
    {
        try
        {
            System.IO.Directory.CreateDirectory(Directory, Owner);
        }
        catch (DirectoryNotFoundException)
        {
            System.IO.Directory.CreateDirectory(Directory, Owner);
        }
    }

    private FileStream Open(string name) => new(Path.Join(Directory, name), FileMode.Create, FileAccess.Write);

    private static void WriteOriginal(Stream output, BundleConfig config)
    {
        using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        foreach (JsonProperty property in config.Element.EnumerateObject())
            if (property.Name is "process" or "mounts") property.WriteTo(json);
        json.WriteEndObject();
    }

    /// <summary>
    /// For root a fixed place, because callers give no environment. A user has a place of their own from the session,
    /// which their lower runtime depends on as well.
    /// </summary>
    private static string RuntimeDirectory()
    {
        string? own = Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR");
        return string.IsNullOrEmpty(own) || Libc.IsRealRoot() ? SystemDirectory : Path.Join(own, "drydock", "runtime");
    }

    /// <summary>The ids that runc takes, which as names of files are harmless.</summary>
    private static bool IsId(string id) =>
        id.Length is > 0 and <= 255 && id is not ("." or "..")
        && id.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '+' or '-' or '.');
}
