using Drydock.Wasm;

namespace Drydock.Fuzz.Differential;

internal sealed partial class FunctionGenerator
{
    /// <summary>A value made of values.</summary>
    private Node Compute(Sort sort, int depth)
    {
        if (sort.IsReference) return Reference(sort, depth);
        if (sort.Code is 'g' or 'h') return MadeTheSame(sort, depth);
        if (_module.Heap.Count > 0 && _choices.Chance(12) && FromHeap(sort, depth) is { } read) return read;
        if (sort.Code is 'F' or 'D' && _choices.Chance(20)) return Expression('v', depth);
        if (sort == 'v' && _choices.Chance(25)) return MadeTheSame(_choices.Chance(50) ? 'F' : 'D', depth);
        var operation = _choices.Pick(Operations.Computing(sort, _module.Features));
        if (operation.IsTruncation && _choices.Chance(90)) return Compute(sort, depth);
        return Node.Of(sort, Operands(operation, depth), [.. Bytes.Of(operation.Opcode), .. Immediates(operation)]);
    }

    private List<Node> Operands(Operation operation, int depth)
    {
        List<Node> operands = [.. operation.Operands.Select(operand => Expression(operand, depth))];
        if (operation.IsDivision && _choices.Chance(95)) operands[1] = Odd(operands[1]);
        return operands;
    }

    /// <summary>A number that is not zero.</summary>
    private static Node Odd(Node number)
    {
        bool isLong = number.Results[0] == 'I';
        byte[] one = isLong ? Bytes.Int64(1) : Bytes.Int32(1);
        return Node.Of(number.Results[0], number, one, Bytes.Of(isLong ? Opcode.I64Or : Opcode.I32Or));
    }

    private byte[] Immediates(Operation operation) => operation.Info.Immediate switch
    {
        Immediate.Lane => [(byte)_choices.Next(operation.Lanes)],
        Immediate.Shuffle => [.. Enumerable.Range(0, 16).Select(Lane(_choices.Next(5)))],
        _ => [],
    };

    /// <summary>Shuffles at random, and those that compilers have a shorter form for.</summary>
    private Func<int, byte> Lane(int kind)
    {
        int start = _choices.Next(17);
        int width = 1 << _choices.Next(4);
        byte[] wide = [.. Enumerable.Range(0, 16 / width).Select(_ => (byte)_choices.Next(32 / width))];
        return kind switch
        {
            0 => i => (byte)(start + i),
            1 => i => (byte)(wide[i / width] * width + i % width),
            2 => i => (byte)((i / width % 2 * 16 + i / width / 2 * width + i % width + (start & 8)) % 32),
            3 => i => (byte)((i ^ start) & 15),
            _ => _ => (byte)_choices.Next(32),
        };
    }

    /// <summary>A float or a vector of floats whose NaNs are replaced, so that its bits may be looked at.</summary>
    private Node MadeTheSame(Sort sort, int depth) => sort.Code switch
    {
        'g' => MadeTheSame(sort, Expression('f', depth)),
        'h' => MadeTheSame(sort, Expression('d', depth)),
        'F' => Vector(Expression('F', depth), Opcode.F32x4Eq),
        _ => Vector(Expression('D', depth), Opcode.F64x2Eq),
    };

    /// <summary>A value of sort f as one of g, or of d as one of h.</summary>
    private Node MadeTheSame(Sort sort, Node value) => sort == 'g'
        ? Scalar(sort, value, 'f', Opcode.F32Eq, Bytes.Single(0x7FC00000))
        : Scalar(sort, value, 'd', Opcode.F64Eq, Bytes.Double(0x7FF8000000000000));

    private Node Scalar(Sort sort, Node value, Sort held, Opcode equals, byte[] nan)
    {
        byte[] get = Bytes.Of(Opcode.LocalGet, _scratch[held]);
        return Node.Of(sort, value, (byte[])
            [.. Bytes.Of(Opcode.LocalTee, _scratch[held]), .. nan, .. get, .. get, .. Bytes.Of(equals),
                .. Bytes.Of(Opcode.Select)]);
    }

    /// <summary>Lanes that are NaN become zeros, or ones.</summary>
    private Node Vector(Node value, Opcode equals)
    {
        byte[] get = Bytes.Of(Opcode.LocalGet, _scratch['v']);
        byte[] start = [.. Bytes.Of(Opcode.LocalTee, _scratch['v'])];
        byte[] mask = [.. get, .. get, .. Bytes.Of(equals)];
        return Node.Of('v', value, _choices.Chance(50)
            ? (byte[])[.. start, .. mask, .. Bytes.Of(Opcode.V128And)]
            : [.. start, .. Bytes.Vector(~0UL, ~0UL), .. mask, .. Bytes.Of(Opcode.V128Bitselect)]);
    }

    /// <summary>What few instructions give.</summary>
    private Node Special(Sort sort, int depth) => (sort.Code, _choices.Next(3)) switch
    {
        ('i', 0) => Node.Of('i', Expression(_choices.Chance(50) ? 'r' : 'e', depth), Bytes.Of(Opcode.RefIsNull)),
        ('i', 1) when !_module.Memories[0].Is64 => GrowMemory(0, depth),
        ('I', 1) when _module.Memories[0].Is64 => GrowMemory(0, depth),
        ('i', _) => SizeOf('i'),
        ('I', _) => SizeOf('I'),
        _ => Compute(sort, depth),
    };
}
