using Drydock.Wasm;

namespace Drydock.Fuzz.Differential;

internal sealed partial class FunctionGenerator
{
    private const int PageSize = 65536;

    /// <summary>A value from memory.</summary>
    private Node Load(Sort sort, int depth)
    {
        if (sort.IsReference) return Reference(sort, depth);
        if (sort.Code is 'g' or 'h') return MadeTheSame(sort, depth);
        var operations = Operations.Reading(sort.Code is 'F' or 'D' ? 'v' : sort, _module.Features);
        return Access(operations, depth) is { } access ? Of(sort, access) : Compute(sort, depth);
    }

    /// <summary>
    /// A choice between what is loaded and something else, by a condition or lane by lane: also where nothing of it is
    /// chosen the access takes place, and may trap.
    /// </summary>
    private Node ChooseLoaded(Sort sort, int depth)
    {
        Node loaded = Load(sort, depth), other = _choices.Chance(60) ? Leaf(sort) : Expression(sort, depth);
        if (_choices.Chance(50)) (loaded, other) = (other, loaded);
        if (sort != 'v' || _choices.Chance(20))
            return Node.Of(sort, loaded, other, Expression('i', depth), Bytes.Of(Opcode.Select));
        Opcode compare = _choices.Pick<Opcode>(
            [Opcode.I8x16Eq, Opcode.I8x16LtU, Opcode.I16x8GtS, Opcode.I32x4Ne, Opcode.I64x2LtS, Opcode.F32x4Lt]);
        Node mask = Node.Of(sort, Expression(sort, depth), Leaf(sort), Bytes.Of(compare));
        return Node.Of(sort, loaded, other, mask, Bytes.Of(Opcode.V128Bitselect));
    }

    private Node Store(int depth) => Access(Operations.Writing(_module.Features), depth)!;

    private Node? Access(IReadOnlyList<Operation> operations, int depth)
    {
        if (operations.Count == 0) return null;
        var operation = _choices.Pick(operations);
        int memory = _choices.Next(_module.Memories.Count);
        var operands = operation.Operands.Select(operand => operand == 'a'
            ? Address(memory, operation, depth) : Expression(operand, depth));
        return new Node(operation.Results, [.. operands, Encode(operation, memory)]);
    }

    private byte[] Encode(Operation operation, int memory) => Encode(operation, memory, Offset(operation, memory));

    private byte[] Encode(Operation operation, int memory, ulong offset)
    {
        int align = operation.IsAtomic ? operation.WidthLog2 : _choices.Next(operation.WidthLog2 + 1);
        byte[] lane = operation.Info.Immediate == Immediate.MemoryArgumentAndLane
            ? [(byte)_choices.Next(operation.Lanes)]
            : [];
        byte[] place = memory == 0 ? [(byte)align] : [(byte)(align | 0x40), .. Bytes.Unsigned(memory)];
        return [.. Bytes.Of(operation.Opcode), .. place, .. Bytes.Unsigned(offset), .. lane];
    }

    private ulong Offset(Operation operation, int memory) => _choices.Next(100) switch
    {
        < 55 => 0,
        < 85 => (ulong)_choices.Next(64) & Mask(operation),
        < 97 => (ulong)_choices.Next(4096) & Mask(operation),
        < 99 => (ulong)_choices.Next(PageSize),
        _ => _choices.Bits() >> (_module.Memories[memory].Is64 ? _choices.Next(64) : 32 + _choices.Next(16)),
    };

    private static ulong Mask(Operation operation) => operation.IsAtomic ? ~0UL << operation.WidthLog2 : ~0UL;

    /// <summary>Mostly inside of the memory, often near its ends.</summary>
    private Node Address(int memory, Operation operation, int depth)
    {
        var shape = _module.Memories[memory];
        long mask = (long)Mask(operation);
        return _choices.Next(100) switch
        {
            < 70 => Masked(shape.Address, depth, _choices.Pick<long>([0xFF, 0x3FF, 0x7FFF, 0xEFFF]) & mask),
            < 82 => Number(shape.Address, _choices.Next(200) & mask),
            < 96 =>
                Number(shape.Address, shape.Minimum * (long)PageSize - (1L << operation.WidthLog2) - _choices.Next(
                    40) + _choices.Next(5) & mask),
            _ => Expression(shape.Address, depth),
        };
    }

    private static Node Number(Sort sort, long value) =>
        Node.Of(sort, sort == 'I' ? Bytes.Int64(value) : Bytes.Int32((int)value));

