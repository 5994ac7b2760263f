namespace Drydock.Oci.Build;

/// <summary>Finds the module that a stage's image would start.</summary>
internal static class EntryModule
{
    /// <summary>The file that the command line names, else the only WebAssembly file there is; with its name.</summary>
    /// <exception cref="ImageException">There is none, or there are several and nothing says which.</exception>
    public static (string Name, byte[] Content) Of(StageState stage)
    {
        var (path, content) = Find(stage);
        return (path[^1], content);
    }

    /// <summary>Puts another module in the place of the one that a stage's image would start, as a layer.</summary>
    public static void Replace(StageState stage, BuildContext context, Func<byte[], byte[]> transform)
    {
        var (path, content) = Find(stage);
        var real = stage.Files.Resolve(path)!;
        var added = new SortedDictionary<string, TreeNode>(StringComparer.Ordinal);
        var node = stage.Files.Find(real)! with { SourcePath = null, Content = transform(content) };
        stage.Files.Put(real, node, (where, each) => added[TreePath.Join(where)] = each);
        added[TreePath.Join(real)] = node;
        var layer = context.Layers.Write(added);
        stage.Layers.Add(layer.Descriptor);
        stage.DiffIds.Add(layer.DiffId.ToString());
        stage.History.Add(new() { Created = context.Created, CreatedBy = "SNAPSHOT", Comment = "drydock build" });
    }

    private static (string[] Path, byte[] Content) Find(StageState stage)
    {
        var command = stage.Config.Entrypoint is { Length: > 0 } entrypoint ? entrypoint : stage.Config.Cmd ?? [];
        var path = command.Length > 0 ? Named(stage, command[0]) : Only(stage);
        var content = Read(stage.Files.Find(path)!, path);
        var prefix = content.AsSpan(0, Math.Min(content.Length, BinaryKinds.PrefixLength));
        if (BinaryKinds.Detect(prefix) is not (BinaryKind.Module or BinaryKind.Component))
            throw new ImageException(ImageError.NotExecutable,
                $"cannot make an artifact of /{TreePath.Join(path)}: it is not a WebAssembly module or component");
        return (path, content);
    }

    private static string[] Named(StageState stage, string name)
    {
        string[] places = [Path.Join(stage.Config.WorkingDir ?? "/", name), "/" + name];
        foreach (var place in name.StartsWith('/') ? [name] : places)
            if (stage.Files.Resolve(TreePath.Split(place)) is { } path
                && stage.Files.Find(path) is { Kind: NodeKind.File })
                return path;
        throw new ImageException(ImageError.EntryNotFound,
            $"cannot make an artifact: there is no file {Printable.Of(name)}, which ENTRYPOINT or CMD names");
    }

    private static string[] Only(StageState stage)
    {
        var modules = FileTree.Below(stage.Files.Root, [])
            .Where(entry => entry.Node.Kind == NodeKind.File
                && entry.Path[^1].EndsWith(".wasm", StringComparison.Ordinal)).Take(2).ToArray();
        return modules.Length == 1 ? modules[0].Path : throw new ImageException(ImageError.NoEntry,
            "cannot make an artifact: there "
            + (modules.Length == 0 ? "is no .wasm file" : "are several .wasm files; name one with ENTRYPOINT"));
    }

    private static byte[] Read(TreeNode node, string[] path)
    {
        try
        {
            return node.SourcePath is { } source ? File.ReadAllBytes(source) : node.Content ?? [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ImageException(ImageError.Build, $"cannot read {TreePath.Join(path)}: {StoreErrors.Describe(e)}",
                e);
        }
    }
}
