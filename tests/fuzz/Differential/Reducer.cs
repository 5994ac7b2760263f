using Drydock.Wasm;

namespace Drydock.Fuzz.Differential;

/// <summary>
/// Makes a module smaller by leaving out instructions, as long as <paramref name="isFinding"/> stays true.
/// </summary>
internal sealed class Reducer(GeneratedModule module, Func<byte[], Task<bool>> isFinding)
{
    private bool _progress;

    public async Task RunAsync()
    {
        do
        {
            _progress = false;
            foreach (var body in module.Bodies) await ReduceAsync(body).ConfigureAwait(false);
        }
        while (_progress);
    }

    private async Task ReduceAsync(Node node)
    {
        foreach (var replacement in Replacements(node))
        {
            if (!await TryAsync(node, replacement).ConfigureAwait(false)) continue;
            _progress = true;
            break;
        }
        foreach (var child in node.Children) await ReduceAsync(child).ConfigureAwait(false);
    }

    private async Task<bool> TryAsync(Node node, IReadOnlyList<object> replacement)
    {
        var before = node.Parts;
        node.Parts = replacement;
        byte[] bytes = module.ToBytes();
        if (IsValid(bytes) && await isFinding(bytes).ConfigureAwait(false)) return true;
        node.Parts = before;
        return false;
    }

    /// <summary>Zeros, or one of the operands that has the same type.</summary>
    private static IEnumerable<IReadOnlyList<object>> Replacements(Node node)
    {
        if (node.Parts.Count == 0 || IsLeast(node)) yield break;
        if (node.Results.All(sort => sort.Code != 'C'))
            yield return [.. node.Results.Select(sort => Constants.Zero(sort))];
        if (node.Children.Count() == node.Parts.Count && node.Parts.Count == 1) yield break;
        foreach (var child in node.Children)
            if (child.Results.SequenceEqual(node.Results)) yield return [child];
    }

    /// <summary>Whether the node is the zeros that it would be replaced by.</summary>
    private static bool IsLeast(Node node) =>
        !node.Children.Any() && node.Results.All(sort => sort.Code != 'C')
        && node.Parts.OfType<byte[]>().SelectMany(part => part).SequenceEqual(node.Results.SelectMany(Constants.Zero));

    private static bool IsValid(byte[] bytes)
    {
        try
        {
            ModuleDecoder.Decode(bytes);
            return true;
        }
        catch (WasmFormatException)
        {
            return false;
        }
    }
}
