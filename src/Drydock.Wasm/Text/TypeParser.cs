using System.Collections.Frozen;
using System.Text;

namespace Drydock.Wasm.Text;

/// <summary>Value, reference and defined types (spec: 6.4).</summary>
internal sealed class TypeParser(TextCursor cursor, ModuleScope scope, WasmFeatures features)
{
    private const int MaximumTypeIndex = (1 << 23) - 1;

    private static readonly FrozenDictionary<string, HeapType> HeapTypes = new[]
    {
        HeapType.Func, HeapType.Extern, HeapType.Any, HeapType.Eq, HeapType.I31, HeapType.Struct, HeapType.Array,
        HeapType.Exn, HeapType.NoExn, HeapType.NoFunc, HeapType.NoExtern, HeapType.None,
    }.ToFrozenDictionary(heap => heap.ToString());

    private static readonly FrozenDictionary<string, ValueType> Shorthands = HeapTypes.Values
        .Select(heap => ValueType.Reference(heap, nullable: true))
        .Concat([ValueType.I32, ValueType.I64, ValueType.F32, ValueType.F64, ValueType.V128])
        .ToFrozenDictionary(type => type.ToString());

    public ValueType Value()
    {
        if (cursor.Kind == TokenKind.LeftParenthesis) return LongReference();
        if (cursor.Kind != TokenKind.Keyword) throw cursor.Unexpected();
        if (!Shorthands.TryGetValue(Encoding.UTF8.GetString(cursor.Text), out var type)) throw cursor.Unexpected();
        cursor.Position++;
        return type;
    }

    /// <summary>A reference type, in its long form or its shorthand.</summary>
    public ValueType Reference()
    {
        var start = cursor.Position;
        var type = Value();
        return type.IsReference
            ? type
            : throw cursor.Tokens.Error(start, $"unexpected token {type}, a reference type is wanted");
    }

    public HeapType Heap() => TryAbstractHeap(cursor) is { } heap ? heap : new HeapType(TypeIndex());

    /// <summary>Reads the keyword of an abstract heap type; null where something else is.</summary>
    public static HeapType? TryAbstractHeap(TextCursor cursor)
    {
        if (cursor.Kind != TokenKind.Keyword) return null;
        if (!HeapTypes.TryGetValue(Encoding.UTF8.GetString(cursor.Text), out var heap)) throw cursor.Unexpected();
        cursor.Position++;
        return heap;
    }

    public bool AtReference =>
        cursor.AtForm("ref"u8) || (cursor.Kind == TokenKind.Keyword && cursor.Text.EndsWith("ref"u8));

    private ValueType LongReference()
    {
        cursor.Form("ref"u8);
        var isNullable = cursor.TryKeyword("null"u8);
        var type = ValueType.Reference(Heap(), isNullable);
        cursor.Close();
        return type;
    }

    private int TypeIndex()
    {
        var index = scope.TypeNames.Resolve(cursor);
        return index <= MaximumTypeIndex ? (int)index : throw cursor.ErrorBefore($"unknown type {index}");
    }

    /// <summary>
    /// Parameters, then results. Where names may be given they are defined in <paramref name="locals"/>; elsewhere it
    /// is null and a name is an error.
    /// </summary>
    public FunctionType Signature(IndexSpace? locals)
    {
        var parameters = new List<ValueType>();
        var results = new List<ValueType>();
        while (cursor.TryForm("param"u8)) Parameters(parameters, locals);
        while (cursor.TryForm("result"u8)) ValueList(results);
        if (cursor.AtForm("param"u8)) throw cursor.Error("unexpected token, parameters come before results");
        return new FunctionType([.. parameters], [.. results]);
    }

    private void Parameters(List<ValueType> types, IndexSpace? locals)
    {
        if (cursor.Kind == TokenKind.Identifier && locals is not null)
        {
            locals.Define(cursor);
            types.Add(Value());
            cursor.Close();
            return;
        }

        var before = types.Count;
        ValueList(types);
        locals?.DefineAnonymous((uint)(types.Count - before));
    }

    /// <summary>Value types up to and with the closing parenthesis.</summary>
    public void ValueList(List<ValueType> types)
    {
        while (!cursor.AtClose) types.Add(Value());
        cursor.Close();
    }

    /// <summary>A type use (spec: 6.4.10): an index, a signature, or both; gives the type's index.</summary>
    public uint Use(IndexSpace? locals)
    {
        if (!cursor.TryForm("type"u8)) return scope.Types.IndexOf(Signature(locals));
        var index = scope.TypeNames.Resolve(cursor);
        cursor.Close();
        var start = cursor.Position;
        var written = Signature(locals);
        var defined = scope.Types[index].Function;
        if (written.Parameters.Length + written.Results.Length == 0)
            locals?.DefineAnonymous((uint)(defined?.Parameters.Length ?? 0));
        else if (defined is null && index >= scope.TypeNames.Count)
            throw cursor.Tokens.Error(start, $"unknown type {index}");
        else if (!written.Equals(defined))
            throw cursor.Tokens.Error(start, $"inline function type differs from type {index}");
        return index;
    }

