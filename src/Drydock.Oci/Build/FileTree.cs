namespace Drydock.Oci.Build;

/// <summary>What a node of a tree is.</summary>
internal enum NodeKind
{
    File,
    Directory,
    Link,
}

/// <summary>
/// A file, directory or symbolic link; the content of a file is read only when it is written to a layer.
/// </summary>
internal sealed record TreeNode
{
    public required NodeKind Kind { get; init; }
    public int Mode { get; init; }
    public int User { get; init; }
    public int Group { get; init; }
    /// <summary>File with the content, on this machine.</summary>
    public string? SourcePath { get; init; }
    /// <summary>The content where there is no file.</summary>
    public byte[]? Content { get; init; }
    /// <summary>Target of a link.</summary>
    public string? Target { get; init; }
    /// <summary>What is in a directory, in byte order of the names.</summary>
    public SortedDictionary<string, TreeNode> Children { get; init; } = new(StringComparer.Ordinal);

    public static TreeNode NewDirectory(int mode = 0x1ed) => new() { Kind = NodeKind.Directory, Mode = mode };
}

/// <summary>Paths in a tree, as their components.</summary>
internal static class TreePath
{
    /// <summary>The components of a path; <c>..</c> goes up, and stops at the root.</summary>
    public static string[] Split(string path)
    {
        List<string> result = [];
        foreach (var component in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
            if (component == "..")
                result.RemoveRange(Math.Max(0, result.Count - 1), Math.Min(1, result.Count));
            else if (component != ".")
                result.Add(component);
        return [.. result];
    }

    public static string Join(IEnumerable<string> path) => string.Join('/', path);
}

/// <summary>A tree of files in memory: a build context, a stage, an image.</summary>
internal sealed class FileTree(TreeNode root)
{
    private const int MaxLinks = 40;

    public FileTree() : this(TreeNode.NewDirectory())
    {
    }

    public TreeNode Root => root;

    /// <summary>The node at a path, links followed within the tree; null when there is none.</summary>
    public TreeNode? Find(string[] path) => Resolve(path) is { } real ? Get(real) : null;

    /// <summary>
    /// The path with every link in it followed. Where the rest of it is not there, it is taken as it stands; null when
    /// links go in circles.
    /// </summary>
    public string[]? Resolve(string[] path)
    {
        var pending = new Stack<string>(path.Reversed());
        List<string> real = [];
        var links = 0;
        while (pending.TryPop(out var name))
        {
            if (name == "..")
                real.RemoveRange(Math.Max(0, real.Count - 1), Math.Min(1, real.Count));
            else if (Get([.. real, name]) is not { Kind: NodeKind.Link, Target: { } target })
                real.Add(name);
            else if (++links > MaxLinks)
                return null;
            else
                Follow(target, pending, real);
        }
        return [.. real];
    }

    /// <summary>Puts a node at a path, making directories on the way; tells of everything that is new.</summary>
    public void Put(string[] path, TreeNode node, Action<string[], TreeNode> added)
    {
        var here = root;
        for (var i = 0; i < path.Length - 1; i++)
            here = Enter(here, path[..(i + 1)], added);
        if (path.Length == 0)
            return;
        if (node.Kind == NodeKind.Directory
            && here.Children.GetValueOrDefault(path[^1]) is { Kind: NodeKind.Directory } present)
            node = node with { Children = present.Children };
        here.Children[path[^1]] = node;
        added(path, node);
    }

    /// <summary>A tree that can change without this one changing.</summary>
    public FileTree Copy() => new(Copy(root));

    /// <summary>Every node below one, parents first, in byte order.</summary>
    public static IEnumerable<(string[] Path, TreeNode Node)> Below(TreeNode node, string[] path)
    {
        foreach (var (name, child) in node.Children)
        {
            string[] childPath = [.. path, name];
            yield return (childPath, child);
            foreach (var below in Below(child, childPath))
                yield return below;
        }
    }

    private static TreeNode Copy(TreeNode node)
    {
        var children = new SortedDictionary<string, TreeNode>(StringComparer.Ordinal);
        foreach (var (name, child) in node.Children)
            children[name] = child.Kind == NodeKind.Directory ? Copy(child) : child;
        return node with { Children = children };
    }

    private TreeNode? Get(ReadOnlySpan<string> path)
    {
        var node = root;
        foreach (var name in path)
            if (!node.Children.TryGetValue(name, out node!))
                return null;
        return node;
    }

    private static void Follow(string target, Stack<string> pending, List<string> real)
    {
        if (target.StartsWith('/'))
            real.Clear();
        foreach (var component in target.Split('/', StringSplitOptions.RemoveEmptyEntries).Reversed())
            if (component != ".")
                pending.Push(component);
    }

    private static TreeNode Enter(TreeNode here, string[] path, Action<string[], TreeNode> added)
    {
        if (here.Children.TryGetValue(path[^1], out var present) && present.Kind == NodeKind.Directory)
            return present;
        var made = TreeNode.NewDirectory();
        here.Children[path[^1]] = made;
        added(path, made);
        return made;
    }
}
