using Drydock.Wasm;

namespace Drydock.Fuzz.Differential;

internal sealed partial class FunctionGenerator
{
    private Node Statements(int depth) =>
        Node.Statement([.. Enumerable.Range(0, 1 + _choices.Next(4)).Select(_ => Statement(depth - 1))]);

    private Node Statement(int depth)
    {
        if (depth <= 0 || --_budget <= 0) return SetLocal(0);
        return _choices.Next(100) switch
        {
            < 25 => SetLocal(depth),
            < 33 => SetGlobal(depth),
            < 48 => Store(depth),
            < 56 => IfStatement(depth),
            < 63 => LoopStatement(depth),
            < 64 => MemoryLoopStatement(),
            < 68 => BlockStatement(depth),
            < 73 => Switch(depth),
            < 80 => CallStatement(depth),
            < 84 => LeaveIfStatement(depth),
            < 88 => BulkMemory(depth),
            < 92 => BulkTable(depth),
            < 94 => Pair(depth),
            < 95 => Node.Statement(Bytes.Of(Opcode.Nop)),
            < 96 => LeaveIfNull(depth),
            < 98 => Try([], depth),
            < 99 => SetHeap(depth),
            _ => Drop(Expression(_choices.Pick(_module.Sorts), depth)),
        };
    }

    private Node SetLocal(int depth)
    {
        var sort = _choices.Pick(_module.Sorts);
        return Node.Statement(Expression(sort, depth), Bytes.Of(Opcode.LocalSet, LocalOf(sort)));
    }

    private Node SetGlobal(int depth)
    {
        var sort = _choices.Pick(_module.Sorts);
        return Node.Statement(Expression(sort, depth), Bytes.Of(Opcode.GlobalSet, GlobalOf(sort)));
    }

    private static Node Drop(Node node) => Node.Statement([node, .. node.Results.Select(_ => Bytes.Of(Opcode.Drop))]);

    /// <summary>Sets locals to what several results are.</summary>
    private Node Keep(Node node) =>
        Node.Statement([node, .. node.Results.Reverse().Select(sort => Bytes.Of(Opcode.LocalSet, LocalOf(sort)))]);

    /// <summary>A 128-bit sum or product, where there are such.</summary>
    private Node Pair(int depth)
    {
        if (!_module.Has(WasmFeatures.WideArithmetic)) return SetLocal(depth);
        var operation = _choices.Pick(Operations.Pairing);
        return Keep(new Node(operation.Results, [.. Operands(operation, depth), Bytes.Of(operation.Opcode)]));
    }

    private static readonly Sort[] Hidden = ['x'];

    /// <summary>Something inside of a label that takes <paramref name="label"/> along.</summary>
    private Node Within(Sort[] label, Func<Node> make, bool isHidden = false)
    {
        _labels.Add(isHidden ? Hidden : label);
        var node = make();
        _labels.RemoveAt(_labels.Count - 1);
        return node;
    }

    private byte[] BlockType(Sort[] parameters, Sort[] results)
    {
        if (parameters.Length > 0 || results.Length > 1)
            return Bytes.Signed(_module.Types.Of(new(parameters, results)));
        return results.Length == 0 ? [0x40] : results[0].Encoding;
    }

    private byte[] Open(Opcode opcode, Sort[] parameters, Sort[] results) =>
        [.. Bytes.Of(opcode), .. BlockType(parameters, results)];

    private static byte[] End { get; } = Bytes.Of(Opcode.End);

    private Node Block(Sort sort, int depth) => Of(sort, Block([sort], depth));

    private Node Block(Sort[] results, int depth) => new(results,
        [Open(Opcode.Block, [], results),
            Within(results, () => new Node(results, [Statements(depth), Row(results, depth)])), End]);

    private Node If(Sort sort, int depth) => Of(sort, If([sort], depth));

    private Node If(Sort[] results, int depth) => new(results,
    [
        Expression('i', depth), Open(Opcode.If, [], results), Within(results, () => Row(results, depth)),
        Bytes.Of(Opcode.Else), Within(results, () => Row(results, depth)), End,
    ]);

    private Node BlockStatement(int depth)
    {
        if (_choices.Chance(60)) return Block([], depth);
        Sort[] parameters = SomeSorts();
        return Node.Statement(Row(parameters, depth), Open(Opcode.Block, parameters, []),
            Within([], () => Node.Statement(TakeIn(parameters), Statements(depth))), End);
    }

    /// <summary>Takes the parameters of a block from the stack into locals.</summary>
    private Node TakeIn(Sort[] parameters) =>
        Node.Statement([.. parameters.Reverse().Select(sort => (object)Bytes.Of(Opcode.LocalSet, LocalOf(sort)))]);

    private Sort[] SomeSorts() => [.. Enumerable.Range(0, _choices.Next(4)).Select(_ => _choices.Pick(_module.Sorts))];

