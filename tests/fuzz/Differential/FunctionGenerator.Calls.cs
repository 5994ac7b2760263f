using Drydock.Wasm;

namespace Drydock.Fuzz.Differential;

internal sealed partial class FunctionGenerator
{
    /// <summary>One of the results of a call.</summary>
    private Node Call(Sort sort, int depth)
    {
        var callees = Callees(signature => signature.Results.Contains(sort));
        return callees.Count == 0 ? Compute(sort, depth) : Only(MakeCall(_choices.Pick(callees), depth), sort);
    }

    private Node CallStatement(int depth)
    {
        var call = MakeCall(_choices.Next(_module.Functions.Count), depth);
        return _choices.Chance(50) ? Drop(call) : Keep(call);
    }

    private Node? TailCall(int depth)
    {
        if (!_module.Has(WasmFeatures.TailCall)) return null;
        var callees = Callees(signature => signature.Results.SequenceEqual(_signature.Results));
        var call = MakeCall(_choices.Pick(callees), depth, isTail: true);
        return Node.Statement([.. call.Parts]);
    }

    private List<int> Callees(Func<Signature, bool> fits) =>
        [.. Enumerable.Range(0, _module.Functions.Count).Where(index => fits(_module.Functions[index]))];

    private Node MakeCall(int function, int depth, bool isTail = false)
    {
        var signature = _module.Functions[function];
        var arguments = Row(signature.Parameters, depth);
        return _choices.Next(10) switch
        {
            < 3 when _module.Slots.Contains(function) || _choices.Chance(3) => new(signature.Results,
                [arguments, Slot(function, depth), Indirect(signature, isTail)]),
            < 5 when _module.Has(WasmFeatures.FunctionReferences) => new(signature.Results,
                [arguments, Callee(function, depth),
                    Bytes.Of(isTail ? Opcode.ReturnCallRef : Opcode.CallRef, _module.Types.Of(signature))]),
            _ => new(signature.Results, [arguments, Bytes.Of(isTail ? Opcode.ReturnCall : Opcode.Call, function)]),
        };
    }

    private byte[] Indirect(Signature signature, bool isTail) =>
        [.. Bytes.Of(isTail ? Opcode.ReturnCallIndirect : Opcode.CallIndirect, _module.Types.Of(signature)), 0];

    /// <summary>Where the function is in table 0, if nobody has moved it; rarely any other slot.</summary>
    private Node Slot(int function, int depth)
    {
        int slot = _module.Slots.IndexOf(function);
        return slot < 0 || _choices.Chance(5)
            ? Slot(_module.Tables[0], depth)
            : Number(_module.Tables[0].Address, slot);
    }

    /// <summary>The first result of a sort, without the others.</summary>
    private Node Only(Node node, Sort sort)
    {
        int index = node.Results.ToList().IndexOf(sort);
        if (node.Results.Count == 1) return Of(sort, node);
        int local = LocalOf(sort);
        byte[] drop = Bytes.Of(Opcode.Drop);
        return Node.Of(sort,
        [
            node, .. Enumerable.Repeat(drop, node.Results.Count - 1 - index), Bytes.Of(Opcode.LocalSet, local),
            .. Enumerable.Repeat(drop, index), Bytes.Of(Opcode.LocalGet, local),
        ]);
    }
}