    /// <summary>A block type: nothing or one result as themselves, everything else as a type index.</summary>
    public void BlockType(ModuleEmitter code)
    {
        if (cursor.AtForm("type"u8))
        {
            code.Signed(Use(null));
            return;
        }

        var type = Signature(null);
        if (type.Parameters.Length > 0 || type.Results.Length > 1) code.Signed(scope.Types.IndexOf(type));
        else if (type.Results.Length == 1) code.Type(type.Results[0]);
        else code.Byte(0x40);
    }

    /// <summary>A <c>type</c> field or a recursive group, with its parentheses.</summary>
    public void Definition(SectionEmitter section)
    {
        if (cursor.TryForm("rec"u8)) RecursiveGroup(section.Add());
        else TypeField(section.Add(), isInGroup: false);
    }

    private void RecursiveGroup(ModuleEmitter types)
    {
        var count = 0UL;
        var group = new ModuleEmitter();
        for (; !cursor.AtClose; count++) TypeField(group, isInGroup: true);
        cursor.Close();
        types.Byte(0x4E);
        types.Unsigned(count);
        types.Bytes(group.Written);
    }

    private void TypeField(ModuleEmitter types, bool isInGroup)
    {
        cursor.Form("type"u8);
        cursor.TryIdentifier();
        var isSub = cursor.TryForm("sub"u8);
        if (isSub) SubTypeHead(types);
        var entry = Composite(types);
        if (isSub) cursor.Close();
        cursor.Close();
        var index = scope.Types.Add(entry, isPlain: !isSub && !isInGroup);
        if (entry.Fields is { } fields) scope.FieldNames.Add(index, fields.Names());
    }

    private void SubTypeHead(ModuleEmitter types)
    {
        types.Byte(cursor.TryKeyword("final"u8) ? 0x4F : 0x50);
        var supers = new List<uint>();
        while (cursor.AtIndex) supers.Add(scope.TypeNames.Resolve(cursor));
        types.Unsigned((ulong)supers.Count);
        foreach (var index in supers) types.Unsigned(index);
    }

    private TypeEntry Composite(ModuleEmitter types)
    {
        if (cursor.TryForm("func"u8)) return Function(types);
        if (cursor.TryForm("struct"u8)) return Structure(types);
        cursor.Form("array"u8);
        types.Byte(0x5E);
        Field(types);
        cursor.Close();
        return default;
    }

    private TypeEntry Function(ModuleEmitter types)
    {
        var type = Signature(new IndexSpace("param"));
        cursor.Close();
        EmitFunction(types, type);
        return new TypeEntry(type, null);
    }

    public static void EmitFunction(ModuleEmitter types, FunctionType type)
    {
        types.Byte(0x60);
        types.Types(type.Parameters);
        types.Types(type.Results);
    }

    private TypeEntry Structure(ModuleEmitter types)
    {
        var names = new IndexSpace("field");
        var fields = new ModuleEmitter();
        while (cursor.TryForm("field"u8)) Fields(fields, names);
        cursor.Close();
        types.Byte(0x5F);
        types.Unsigned(names.Count);
        types.Bytes(fields.Written);
        return new TypeEntry(null, names);
    }

    private void Fields(ModuleEmitter fields, IndexSpace names)
    {
        var isNamed = cursor.Kind == TokenKind.Identifier;
        if (isNamed)
        {
            names.Define(cursor);
            Field(fields);
        }

        for (; !isNamed && !cursor.AtClose; names.DefineAnonymous()) Field(fields);
        cursor.Close();
    }

    private void Field(ModuleEmitter fields)
    {
        var isMutable = cursor.TryForm("mut"u8);
        if (cursor.TryKeyword("i8"u8)) fields.Byte(0x78);
        else if (cursor.TryKeyword("i16"u8)) fields.Byte(0x77);
        else fields.Type(Value());
        if (isMutable) cursor.Close();
        fields.Byte(isMutable ? 1 : 0);
    }

    public GlobalType Global()
    {
        var isMutable = cursor.TryForm("mut"u8);
        var type = new GlobalType(Value(), isMutable);
        if (isMutable) cursor.Close();
        return type;
    }

    /// <summary>Whether addresses are 64 bits wide; the keyword is optional.</summary>
    public bool Is64Bit()
    {
        if (cursor.TryKeyword("i64"u8)) return true;
        cursor.TryKeyword("i32"u8);
        return false;
    }

    public Limits Limits(bool is64Bit)
    {
        var minimum = Limit();
        ulong? maximum = cursor.Kind == TokenKind.Number ? Limit() : null;
        return new Limits(minimum, maximum, is64Bit);
    }

    /// <summary>Before there were 64-bit addresses a limit had 32 bits.</summary>
    private ulong Limit() => (features & WasmFeatures.Memory64) != 0 ? cursor.U64() : cursor.U32();

    public TableType Table()
    {
        var limits = Limits(Is64Bit());
        return new TableType(Reference(), limits);
    }

    public MemoryType Memory()
    {
        var limits = Limits(Is64Bit());
        var isShared = cursor.TryKeyword("shared"u8);
        return new MemoryType(limits, isShared, PageSize());
    }

    /// <summary>The custom page size as a power of two; 16 where none is given.</summary>
    public int PageSize()
    {
        if (!cursor.TryForm("pagesize"u8)) return 16;
        var size = cursor.U64();
        if (!ulong.IsPow2(size)) throw cursor.ErrorBefore("invalid custom page size");
        cursor.Close();
        return System.Numerics.BitOperations.Log2(size);
    }
}
