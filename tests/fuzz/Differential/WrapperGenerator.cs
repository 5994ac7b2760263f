using Drydock.Wasm;

namespace Drydock.Fuzz.Differential;

/// <summary>
/// Makes the exports that an engine calls. They take nothing and give only i64, so that nothing depends on how an
/// engine hands floats, vectors and references to its host.
/// </summary>
internal sealed class WrapperGenerator(ModuleShape module, Decisions choices)
{
    private const int MostFuel = 300;

    /// <summary>One for each function and another for some, one for the globals and one for the tables.</summary>
    public List<GeneratedFunction> Generate(int functions)
    {
        var wrappers = new List<GeneratedFunction>();
        for (int i = 0; i < functions; i++)
        {
            wrappers.Add(Call(module.ImportedFunctions + i));
            if (choices.Chance(40)) wrappers.Add(Call(module.ImportedFunctions + i));
        }
        wrappers.Add(Observe([.. module.Globals.Select((sort, i) => Node.Of(sort, Bytes.Of(Opcode.GlobalGet, i)))]));
        wrappers.Add(Observe([.. module.Tables.SelectMany((table, i) => Table(table, i))]));
        return wrappers;
    }

    private GeneratedFunction Call(int function)
    {
        var signature = module.Functions[function];
        var fuel = Node.Statement(Bytes.Int32(choices.Next(MostFuel)),
            Bytes.Of(Opcode.GlobalSet, ModuleShape.FuelGlobal));
        var arguments = signature.Parameters.Select(Argument);
        return Observe([new Node(signature.Results, [fuel, .. arguments, Bytes.Of(Opcode.Call, function)])]);
    }

    private Node Argument(Sort sort) => Node.Of(sort, sort.Code switch
    {
        'r' when choices.Chance(60) => Bytes.Of(Opcode.RefFunc, choices.Next(module.Functions.Count)),
        'c' when choices.Chance(60) && module.FunctionOf(sort) >= 0 =>
            Bytes.Of(Opcode.RefFunc, module.FunctionOf(sort)),
        _ => sort.IsReference ? Constants.Zero(sort) : Constants.Encode(choices, sort),
    });

    private static IEnumerable<Node> Table(TableShape table, int index)
    {
        yield return Node.Of(table.Address, Bytes.Of(Opcode.TableSize, index));
        for (int i = 0; i < table.Minimum; i++)
            yield return Node.Of(table.Element, table.Is64
                ? Bytes.Int64(i)
                : Bytes.Int32(i), Bytes.Of(Opcode.TableGet, index));
    }

    /// <summary>A function that gives what the nodes leave, as bits.</summary>
    private static GeneratedFunction Observe(IReadOnlyList<Node> nodes)
    {
        Sort[] locals = [.. nodes.SelectMany(node => node.Results)];
        var parts = new List<object>(nodes);
        for (int i = locals.Length - 1; i >= 0; i--) parts.Add(Bytes.Of(Opcode.LocalSet, i));
        for (int i = 0; i < locals.Length; i++) parts.Add(Bits(locals[i], Bytes.Of(Opcode.LocalGet, i)));
        Sort[] results = [.. locals.SelectMany(sort => sort == 'v' ? Sort.Row("II") : Sort.Row("I"))];
        return new(new Signature([], results), locals, new Node(results, parts));
    }

    private static byte[] Bits(Sort sort, byte[] value) => sort.Code switch
    {
        'i' => [.. value, .. Bytes.Of(Opcode.I64ExtendI32U)],
        'I' => value,
        'f' =>
            [.. Same(value, Opcode.F32Eq, Bytes.Single(0x7FC00000)), .. Bytes.Of(Opcode.I32ReinterpretF32),
                .. Bytes.Of(Opcode.I64ExtendI32U)],
        'd' => [.. Same(value, Opcode.F64Eq, Bytes.Double(0x7FF8000000000000)), .. Bytes.Of(Opcode.I64ReinterpretF64)],
        'v' => [.. value, .. Bytes.Of(Opcode.I64x2ExtractLane, 0), .. value, .. Bytes.Of(Opcode.I64x2ExtractLane, 1)],
        _ => [.. value, .. Bytes.Of(Opcode.RefIsNull), .. Bytes.Of(Opcode.I64ExtendI32U)],
    };

    /// <summary>The float, or the one NaN.</summary>
    private static byte[] Same(byte[] value, Opcode equals, byte[] nan) =>
        [.. value, .. nan, .. value, .. value, .. Bytes.Of(equals), .. Bytes.Of(Opcode.Select)];
}
