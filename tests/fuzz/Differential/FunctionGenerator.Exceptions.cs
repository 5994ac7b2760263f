using Drydock.Wasm;

namespace Drydock.Fuzz.Differential;

internal sealed partial class FunctionGenerator
{
    private enum Catching : byte { Tag, TagAndReference, All, AllAndReference }

    private Node? Throw(int depth)
    {
        if (_module.Tags.Count == 0) return null;
        int tag = _choices.Next(_module.Tags.Count);
        return Node.Statement(Row(_module.Tags[tag].Parameters, depth), Bytes.Of(Opcode.Throw, tag));
    }

    /// <summary>Results of something that may throw, or of what handles that.</summary>
    private Node Try(Sort[] results, int depth)
    {
        if (_module.Tags.Count == 0) return Block(results, depth);
        return _module.Has(WasmFeatures.Exceptions) ? TryTable(results, depth) : LegacyTry(results, depth);
    }

    /// <summary>
    /// Two blocks around <c>try_table</c>: the body leaves the outer one, the handler is behind the inner one.
    /// </summary>
    private Node TryTable(Sort[] results, int depth)
    {
        int tag = _choices.Next(_module.Tags.Count);
        var kind = (Catching)_choices.Next(4);
        Sort[] caught = kind is Catching.Tag or Catching.TagAndReference ? _module.Tags[tag].Parameters : [];
        bool hasReference = kind is Catching.TagAndReference or Catching.AllAndReference;
        Sort[] label = hasReference ? [.. caught, 'x'] : caught;
        byte[] clause = [(byte)kind, .. kind is Catching.Tag or Catching.TagAndReference ? Bytes.Unsigned(tag) : [], 0];
        byte[] open =
        [
            .. Open(Opcode.Block, [], results), .. Open(Opcode.Block, [], label),
            .. Open(Opcode.TryTable, [], results), 1, .. clause,
        ];
        // Nothing branches to the handler by itself: nobody but a catch has an exnref.
        var body = Within(results,
            () => Within(caught, () => Within(results, () => Risky(results, depth)), isHidden: hasReference));
        var handler = Within(results,
            () => new Node(results, [TakeIn(caught), Statements(depth), Row(results, depth)]));
        byte[] reference = !hasReference ? [] : _choices.Chance(30) ? Bytes.Of(Opcode.ThrowRef) : Bytes.Of(Opcode.Drop);
        return new Node(results, [open, body, End, Bytes.Of(Opcode.Br, 1), End, reference, handler, End]);
    }

    private Node LegacyTry(Sort[] results, int depth)
    {
        int tag = _choices.Next(_module.Tags.Count);
        var body = Within(results, () => Risky(results, depth));
        var handler = Within(results,
            () =>
                new Node(results, [TakeIn(_module.Tags[tag].Parameters), Again(depth), Statements(depth),
                    Row(results, depth)]));
        object[] others = _choices.Chance(50)
            ? [Bytes.Of(Opcode.CatchAll), Within(results, () => new Node(results, [Again(depth), Row(results, depth)]))]
            : [];
        return new Node(results,
            [Open(Opcode.Try, [], results), body, Bytes.Of(Opcode.Catch, tag), handler, .. others, End]);
    }

    /// <summary>Throws once more what has been caught, sometimes.</summary>
    private Node Again(int depth) => _choices.Chance(70)
        ? Node.Statement()
        : Node.Statement(Expression('i', depth), Open(Opcode.If, [], []), Bytes.Of(Opcode.Rethrow, 1), End);

    private Node Risky(Sort[] results, int depth) => new(results,
    [
        Statements(depth), Expression('i', depth), Open(Opcode.If, [], []), Within([], () => Throw(depth)!), End,
        Row(results, depth),
    ]);
}
