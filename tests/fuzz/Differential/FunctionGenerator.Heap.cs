using Drydock.Wasm;

namespace Drydock.Fuzz.Differential;

internal sealed partial class FunctionGenerator
{
    private const int LongestArray = 31;

    private static Node NewDefault(Sort sort, HeapShape type) => type.IsArray
        ? Node.Of(sort, Bytes.Int32(1 + type.Index % 7), Bytes.Of(Opcode.ArrayNewDefault, type.Index))
        : Node.Of(sort, Bytes.Of(Opcode.StructNewDefault, type.Index));

    private Node New(Sort sort, HeapShape type, int depth)
    {
        var fields = type.Fields.Select(field => field.Sort).ToArray();
        if (!type.IsArray) return Node.Of(sort, Row(fields, depth), Bytes.Of(Opcode.StructNew, type.Index));
        int count = _choices.Next(4);
        return _choices.Next(4) switch
        {
            0 =>
                Node.Of(sort, Row([.. Enumerable.Repeat(fields[0], count)], depth),
                    Bytes.Of(Opcode.ArrayNewFixed, type.Index), Bytes.Unsigned(count)),
            1 when !fields[0].IsReference => Node.Of(sort, Masked('i', depth, 7), Masked('i', depth, 7),
                Bytes.Of(Opcode.ArrayNewData, type.Index), Bytes.Unsigned(_choices.Next(_module.Data.Count + 1))),
            _ =>
                Node.Of(sort, Expression(fields[0], depth), Masked('i', depth, LongestArray),
                    Bytes.Of(Opcode.ArrayNew, type.Index)),
        };
    }

    /// <summary>A reference that the heap's instructions make; null if they make none of that sort.</summary>
    private Node? HeapReference(Sort sort, int depth)
    {
        if (_module.Heap.Count == 0 || depth <= 0) return null;
        if (_choices.Chance(25) && FromHeap(sort, depth - 1) is { } read) return read;
        return sort.Code switch
        {
            'j' => Node.Of(sort, Expression('i', depth - 1), Bytes.Of(Opcode.RefI31)),
            'q' => Of(sort, Expression(_choices.Chance(30) ? 'j' : AnyHeap(), depth - 1)),
            'n' when _choices.Chance(15) =>
                Node.Of(sort, Expression('e', depth - 1), Bytes.Of(Opcode.AnyConvertExtern)),
            'n' when _choices.Chance(30) => Of(sort, UnlessCast(AnyHeap(), depth - 1)),
            'n' => Of(sort, Expression('q', depth - 1)),
            'e' when _choices.Chance(30) =>
                Node.Of(sort, Expression('n', depth - 1), Bytes.Of(Opcode.ExternConvertAny)),
            'c' when _module.Heap.Find(type => type.Index == sort.Index) is { } type => Concrete(sort, type, depth - 1),
            _ => null,
        };
    }

    private Sort AnyHeap() => new('c', _choices.Pick(_module.Heap).Index);

    private Node Concrete(Sort sort, HeapShape type, int depth)
    {
        var subtypes = _module.Heap.FindAll(other => other.Super == type.Index);
        return _choices.Next(10) switch
        {
            0 when subtypes.Count > 0 => Of(sort, Expression(new('c', _choices.Pick(subtypes).Index), depth)),
            < 2 => Node.Of(sort, Expression('n', depth), Cast(Opcode.RefCastNull, type)),
            < 4 => Of(sort, IfCast(new('C', type.Index), depth)),
            _ => New(sort, type, depth),
        };
    }

    private static byte[] Cast(Opcode opcode, HeapShape type) => [.. Bytes.Of(opcode), .. Bytes.Signed(type.Index)];

    /// <summary>What a reference is cast to, or something new of that type.</summary>
    private Node IfCast(Sort sort, int depth) =>
        Node.Of(sort, Open(Opcode.Block, [], [sort]), Within([sort], () => Node.Of(sort,
        Expression('n', depth), BranchOnCast(Opcode.BrOnCast, sort), Bytes.Of(Opcode.Drop), Known(sort))), End);

    /// <summary>A reference that passes a label on the way if it is not of the type.</summary>
    private Node UnlessCast(Sort sort, int depth) => Node.Of('n', Open(Opcode.Block, [], ['n']), Within(['n'], () =>
        Node.Of('n', Expression('n', depth), BranchOnCast(Opcode.BrOnCastFail, sort))), End);

