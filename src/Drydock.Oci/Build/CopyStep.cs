using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace Drydock.Oci.Build;

/// <summary>
/// <c>COPY</c> and <c>ADD</c>: finds the sources in the context, a stage or an image, and puts them where they go. A
/// directory's contents are copied, not the directory; with several sources or a trailing slash the target is a
/// directory.
/// </summary>
internal sealed class CopyStep(BuildContext context, Instruction instruction, Expander expander, StageState state)
{
    private Ownership _ownership;
    private SortedDictionary<string, TreeNode> _added = [];

    /// <summary>What <c>--chown</c> and <c>--chmod</c> set; null leaves it.</summary>
    private readonly record struct Ownership(int User, int Group, int? Mode);

    /// <summary>Copies, and collects what is new by its path.</summary>
    public void Run(SortedDictionary<string, TreeNode> added)
    {
        _added = added;
        instruction.AllowFlags("from", "chown", "chmod", "link");
        var words = Operands();
        var (target, sources) = (words[^1], words[..^1]);
        var tree = SourceTree();
        _ownership = ReadOwnership();
        List<(string Name, TreeNode Node)> found = [.. sources.SelectMany(source => Find(tree, source))];
        var isDirectory = target.EndsWith('/') || target is "." or ".." || found.Count > 1;
        if (found.Count > 1 && !target.EndsWith('/') && target is not ("." or ".."))
            throw instruction.At.Error($"with several sources the target must end in /: {Printable.Of(target)}/");
        foreach (var (name, node) in found)
            Place(name, node, Target(target), isDirectory);
    }

    private string[] Operands()
    {
        var words = Words.Json(instruction) ?? [.. Words.Split(instruction.Rest, context.Escape)];
        if (words.Length < 2)
            throw instruction.At.Error($"{instruction.Keyword} needs a source and a target");
        return [.. words.Select(word => IsHeredoc(word) ? word : expander.Expand(word))];
    }

    private bool IsHeredoc(string word) => instruction.Heredocs.Any(heredoc => heredoc.Word == word);

    private FileTree SourceTree() => instruction.Flags.TryGetValue("from", out var from)
        ? instruction.Keyword == "COPY"
            ? context.TreeOf(expander.Expand(from), instruction.At)
            : throw instruction.At.Error("ADD does not take --from; COPY does")
        : context.ContextTree;

    private List<(string Name, TreeNode Node)> Find(FileTree tree, string source)
    {
        if (instruction.Heredocs.FirstOrDefault(each => each.Word == source) is { } heredoc)
            return [(heredoc.Name, FromHeredoc(heredoc))];
        RefuseRemote(source);
        return Glob.IsPattern(source) ? FindPattern(tree, source) : [FindOne(tree, source)];
    }

    private TreeNode FromHeredoc(Heredoc heredoc)
    {
        var text = heredoc.Expand ? expander.ExpandText(heredoc.Content) : heredoc.Content;
        return new() { Kind = NodeKind.File, Mode = 0x1a4, Content = Encoding.UTF8.GetBytes(text) };
    }

    private void RefuseRemote(string source)
    {
        if (source.StartsWith("http://", StringComparison.OrdinalIgnoreCase)
            || source.StartsWith("https://", StringComparison.OrdinalIgnoreCase)
            || source.StartsWith("git@", StringComparison.Ordinal))
            throw instruction.At.Error(
                $"{instruction.Keyword} {Printable.Of(source)}: builds do not reach the network; "
                + "download it into the context first");
    }

    private (string, TreeNode) FindOne(FileTree tree, string source)
    {
        if (Escapes(source))
            throw instruction.At.Error($"{Printable.Of(source)} is outside the build context");
        var path = TreePath.Split(source);
        var node = tree.Find(path)
            ?? throw instruction.At.Error($"{Printable.Of(source)} is not in {context.Describe(instruction)}");
        return (path.Length == 0 ? "" : path[^1], node);
    }

    /// <summary>Whether a path goes up from the root.</summary>
    private static bool Escapes(string source)
    {
        var depth = 0;
        foreach (var component in source.Split('/', StringSplitOptions.RemoveEmptyEntries))
            if (component != "." && (depth += component == ".." ? -1 : 1) < 0)
                return true;
        return false;
    }

