using static Drydock.Compiler.Llvm.LlvmNative;

namespace Drydock.Compiler.Llvm;

/// <summary>The kinds of state that cannot overlap each other.</summary>
internal enum AliasClass
{
    /// <summary>What never changes while an instance lives: addresses in its context, signatures.</summary>
    Constant,
    /// <summary>Linear memories.</summary>
    Memory,
    /// <summary>Sizes of memories.</summary>
    MemorySize,
    /// <summary>Globals.</summary>
    Global,
    /// <summary>Tables and their sizes.</summary>
    Table,
    /// <summary>The store's own words: stack limit, epoch.</summary>
    Store,
    /// <summary>Objects of the store's heap.</summary>
    Heap,
    /// <summary>Buffers of results, on the stack.</summary>
    Results,
}

/// <summary>Tells LLVM, by type-based alias metadata, which accesses cannot meet.</summary>
internal sealed unsafe class AliasInformation
{
    private readonly nint[] _tags = new nint[(int)AliasClass.Results + 1];
    private readonly uint _tbaa, _invariant, _scope, _noAlias;
    private readonly nint _context, _empty;
    private int _domains;

    public AliasInformation(nint context, nint i64)
    {
        _tbaa = GetMetadataKind(context, "tbaa", 4);
        _invariant = GetMetadataKind(context, "invariant.load", 14);
        _scope = GetMetadataKind(context, "alias.scope", 11);
        _noAlias = GetMetadataKind(context, "noalias", 7);
        _context = context;
        _empty = MetadataAsValue(context, MetadataNode(context, null, 0));
        nint root = MetadataString(context, "drydock", 7);
        nint rootNode = MetadataNode(context, &root, 1);
        nint zero = ValueAsMetadata(ConstInt(i64, 0, 0));
        for (int i = 0; i < _tags.Length; i++) _tags[i] = Tag(context, ((AliasClass)i).ToString(), rootNode, zero);
    }

    public void Mark(nint access, AliasClass what)
    {
        SetMetadata(access, _tbaa, _tags[(int)what]);
        if (what == AliasClass.Constant) SetMetadata(access, _invariant, _empty);
    }

    /// <summary>Makes scopes for so many streams of accesses that were found not to meet.</summary>
    public nint[] NewScopes(int count)
    {
        nint domain = Text($"loop {_domains++}");
        nint domainNode = MetadataNode(_context, &domain, 1);
        var scopes = new nint[count];
        nint* parts = stackalloc nint[] { 0, domainNode };
        for (int i = 0; i < count; i++)
        {
            parts[0] = Text($"stream {i}");
            scopes[i] = MetadataNode(_context, parts, 2);
        }
        return scopes;
    }

    /// <summary>Puts an access into one of the scopes, and out of all others.</summary>
    public void MarkScope(nint access, nint[] scopes, int own)
    {
        nint mine = scopes[own];
        SetMetadata(access, _scope, MetadataAsValue(_context, MetadataNode(_context, &mine, 1)));
        if (scopes.Length == 1) return;
        var others = new List<nint>(scopes);
        others.RemoveAt(own);
        fixed (nint* items = others.ToArray())
            SetMetadata(access, _noAlias,
                MetadataAsValue(_context, MetadataNode(_context, items, (nuint)others.Count)));
    }

    private nint Text(string text) => MetadataString(_context, text, (nuint)text.Length);

    private static nint Tag(nint context, string name, nint root, nint zero)
    {
        nint* type = stackalloc nint[] { MetadataString(context, name, (nuint)name.Length), root, zero };
        nint node = MetadataNode(context, type, 3);
        nint* access = stackalloc nint[] { node, node, zero };
        return MetadataAsValue(context, MetadataNode(context, access, 3));
    }
}
