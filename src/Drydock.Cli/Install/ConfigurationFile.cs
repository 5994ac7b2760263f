using Drydock.Containers;
using Drydock.Oci;

namespace Drydock.Cli.Install;

/// <summary>A file of another program's that Drydock writes: what was there before is kept beside it, once.</summary>
internal sealed class ConfigurationFile(string path)
{
    private const string BackupEnding = ".before-drydock";

    /// <summary>The file.</summary>
    public string Path => path;
    /// <summary>Where what was there before is kept.</summary>
    public string Backup => path + BackupEnding;

    /// <summary>The text, or null where there is no file.</summary>
    public string? Read() => Try("read", () => File.Exists(path) ? File.ReadAllText(path) : null);

    /// <summary>Puts <paramref name="text"/> in place at once; false where it is there already.</summary>
    /// <param name="text">The whole text.</param>
    /// <param name="isOurs">Whether what is there is Drydock's own writing, which is not worth a backup.</param>
    public bool Write(string text, Func<string, bool> isOurs) => Try("write", () =>
    {
        string? before = File.Exists(path) ? File.ReadAllText(path) : null;
        if (before == text) return false;
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        if (before is not null && !isOurs(before) && !File.Exists(Backup)) File.Copy(path, Backup);
        string complete = path + ".new";
        File.WriteAllText(complete, text);
        if (before is not null) File.SetUnixFileMode(complete, File.GetUnixFileMode(path));
        File.Move(complete, path, overwrite: true);
        return true;
    });

    /// <summary>Removes the file, and puts back what was there before.</summary>
    public bool Restore() => Try("remove", () =>
    {
        if (File.Exists(Backup)) File.Move(Backup, path, overwrite: true);
        else if (File.Exists(path)) File.Delete(path);
        else return false;
        return true;
    });

    /// <summary>
    /// Takes Drydock's part out of the file. The backup goes back only where nobody has changed the file since, and a
    /// file that holds nothing but what Drydock began it with goes away.
    /// </summary>
    /// <param name="without">Makes the text without Drydock's part.</param>
    /// <param name="initial">What Drydock begins a file with.</param>
    public void TakeOut(Func<string, string> without, string initial) => Try("change", () =>
    {
        string rest = without(File.ReadAllText(path));
        bool isUnchanged = File.Exists(Backup) ? without(File.ReadAllText(Backup)) == rest : rest == initial;
        _ = isUnchanged ? Restore() : Write(rest, _ => true);
        File.Delete(Backup);
        return true;
    });

    private T Try<T>(string verb, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ContainerException($"cannot {verb} {path}: {Reason.Of(e)}");
        }
    }
}