    /// <summary>From anyref to the type, without null, to the innermost label.</summary>
    private static byte[] BranchOnCast(Opcode opcode, Sort to) =>
        [.. Bytes.Of(opcode), 1, 0, 0x6E, .. Bytes.Signed(to.Index)];

    /// <summary>A structure or array to look into, mostly not null.</summary>
    private Node Receiver(HeapShape type, int depth) => _choices.Chance(85)
        ? NonNull(new('C', type.Index), depth)
        : Expression(new('c', type.Index), depth);

    /// <summary>A value read from the heap, or told of a reference; null if there is none of that sort.</summary>
    private Node? FromHeap(Sort sort, int depth)
    {
        if (sort == 'i' && _choices.Chance(40)) return AboutReference(depth);
        var places = Places(sort).ToList();
        if (places.Count == 0) return null;
        var (type, field) = _choices.Pick(places);
        bool isPacked = type.Fields[field].Packed > 0, isSigned = _choices.Chance(50);
        if (type.IsArray)
        {
            var get = !isPacked ? Opcode.ArrayGet : isSigned ? Opcode.ArrayGetS : Opcode.ArrayGetU;
            return Node.Of(sort, Receiver(type, depth), Element(depth), Bytes.Of(get, type.Index));
        }
        var read = !isPacked ? Opcode.StructGet : isSigned ? Opcode.StructGetS : Opcode.StructGetU;
        return Node.Of(sort, Receiver(type, depth), Bytes.Of(read, type.Index), Bytes.Unsigned(field));
    }

    private Node Element(int depth) => _choices.Chance(80) ? Number('i', _choices.Next(2)) : Masked('i', depth, 7);

    private IEnumerable<(HeapShape Type, int Field)> Places(Sort sort) =>
        from type in _module.Heap
        from field in Enumerable.Range(0, type.Fields.Length)
        where type.Fields[field].Sort == sort
        select (type, field);

    private Node AboutReference(int depth)
    {
        var arrays = _module.Heap.FindAll(type => type.IsArray);
        return _choices.Next(5) switch
        {
            0 when arrays.Count > 0 => Node.Of('i', Receiver(_choices.Pick(arrays), depth), Bytes.Of(Opcode.ArrayLen)),
            1 => Node.Of('i', Expression('q', depth), Expression('q', depth), Bytes.Of(Opcode.RefEq)),
            2 => Node.Of('i', Expression('j', depth), Bytes.Of(_choices.Chance(50) ? Opcode.I31GetS : Opcode.I31GetU)),
            _ =>
                Node.Of('i', Expression('n', depth),
                    Cast(_choices.Chance(50) ? Opcode.RefTest : Opcode.RefTestNull, _choices.Pick(_module.Heap))),
        };
    }

    /// <summary>A statement that changes the heap.</summary>
    private Node SetHeap(int depth)
    {
        var types = _module.Heap.FindAll(type => type.Fields.Length > 0);
        if (types.Count == 0) return SetLocal(depth);
        var type = _choices.Pick(types);
        if (type.IsArray) return SetArray(type, depth);
        int field = _choices.Next(type.Fields.Length);
        return Node.Statement(Receiver(type, depth), Expression(type.Fields[field].Sort, depth),
            Bytes.Of(Opcode.StructSet, type.Index), Bytes.Unsigned(field));
    }

    private Node SetArray(HeapShape type, int depth)
    {
        var element = type.Fields[0].Sort;
        return _choices.Next(5) switch
        {
            0 =>
                Node.Statement(Receiver(type, depth), Element(depth), Expression(element, depth), Masked('i', depth, 3),
                    Bytes.Of(Opcode.ArrayFill, type.Index)),
            1 =>
                Node.Statement(Receiver(type, depth), Element(depth), Receiver(type, depth), Element(depth),
                    Masked('i', depth, 3),
                Bytes.Of(Opcode.ArrayCopy, type.Index), Bytes.Unsigned(type.Index)),
            2 when !element.IsReference =>
                Node.Statement(Receiver(type, depth), Element(depth), Masked('i', depth, 3), Masked('i', depth, 1),
                Bytes.Of(Opcode.ArrayInitData, type.Index), Bytes.Unsigned(_choices.Next(_module.Data.Count + 1))),
            _ =>
                Node.Statement(Receiver(type, depth), Element(depth), Expression(element, depth),
                    Bytes.Of(Opcode.ArraySet, type.Index)),
        };
    }
}