    private Node IfStatement(int depth)
    {
        var condition = Expression('i', depth);
        var then = Within([], () => Statements(depth));
        if (_choices.Chance(50)) return Node.Statement(condition, Open(Opcode.If, [], []), then, End);
        return Node.Statement(condition, Open(Opcode.If, [], []), then, Bytes.Of(Opcode.Else),
            Within([], () => Statements(depth)), End);
    }

    private Node LoopStatement(int depth) => Loop(SomeSorts(), [], depth);

    private Node Loop(Sort sort, int depth) => Of(sort, Loop(SomeSorts(), [sort], depth));

    /// <summary>A loop inside of a block that it leaves, with zeros, when the fuel is out.</summary>
    private Node Loop(Sort[] parameters, Sort[] results, int depth)
    {
        byte[] check =
        [
            .. FuelIsOut, .. Open(Opcode.If, [], []), .. Zeros(results), .. Bytes.Of(Opcode.Br, 2), .. End, .. TakeFuel,
        ];
        var first = Row(parameters, depth);
        var body = Within(results, () => Within(parameters, () => new Node(results,
        [
            check, TakeIn(parameters), Statements(depth),
            Row(parameters, depth), Expression('i', depth), Bytes.Of(Opcode.BrIf, 0), Drops(parameters),
            Row(results, depth),
        ])));
        return new Node(results,
            [first, Open(Opcode.Block, parameters, results), Open(Opcode.Loop, parameters, results), body, End, End]);
    }

    private static byte[] Drops(Sort[] sorts) => [.. sorts.SelectMany(_ => Bytes.Of(Opcode.Drop))];

    /// <summary>Several results from one block, if or call.</summary>
    private Node MultipleResults(Sort[] sorts, int depth) =>
        _choices.Chance(50) ? Block(sorts, depth) : If(sorts, depth);

    /// <summary>Nested blocks, one of which a table of branches leaves.</summary>
    private Node Switch(int depth)
    {
        int cases = 1 + _choices.Next(5);
        for (int i = 0; i < cases; i++) _labels.Add([]);
        var parts = new List<object> { Enumerable.Repeat(Open(Opcode.Block, [], []),
            cases).SelectMany(open => open).ToArray() };
        parts.Add(_choices.Chance(80) ? Masked('i', depth, 7) : Expression('i', depth));
        parts.Add(BranchTable([.. Enumerable.Range(0, cases + _choices.Next(4)).Select(_ => _choices.Next(cases))]));
        for (int i = 0; i < cases; i++)
        {
            parts.Add(End);
            _labels.RemoveAt(_labels.Count - 1);
            parts.Add(Statements(depth - 1));
        }
        return Node.Statement([.. parts]);
    }

    /// <summary>All labels but the last are the table's; the last is the default.</summary>
    private static byte[] BranchTable(int[] labels) =>
        [.. Bytes.Of(Opcode.BrTable), .. Bytes.Unsigned(labels.Length - 1),
            .. labels.SelectMany(label => Bytes.Unsigned(label))];

    private Node LeaveIfStatement(int depth)
    {
        int label = PickLabel();
        if (_choices.Chance(50))
            return Node.Statement(Expression('i', depth), Open(Opcode.If, [], []), Within([], () => Leave(depth)), End);
        var values = _labels[^(label + 1)];
        return Drop(new Node(values, [Row(values, depth), Expression('i', depth), Bytes.Of(Opcode.BrIf, label)]));
    }

    /// <summary>A value that a branch takes along, or that is used if the branch is not taken.</summary>
    private Node LeaveIf(Sort sort, int depth)
    {
        int label = _labels.FindLastIndex(values => values.Length == 1 && values[0] == sort);
        if (label < 0) return Compute(sort, depth);
        return Node.Of(sort, Expression(sort, depth), Expression('i', depth),
            Bytes.Of(Opcode.BrIf, _labels.Count - 1 - label));
    }

    /// <summary>Never comes to its end; what follows it is unreachable.</summary>
    private Node Leave(int depth)
    {
        int label = PickLabel();
        var values = _labels[^(label + 1)];
        return _choices.Next(20) switch
        {
            0 => Node.Statement(Bytes.Of(Opcode.Unreachable)),
            < 5 => Node.Statement(Row(_signature.Results, depth), Bytes.Of(Opcode.Return)),
            < 10 =>
                Node.Statement(Row(values, depth), Expression('i', depth), BranchTable([.. LabelsLike(values), label])),
            < 13 when TailCall(depth) is { } call => call,
            < 16 when Throw(depth) is { } thrown => thrown,
            _ => Node.Statement(Row(values, depth), Bytes.Of(Opcode.Br, label)),
        };
    }

    /// <summary>Any label that a branch can go to.</summary>
    private int PickLabel()
    {
        int label = _choices.Next(_labels.Count);
        return _labels[^(label + 1)] == Hidden ? _labels.Count - 1 : label;
    }

    private IEnumerable<int> LabelsLike(Sort[] values) =>
        Enumerable.Range(0, _labels.Count).Where(label => _labels[^(label + 1)].SequenceEqual(values)).Take(6);
}
