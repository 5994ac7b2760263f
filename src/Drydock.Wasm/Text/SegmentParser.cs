namespace Drydock.Wasm.Text;

/// <summary>Element and data segments, as fields or inside a table or memory (spec: 6.6.5, 6.6.10, 6.6.11).</summary>
internal sealed class SegmentParser(TextCursor cursor, TypeParser types, ModuleScope scope, ModuleSections sections)
{
    /// <summary>The elements of a segment: function indices, or expressions of a type.</summary>
    private readonly record struct ElementList(ValueType Type, bool IsFunctions, uint Count, byte[] Content);

    /// <summary>An <c>elem</c> field after its keyword.</summary>
    public void Element(int end)
    {
        cursor.TryIdentifier();
        if (cursor.TryKeyword("declare"u8))
        {
            Emit(isActive: false, isDeclarative: true, 0, [], Elements(end));
            return;
        }

        var hasTable = cursor.AtForm("table"u8);
        var table = hasTable ? Use("table"u8, scope.Tables) : BareIndex(scope.Tables);
        if (!hasTable && cursor.Kind != TokenKind.LeftParenthesis || (!hasTable && types.AtReference))
        {
            Emit(isActive: false, isDeclarative: false, 0, [], Elements(end));
            return;
        }

        var offset = Offset();
        // Without any keyword, as in the first version of the format, the elements are function indices.
        var list = !hasTable && (cursor.AtIndex || cursor.AtClose) ? Functions(end) : Elements(end);
        Emit(isActive: true, isDeclarative: false, table, offset, list);
    }

    private uint Use(ReadOnlySpan<byte> keyword, IndexSpace space)
    {
        cursor.Form(keyword);
        var index = space.Resolve(cursor);
        cursor.Close();
        return index;
    }

    /// <summary>
    /// In the first version of the format a number alone names the table or memory of an active segment.
    /// </summary>
    private uint BareIndex(IndexSpace space)
    {
        if (!cursor.AtIndex) return 0;
        var index = space.Resolve(cursor);
        return cursor.Kind == TokenKind.LeftParenthesis ? index : throw cursor.Unexpected();
    }

    private byte[] Offset()
    {
        if (!cursor.AtForm("offset"u8)) return Expression(cursor.Match + 1);
        var end = cursor.Match;
        cursor.Position += 2;
        var offset = Expression(end);
        cursor.Close();
        return offset;
    }

    private byte[] Expression(int end)
    {
        var code = new ModuleEmitter();
        if (cursor.Position > end) throw cursor.Unexpected();
        new InstructionParser(cursor, types, scope, new IndexSpace("local"), code).Parse(end);
        code.Instruction(Opcode.End);
        return code.ToArray();
    }

    private ElementList Elements(int end)
    {
        if (cursor.TryKeyword("func"u8)) return Functions(end);
        return Expressions(types.Reference(), end);
    }

    private ElementList Functions(int end)
    {
        var content = new ModuleEmitter();
        var count = 0U;
        for (; cursor.Position < end; count++) content.Unsigned(scope.Functions.Resolve(cursor));
        return new ElementList(ValueType.FuncRef, true, count, content.ToArray());
    }

    private ElementList Expressions(ValueType type, int end)
    {
        var content = new ModuleEmitter();
        var count = 0U;
        for (; cursor.Position < end; count++) content.Bytes(Item());
        return new ElementList(type, false, count, content.ToArray());
    }

    private byte[] Item()
    {
        if (cursor.Kind != TokenKind.LeftParenthesis) throw cursor.Unexpected();
        if (!cursor.AtForm("item"u8)) return Expression(cursor.Match + 1);
        var end = cursor.Match;
        cursor.Position += 2;
        var item = Expression(end);
        cursor.Close();
        return item;
    }

    /// <summary>Writes a segment; its flags tell which parts follow (spec: 5.5.12).</summary>
    private void Emit(bool isActive, bool isDeclarative, uint table, byte[] offset, ElementList list)
    {
        var hasKind = !isActive || table != 0 || (!list.IsFunctions && list.Type != ValueType.FuncRef);
        var elements = sections.Elements.Add();
        elements.Byte((isActive
            ? 0
            : 1) | (isDeclarative || (isActive && hasKind) ? 2 : 0) | (list.IsFunctions ? 0 : 4));
        if (isActive && hasKind) elements.Unsigned(table);
        elements.Bytes(offset);
        if (hasKind && list.IsFunctions) elements.Byte(0);
        else if (hasKind) elements.Type(list.Type);
        elements.Unsigned(list.Count);
        elements.Bytes(list.Content);
    }

    /// <summary>
    /// The elements inside a table, up to and with the closing parenthesis of <c>elem</c>'s content; their number.
    /// </summary>
    public uint InlineElements(uint table, bool is64Bit, ValueType type)
    {
        var end = cursor.Position;
        while (cursor.Tokens[end].Kind != TokenKind.RightParenthesis)
            end = cursor.Tokens[end].Kind == TokenKind.LeftParenthesis ? cursor.Tokens[end].Match + 1 : end + 1;
        var list = cursor.AtIndex ? FunctionsAs(type, end) : Expressions(type, end);
        Emit(isActive: true, isDeclarative: false, table, ZeroOffset(is64Bit), list);
        return list.Count;
    }

    /// <summary>
    /// Function indices for a table of <paramref name="type"/>: as expressions where it is not <c>funcref</c>.
    /// </summary>
    private ElementList FunctionsAs(ValueType type, int end)
    {
        if (type == ValueType.FuncRef) return Functions(end);
        var content = new ModuleEmitter();
        var count = 0U;
        for (; cursor.Position < end; count++)
        {
            content.Instruction(Opcode.RefFunc);
            content.Unsigned(scope.Functions.Resolve(cursor));
            content.Instruction(Opcode.End);
        }

        return new ElementList(type, false, count, content.ToArray());
    }

    private static byte[] ZeroOffset(bool is64Bit) =>
        [(byte)(is64Bit ? Opcode.I64Const : Opcode.I32Const), 0, (byte)Opcode.End];

    /// <summary>A <c>data</c> field after its keyword.</summary>
    public void Data()
    {
        cursor.TryIdentifier();
        var hasMemory = cursor.AtForm("memory"u8);
        var memory = hasMemory ? Use("memory"u8, scope.Memories) : BareIndex(scope.Memories);
        var isActive = hasMemory || cursor.Kind == TokenKind.LeftParenthesis;
        var offset = isActive ? Offset() : [];
        Emit(isActive, memory, offset, cursor.Strings());
    }

    /// <summary>The data inside a memory; its length in bytes.</summary>
    public int InlineData(uint memory, bool is64Bit)
    {
        var content = cursor.Strings();
        Emit(isActive: true, memory, ZeroOffset(is64Bit), content);
        return content.Length;
    }

    private void Emit(bool isActive, uint memory, byte[] offset, byte[] content)
    {
        var data = sections.Data.Add();
        data.Byte(!isActive ? 1 : memory == 0 ? 0 : 2);
        if (memory != 0) data.Unsigned(memory);
        data.Bytes(offset);
        data.Vector(content);
    }
}