    /// <summary>A number with only the bits of <paramref name="mask"/>.</summary>
    private Node Masked(Sort sort, int depth, long mask) => sort == 'I'
        ? Node.Of(sort, Expression(sort, depth), Bytes.Int64(mask), Bytes.Of(Opcode.I64And))
        : Node.Of(sort, Expression(sort, depth), Bytes.Int32((int)mask), Bytes.Of(Opcode.I32And));

    private Node GrowMemory(int memory, int depth) => Node.Of(
        _module.Memories[memory].Address, Masked(_module.Memories[memory].Address, depth, 1),
            Bytes.Of(Opcode.MemoryGrow, memory));

    /// <summary>The size of a memory or a table.</summary>
    private Node SizeOf(Sort sort)
    {
        int memory = _module.Memories.FindIndex(shape => shape.Address == sort);
        int table = _module.Tables.FindLastIndex(shape => shape.Address == sort);
        if (memory >= 0 && _choices.Chance(50)) return Node.Of(sort, Bytes.Of(Opcode.MemorySize, memory));
        return table >= 0 ? Node.Of(sort, Bytes.Of(Opcode.TableSize, table)) : Leaf(sort);
    }

    private Node BulkMemory(int depth)
    {
        int memory = _choices.Next(_module.Memories.Count), other = _choices.Next(_module.Memories.Count);
        Sort address = _module.Memories[memory].Address, source = _module.Memories[other].Address;
        int segment = _choices.Next(_module.Data.Count + 1);
        return _choices.Next(8) switch
        {
            < 2 =>
                Node.Statement(Place(address, depth), Expression('i', depth), Length(address, depth),
                    Bytes.Of(Opcode.MemoryFill, memory)),
            < 5 =>
                Node.Statement(Place(address, depth), Place(source, depth),
                    Length(address == 'I' ? source : 'i', depth),
                Bytes.Of(Opcode.MemoryCopy, memory), Bytes.Unsigned(other)),
            < 7 => Node.Statement(Place(address, depth), Masked('i', depth, 15), Masked('i', depth, 31),
                Bytes.Of(Opcode.MemoryInit, segment), Bytes.Unsigned(memory)),
            _ =>
                _choices.Chance(40)
                    ? Node.Statement(Bytes.Of(Opcode.DataDrop, segment))
                    : Drop(GrowMemory(memory, depth)),
        };
    }

    private Node Place(Sort sort, int depth) =>
        _choices.Chance(97) ? Masked(sort, depth, 0x7FFF) : Expression(sort, depth);

    private Node Length(Sort sort, int depth) =>
        _choices.Chance(97) ? Masked(sort, depth, 0x1FF) : Expression(sort, depth);

    private Node BulkTable(int depth)
    {
        int table = _choices.Next(_module.Tables.Count), other = _choices.Next(_module.Tables.Count);
        var (into, from) = (_module.Tables[table], _module.Tables[other]);
        bool isCopy = into.Element == from.Element;
        int segment = _choices.Next(_module.Elements.Count + 1);
        return _choices.Next(10) switch
        {
            < 3 => Node.Statement(Slot(into, depth), Expression(into.Element, depth), Bytes.Of(Opcode.TableSet, table)),
            < 4 =>
                Node.Statement(Slot(into, depth), Expression(into.Element, depth), Masked(into.Address, depth, 3),
                    Bytes.Of(Opcode.TableFill, table)),
            < 7 when isCopy =>
                Node.Statement(Slot(into, depth), Slot(from, depth), Masked(into.Is64 ? from.Address : 'i', depth, 3),
                Bytes.Of(Opcode.TableCopy, table), Bytes.Unsigned(other)),
            < 8 when into.Element == 'r' =>
                Node.Statement(Slot(into, depth), Masked('i', depth, 1), Masked('i', depth, 3),
                Bytes.Of(Opcode.TableInit, segment), Bytes.Unsigned(table)),
            < 9 => _choices.Chance(30) ? Node.Statement(Bytes.Of(Opcode.ElemDrop, segment)) : Node.Statement(),
            _ =>
                Drop(Node.Of(into.Address, Expression(into.Element, depth), Masked(into.Address, depth, 3),
                    Bytes.Of(Opcode.TableGrow, table))),
        };
    }

    /// <summary>An index of a table, mostly inside of it.</summary>
    private Node Slot(TableShape table, int depth) => _choices.Next(20) switch
    {
        < 10 => Masked(table.Address, depth, 7),
        < 19 => Number(table.Address, _choices.Next(table.Minimum)),
        _ => Expression(table.Address, depth),
    };
}
