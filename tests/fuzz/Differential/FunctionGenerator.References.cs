using Drydock.Wasm;

namespace Drydock.Fuzz.Differential;

internal sealed partial class FunctionGenerator
{
    private Node Reference(Sort sort, int depth)
    {
        if (sort.Code == 'C') return NonNull(sort, depth);
        if (HeapReference(sort, depth) is { } reference) return reference;
        int table = _module.Tables.FindLastIndex(shape => shape.Element == sort);
        if (table >= 0 && _choices.Chance(50))
            return Node.Of(sort, Slot(_module.Tables[table], depth), Bytes.Of(Opcode.TableGet, table));
        return sort.Code == 'c' && depth > 0 && _choices.Chance(20)
            ? Of(sort, NonNull(new('C', sort.Index), depth))
            : Leaf(sort);
    }

    /// <summary>A reference to a function to be called.</summary>
    private Node Callee(int function, int depth)
    {
        var reference = new Sort('c', _module.Types.Of(_module.Functions[function]));
        return _module.Sorts.Contains(reference) && _choices.Chance(60)
            ? _choices.Chance(50) ? Expression(reference, depth) : NonNull(new('C', reference.Index), depth)
            : Node.Of('r', Bytes.Of(Opcode.RefFunc, function));
    }

    private Node NonNull(Sort sort, int depth)
    {
        var nullable = new Sort('c', sort.Index);
        return depth <= 0 ? Known(sort) : _choices.Next(10) switch
        {
            < 2 when _module.Heap.Find(type => type.Index == sort.Index) is { } type => New(sort, type, depth - 1),
            < 3 => Node.Of(sort, Expression(nullable, depth - 1), Bytes.Of(Opcode.RefAsNonNull)),
            < 6 => Node.Of(sort, Open(Opcode.Block, [], [sort]), Within([sort], () =>
                Node.Of(sort, Expression(nullable, depth - 1), Bytes.Of(Opcode.BrOnNonNull, 0), Known(sort))), End),
            _ => Known(sort),
        };
    }

    /// <summary>A reference that is not null, made on the spot.</summary>
    private Node Known(Sort sort) => _module.Heap.Find(type => type.Index == sort.Index) is { } type
        ? NewDefault(sort, type)
        : Node.Of(sort, Bytes.Of(Opcode.RefFunc, _module.FunctionOf(sort)));

    /// <summary>Leaves a label if a reference is null.</summary>
    private Node LeaveIfNull(int depth)
    {
        var references = _module.Sorts.Where(sort => sort.Code == 'c').ToList();
        if (references.Count == 0) return SetLocal(depth);
        int label = PickLabel();
        var values = _labels[^(label + 1)];
        var reference = _choices.Pick(references);
        return Drop(new Node([.. values, new('C', reference.Index)],
            [Row(values, depth), Expression(reference, depth), Bytes.Of(Opcode.BrOnNull, label)]));
    }
}
