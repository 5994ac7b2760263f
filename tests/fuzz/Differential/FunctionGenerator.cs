using Drydock.Wasm;

namespace Drydock.Fuzz.Differential;

/// <summary>Makes the body of a function: trees of instructions that fit each other's types.</summary>
internal sealed partial class FunctionGenerator
{
    private const int Deepest = 6;
    /// <summary>Of a hundred functions, how many are loops over memory and little else.</summary>
    private const int LoopFunctions = 40;
    /// <summary>Of a hundred functions, how many go round a table of branches.</summary>
    private const int Interpreters = 6;
    private readonly ModuleShape _module;
    private readonly Decisions _choices;
    private readonly Signature _signature;
    private readonly List<Sort> _locals;
    /// <summary>Locals that only the making-the-same of NaNs uses, by the sort they hold.</summary>
    private readonly Dictionary<Sort, int> _scratch = [];
    /// <summary>Locals that only what they were made for uses.</summary>
    private readonly HashSet<int> _reserved = [];
    /// <summary>What a branch to each label takes along, innermost last.</summary>
    private readonly List<Sort[]> _labels = [];
    private int _budget;

    public FunctionGenerator(ModuleShape module, Decisions choices, Signature signature)
    {
        (_module, _choices, _signature) = (module, choices, signature);
        _locals = [.. signature.Parameters];
        _budget = 20 + choices.Next(choices.Chance(10) ? 1500 : 300);
        AddLocals();
    }

    public GeneratedFunction Generate()
    {
        _labels.Add(_signature.Results);
        var body = _choices.Next(100) switch
        {
            < LoopFunctions => WithResults(MemoryLoops(), 1),
            < LoopFunctions + Interpreters => WithResults(Interpreter(), 1),
            _ => WithResults(Statements(Deepest), Deepest - 1),
        };
        return new(_signature, _locals[_signature.Parameters.Length..], body);
    }

    private Node WithResults(Node statements, int depth) =>
        new(_signature.Results, [Prologue(), statements, Row(_signature.Results, depth)]);

    private void AddLocals()
    {
        int most = _choices.Chance(10) ? 20 : 4;
        var added = _module.Sorts.SelectMany(sort => Enumerable.Repeat(sort, 1 + _choices.Next(most))).ToList();
        for (int i = added.Count - 1; i > 0; i--)
        {
            int other = _choices.Next(i + 1);
            (added[i], added[other]) = (added[other], added[i]);
        }
        _locals.AddRange(added);
        foreach (var sort in _module.Sorts.Where(sort => sort.Code is 'f' or 'd' or 'v'))
        {
            _scratch.Add(sort, _locals.Count);
            _reserved.Add(_locals.Count);
            _locals.Add(sort);
        }
    }

    /// <summary>Takes from the fuel, or gives up with zeros.</summary>
    private byte[] Prologue() =>
    [
        .. FuelIsOut, .. Bytes.Of(Opcode.If), 0x40, .. Zeros(_signature.Results), .. Bytes.Of(Opcode.Return),
        .. Bytes.Of(Opcode.End),
        .. TakeFuel,
    ];

    private static byte[] FuelIsOut { get; } =
        [.. Bytes.Of(Opcode.GlobalGet, ModuleShape.FuelGlobal), .. Bytes.Of(Opcode.I32Eqz)];

    private static byte[] TakeFuel { get; } =
    [
        .. Bytes.Of(Opcode.GlobalGet, ModuleShape.FuelGlobal), .. Bytes.Int32(1), .. Bytes.Of(Opcode.I32Sub),
        .. Bytes.Of(Opcode.GlobalSet, ModuleShape.FuelGlobal),
    ];

    private static byte[] Zeros(IEnumerable<Sort> sorts) => [.. sorts.SelectMany(Constants.Zero)];

    /// <summary>Values of several sorts, one behind the other or from one instruction.</summary>
    private Node Row(Sort[] sorts, int depth)
    {
        if (sorts.Length > 1 && depth > 0 && _choices.Chance(15)) return MultipleResults(sorts, depth - 1);
        return new Node(sorts, [.. sorts.Select(sort => Expression(sort, depth))]);
    }

    /// <summary>A value of a sort.</summary>
    private Node Expression(Sort sort, int depth)
    {
        if (sort.Code == 'C') return NonNull(sort, depth);
        if (depth <= 0 || --_budget <= 0) return Leaf(sort);
        return _choices.Next(100) switch
        {
            < 10 => Leaf(sort),
            < 58 => Compute(sort, depth - 1),
            < 68 => Load(sort, depth - 1),
            < 73 => Block(sort, depth - 1),
            < 79 => If(sort, depth - 1),
            < 83 => Select(sort, depth - 1),
            < 89 => Call(sort, depth - 1),
            < 94 => Tee(sort, depth - 1),
            < 96 => Loop(sort, depth - 1),
            < 97 => LeaveIf(sort, depth - 1),
            < 98 => Of(sort, Leave(depth - 1)),
            < 99 => Of(sort, Try([sort], depth - 1)),
            _ => Special(sort, depth - 1),
        };
    }

    private Node Leaf(Sort sort) => sort.Code switch
    {
        'F' or 'D' when _choices.Chance(50) => Leaf('v'),
        'r' when _choices.Chance(40) => Node.Of(sort, Bytes.Of(Opcode.RefFunc, _choices.Next(_module.Functions.Count))),
        'c' when _choices.Chance(40) => Of(sort, Known(sort)),
        'j' when _choices.Chance(30) => Node.Of(sort, Bytes.Int32(_choices.Next(1000)), Bytes.Of(Opcode.RefI31)),
        _ when sort.IsType && _choices.Chance(60) => Node.Of(sort, Bytes.Of(Opcode.LocalGet, LocalOf(sort))),
        _ when sort.IsType && _choices.Chance(25) => Node.Of(sort, Bytes.Of(Opcode.GlobalGet, GlobalOf(sort))),
        _ => Node.Of(sort, sort.IsReference ? Constants.Zero(sort) : Constants.Encode(_choices, sort)),
    };

    private int LocalOf(Sort sort) => PickIndex(_locals, sort, 0, _reserved);

    /// <summary>A global other than the fuel.</summary>
    private int GlobalOf(Sort sort) => PickIndex(_module.Globals, sort, ModuleShape.FuelGlobal + 1, []);

    private int PickIndex(List<Sort> sorts, Sort sort, int from, HashSet<int> except)
    {
        int start = _choices.Next(sorts.Count);
        for (int i = 0; i < sorts.Count; i++)
        {
            int index = (start + i) % sorts.Count;
            if (index >= from && !except.Contains(index) && sorts[index] == sort) return index;
        }
        throw new InvalidOperationException($"nothing of sort {sort}");
    }

    private Node Tee(Sort sort, int depth)
    {
        if (sort.Code is 'F' or 'D') return Compute(sort, depth);
        Sort held = sort.Code switch { 'g' => 'f', 'h' => 'd', _ => sort };
        return Node.Of(sort, Expression(sort, depth), Bytes.Of(Opcode.LocalTee, LocalOf(held)));
    }

    private Node Select(Sort sort, int depth)
    {
        if (!sort.IsReference && _choices.Chance(30)) return ChooseLoaded(sort, depth);
        byte[] code = sort.IsReference || _choices.Chance(20)
            ? [.. Bytes.Of(Opcode.SelectT), .. Bytes.Types([sort])]
            : Bytes.Of(Opcode.Select);
        return Node.Of(sort, Expression(sort, depth), Expression(sort, depth), Expression('i', depth), code);
    }

    private static Node Of(Sort sort, Node node) => Node.Of(sort, node);
}