    private List<(string Name, TreeNode Node)> FindPattern(FileTree tree, string source)
    {
        var pattern = TreePath.Split(source);
        var found = FileTree.Below(tree.Root, []).Where(each => Glob.Matches(pattern, each.Path))
            .Select(each => (each.Path[^1], tree.Find(each.Path) ?? each.Node)).ToList();
        return found.Count > 0 ? found : throw instruction.At.Error(
            $"nothing matches {Printable.Of(source)} in {context.Describe(instruction)}");
    }

    private string[] Target(string target)
    {
        var path = target.StartsWith('/') ? target : Path.Join(state.Config.WorkingDir ?? "/", target);
        return state.Files.Resolve(TreePath.Split(path))
            ?? throw instruction.At.Error($"{Printable.Of(target)} leads through too many links");
    }

    private void Place(string name, TreeNode node, string[] target, bool isDirectory)
    {
        if (instruction.Keyword == "ADD" && node.SourcePath is { } path && Archives.IsTar(path))
            node = context.Unpack(path, instruction.At);
        if (node.Kind == NodeKind.Directory)
        {
            if (target.Length > 0 && state.Files.Find(target) is not { Kind: NodeKind.Directory })
                Put(target, node with { Children = new(StringComparer.Ordinal) });
            foreach (var (below, child) in FileTree.Below(node, []))
                Put([.. target, .. below], child.Kind == NodeKind.Directory
                    ? child with { Children = new(StringComparer.Ordinal) } : child);
            return;
        }
        var inside = isDirectory || target.Length == 0 || state.Files.Find(target) is { Kind: NodeKind.Directory };
        Put(inside ? [.. target, name] : target, node);
    }

    private void Put(string[] path, TreeNode node)
    {
        var owned = node with
        {
            User = _ownership.User,
            Group = _ownership.Group,
            Mode = node.Kind == NodeKind.Link ? node.Mode : _ownership.Mode ?? node.Mode,
        };
        state.Files.Put(path, owned, (where, added) => _added[TreePath.Join(where)] = added);
    }

    private Ownership ReadOwnership()
    {
        var (user, group) = (0, 0);
        if (instruction.Flags.TryGetValue("chown", out var chown))
        {
            var parts = expander.Expand(chown).Split(':');
            user = Id(parts[0], "/etc/passwd");
            group = parts.Length > 1 ? Id(parts[1], "/etc/group") : user;
        }
        return new(user, group, instruction.Flags.TryGetValue("chmod", out var chmod)
            ? ReadMode(expander.Expand(chmod)) : null);
    }

    private int ReadMode(string text)
    {
        var mode = 0;
        foreach (var c in text)
            mode = c is >= '0' and <= '7' && mode <= 0xfff ? (mode << 3) | (c - '0') : 0x10000;
        return text.Length > 0 && mode <= 0xfff ? mode : throw instruction.At.Error(
            $"--chmod={Printable.Of(text)} is not supported; give the mode in octal, as in --chmod=644");
    }

    private int Id(string name, string file)
    {
        if (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var id))
            return id;
        if (name == "root")
            return 0;
        return IdFrom(name, file) ?? throw instruction.At.Error(
            $"--chown: {Printable.Of(name)} is not in {file} of the image; give the number");
    }

    /// <summary>Looks a name up in a file of the form <c>name:x:id:…</c>.</summary>
    private int? IdFrom(string name, string file)
    {
        if (state.Files.Find(TreePath.Split(file)) is not { Kind: NodeKind.File, SourcePath: { } path })
            return null;
        var line = File.ReadLines(path).FirstOrDefault(line => line.StartsWith(name + ":", StringComparison.Ordinal));
        var fields = line?.Split(':') ?? [];
        return fields.Length > 2
            && int.TryParse(fields[2], NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : null;
    }
}

/// <summary>Tells archives that <c>ADD</c> unpacks: tar, plain or gzipped, by their content.</summary>
internal static class Archives
{
    private const int MagicOffset = 257;

    public static bool IsTar(string path)
    {
        try
        {
            using var stream = Open(path);
            Span<byte> header = stackalloc byte[512];
            return stream.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) == header.Length
                && header.Slice(MagicOffset, 5).SequenceEqual("ustar"u8);
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    /// <summary>Opens an archive, unzipped if it is zipped.</summary>
    public static Stream Open(string path)
    {
        var file = File.OpenRead(path);
        Span<byte> magic = stackalloc byte[2];
        var isGzip = file.ReadAtLeast(magic, 2, throwOnEndOfStream: false) == 2 && magic is [0x1f, 0x8b];
        file.Position = 0;
        return isGzip ? new GZipStream(file, CompressionMode.Decompress) : file;
    }
}
