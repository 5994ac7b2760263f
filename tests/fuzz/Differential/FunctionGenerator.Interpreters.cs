using Drydock.Wasm;

namespace Drydock.Fuzz.Differential;

internal sealed partial class FunctionGenerator
{
    /// <summary>
    /// A loop around a table of branches whose cases go on to the next one, as interpreters have it. When the fuel is
    /// out it takes the default, which leaves the loop; between the cases and the table nothing branches.
    /// </summary>
    private Node Interpreter()
    {
        int cases = 16 + _choices.Next(12), state = LocalOf('i');
        _labels.Add([]);
        _labels.Add([]);
        var parts = new List<object>
        {
            Open(Opcode.Block, [], []), Open(Opcode.Loop, [], []),
            Enumerable.Repeat(Open(Opcode.Block, [], []), cases).SelectMany(open => open).ToArray(),
            NextIndex(state), BranchTable([.. Labels(cases), cases + 1]),
        };
        for (int i = 0; i < cases; i++) _labels.Add([]);
        for (int left = cases - 1; left >= 0; left--)
        {
            parts.Add(End);
            _labels.RemoveAt(_labels.Count - 1);
            parts.Add(Case(state, left));
        }
        _labels.RemoveRange(_labels.Count - 2, 2);
        return Node.Statement([.. parts, End, End]);
    }

    /// <summary>Each case, and some again.</summary>
    private IEnumerable<int> Labels(int cases) =>
        Enumerable.Range(0, cases + _choices.Next(4)).Select(i => i < cases ? i : _choices.Next(cases));

    private Node Case(int state, int next)
    {
        _budget += 8;
        var work = _choices.Chance(70) ? Statement(2) : Node.Statement();
        return Node.Statement(work, Expression('i', 2), Bytes.Of(Opcode.LocalSet, state), Bytes.Of(Opcode.Br, next));
    }

    /// <summary>Some bits of the state, or a number past all tables.</summary>
    private static byte[] NextIndex(int state) =>
    [
        .. Bytes.Of(Opcode.LocalGet, state), .. Bytes.Int32(31), .. Bytes.Of(Opcode.I32And), .. Bytes.Int32(-1),
        .. Bytes.Of(Opcode.GlobalGet, ModuleShape.FuelGlobal), .. Bytes.Of(Opcode.Select),
        .. Bytes.Of(Opcode.GlobalGet, ModuleShape.FuelGlobal), .. Bytes.Of(Opcode.GlobalGet, ModuleShape.FuelGlobal),
        .. Bytes.Of(Opcode.I32Eqz), .. Bytes.Of(Opcode.I32Eqz), .. Bytes.Of(Opcode.I32Sub),
        .. Bytes.Of(Opcode.GlobalSet, ModuleShape.FuelGlobal),
    ];
}
