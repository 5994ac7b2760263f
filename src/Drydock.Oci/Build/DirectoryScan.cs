namespace Drydock.Oci.Build;

/// <summary>
/// Reads a directory of this machine into a tree: names and modes, not contents. Links are kept, not followed.
/// </summary>
internal sealed class DirectoryScan(IgnoreFile ignore)
{
    private const int MaxEntries = 1 << 20;
    private int _entries;

    public FileTree Scan(string directory)
    {
        var root = TreeNode.NewDirectory();
        Fill(root, new DirectoryInfo(directory), []);
        return new(root);
    }

    private void Fill(TreeNode node, DirectoryInfo directory, string[] path)
    {
        foreach (var entry in directory.EnumerateFileSystemInfos())
        {
            if (++_entries > MaxEntries)
                throw new ImageException(ImageError.Build,
                    $"{directory.FullName} holds more than {MaxEntries} files; leave some out with .dockerignore");
            string[] childPath = [.. path, entry.Name];
            if (Read(entry, childPath) is { } child)
                node.Children[entry.Name] = child;
        }
    }

    private TreeNode? Read(FileSystemInfo entry, string[] path)
    {
        var ignored = ignore.Ignores(path);
        var isDirectory = entry is DirectoryInfo && entry.LinkTarget is null;
        if (ignored && !(isDirectory && ignore.HasExceptions))
            return null;
        if (isDirectory)
            return ReadDirectory((DirectoryInfo)entry, path, ignored);
        if (entry.LinkTarget is { } target)
            return new() { Kind = NodeKind.Link, Mode = 0x1ff, Target = target };
        return new() { Kind = NodeKind.File, Mode = ModeOf(entry), SourcePath = entry.FullName };
    }

    /// <summary>An ignored directory stays only for what was taken back into it.</summary>
    private TreeNode? ReadDirectory(DirectoryInfo directory, string[] path, bool ignored)
    {
        var node = TreeNode.NewDirectory(ModeOf(directory));
        Fill(node, directory, path);
        return ignored && node.Children.Count == 0 ? null : node;
    }

    private static int ModeOf(FileSystemInfo entry) => (int)entry.UnixFileMode & 0xfff;
}
