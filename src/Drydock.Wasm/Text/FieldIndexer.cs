namespace Drydock.Wasm.Text;

/// <summary>Gives every field of a module its index, before any of them is read.</summary>
internal sealed class FieldIndexer(TextCursor cursor, ModuleScope scope)
{
    private string? _firstDefinition;

    /// <summary>
    /// Walks the fields up to the token <paramref name="end"/> and returns the cursor to where it was.
    /// </summary>
    public void Run(int end)
    {
        var start = cursor.Position;
        while (cursor.Position < end)
        {
            if (cursor.Kind != TokenKind.LeftParenthesis) throw cursor.Unexpected();
            var match = cursor.Match;
            cursor.Position++;
            Field(match);
            cursor.Position = match + 1;
        }

        cursor.Position = start;
    }

    private void Field(int match)
    {
        var kind = cursor.Keyword();
        switch (kind)
        {
            case "type": scope.TypeNames.Define(cursor); break;
            case "rec": RecursiveGroup(); break;
            case "import": Import(); break;
            case "elem": scope.Elements.Define(cursor); break;
            case "data": scope.Data.Define(cursor); break;
            case "func" or "table" or "memory" or "global" or "tag": Definition(kind, match); break;
            default: break;
        }
    }

    private void RecursiveGroup()
    {
        while (!cursor.AtClose)
        {
            var match = cursor.Match;
            cursor.Form("type"u8);
            scope.TypeNames.Define(cursor);
            cursor.Position = match + 1;
        }
    }

    private void Import()
    {
        if (_firstDefinition is not null) throw cursor.ErrorBefore($"import after {_firstDefinition}");
        cursor.Name();
        cursor.Name();
        cursor.Open();
        var start = cursor.Position;
        var space = SpaceOf(cursor.Keyword())
            ?? throw cursor.Tokens.Error(start, "unexpected token, an external type is wanted");
        space.Define(cursor);
    }

    private void Definition(string kind, int match)
    {
        SpaceOf(kind)!.Define(cursor);
        while (cursor.AtForm("export"u8)) cursor.SkipForm();
        var isImport = cursor.AtForm("import"u8);
        if (isImport && _firstDefinition is not null) throw cursor.Error($"import after {_firstDefinition}");
        if (isImport) return;
        _firstDefinition ??= kind == "func" ? "function" : kind;
        if (kind == "table" && HasForm("elem"u8, match)) scope.Elements.DefineAnonymous();
        if (kind == "memory" && HasForm("data"u8, match)) scope.Data.DefineAnonymous();
    }

    private bool HasForm(ReadOnlySpan<byte> keyword, int match)
    {
        while (cursor.Position < match)
        {
            if (cursor.AtForm(keyword)) return true;
            cursor.Position = cursor.Kind == TokenKind.LeftParenthesis ? cursor.Match + 1 : cursor.Position + 1;
        }

        return false;
    }

    private IndexSpace? SpaceOf(string kind) => kind switch
    {
        "func" => scope.Functions,
        "table" => scope.Tables,
        "memory" => scope.Memories,
        "global" => scope.Globals,
        "tag" => scope.Tags,
        _ => null,
    };
}
