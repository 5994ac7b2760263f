namespace Drydock.Wasm.Text;

/// <summary>
/// The fields of a module (spec: 6.6). A first walk gives every field its index, so that names may be used before they
/// are defined; a second one reads the types; a third reads and writes everything else in order.
/// </summary>
internal sealed class ModuleParser
{
    private readonly TextCursor _cursor;
    private readonly int _start;
    private readonly int _end;
    private readonly ModuleScope _scope = new();
    private readonly ModuleSections _sections = new();
    private readonly TypeParser _types;
    private readonly SegmentParser _segments;
    private readonly DefinitionParser _definitions;

    /// <summary>Prepares to read the fields between the cursor and the token <paramref name="end"/>.</summary>
    public ModuleParser(TextCursor cursor, int end, WasmFeatures features)
    {
        (_cursor, _start, _end) = (cursor, cursor.Position, end);
        _types = new TypeParser(cursor, _scope, features);
        _segments = new SegmentParser(cursor, _types, _scope, _sections);
        _definitions = new DefinitionParser(cursor, _types, _scope, _sections, _segments);
    }

    public byte[] Assemble(string? name, TextNames names = TextNames.Functions)
    {
        _cursor.Tokens.Annotations.Reset(_start, _end);
        name = _cursor.TakeName("module") ?? name;
        new FieldIndexer(_cursor, _scope).Run(_end);
        ForEachField(TypeField);
        ForEachField(Field);
        _scope.Types.EmitAppended(_sections.Types);
        CustomSections();
        if (_cursor.Tokens.Annotations.FirstMisplaced(_start, _end) is { } misplaced) throw Misplaced(misplaced);
        return _sections.Assemble(NameSectionEmitter.Build(name, _scope, names));
    }

    /// <summary>The annotations between fields that ask for custom sections.</summary>
    private void CustomSections()
    {
        for (_cursor.Position = _start; ; _cursor.SkipForm())
        {
            foreach (var annotation in _cursor.Tokens.Annotations.Take(AnnotationKind.Custom, _cursor.Position))
                _sections.Customs.Add(AnnotationParser.Custom(_cursor.Tokens, annotation));
            if (_cursor.Position >= _end) return;
        }
    }

    private WasmTextException Misplaced(Annotation annotation) =>
        _cursor.Tokens.ErrorAt(annotation.Start, annotation.Kind switch
        {
            AnnotationKind.BranchHint => "@metadata.code.branch_hint annotation: not in a function",
            AnnotationKind.Name => "misplaced @name annotation",
            _ => "misplaced @custom annotation",
        });

    private void ForEachField(Action field)
    {
        var start = _cursor.Position;
        while (_cursor.Position < _end) field();
        _cursor.Position = start;
    }

    private void TypeField()
    {
        if (_cursor.AtForm("type"u8) || _cursor.AtForm("rec"u8)) _types.Definition(_sections.Types);
        else _cursor.SkipForm();
    }

    private void Field()
    {
        if (_cursor.AtForm("type"u8) || _cursor.AtForm("rec"u8))
        {
            _cursor.SkipForm();
            return;
        }

        var end = _cursor.Match;
        _cursor.Open();
        Dispatch(end);
        _cursor.Close();
    }

    private void Dispatch(int end)
    {
        var start = _cursor.Position;
        switch (_cursor.Keyword())
        {
            case "import": _definitions.Import(); break;
            case "func": _definitions.Function(end); break;
            case "table": _definitions.Table(end); break;
            case "memory": _definitions.Memory(); break;
            case "global": _definitions.Global(end); break;
            case "tag": _definitions.Tag(); break;
            case "export": _definitions.Export(); break;
            case "start": Start(); break;
            case "elem": _segments.Element(end); break;
            case "data": _segments.Data(); break;
            default: throw _cursor.Tokens.Error(start, "unexpected token, a module field is wanted");
        }
    }

    private void Start()
    {
        if (_sections.Start is not null) throw _cursor.ErrorBefore("multiple start sections");
        _sections.Start = _scope.Functions.Resolve(_cursor);
    }
}
