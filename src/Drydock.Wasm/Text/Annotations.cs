using Drydock.Wasm.Binary;

namespace Drydock.Wasm.Text;

/// <summary>The annotations that mean something; all others are white space (spec: 6.3.7, appendix A.5).</summary>
internal enum AnnotationKind : byte
{
    /// <summary><c>(@custom "name" placement? "bytes"…)</c>: a custom section.</summary>
    Custom,
    /// <summary><c>(@name "name")</c>: the name of what is being defined.</summary>
    Name,
    /// <summary><c>(@metadata.code.branch_hint "\00")</c>: whether the branch behind it is likely.</summary>
    BranchHint,
}

/// <summary>An annotation.</summary>
/// <param name="Kind">Kind.</param>
/// <param name="Token">The token that follows it.</param>
/// <param name="Start">Offset of its parenthesis.</param>
/// <param name="Content">What stands between its name and its closing parenthesis.</param>
internal sealed record Annotation(AnnotationKind Kind, int Token, int Start, ByteRange Content)
{
    /// <summary>Whether the module being assembled has taken it.</summary>
    public bool IsTaken { get; set; }
}

/// <summary>The annotations of a source, in order.</summary>
internal sealed class AnnotationList
{
    private readonly List<Annotation> _all = [];

    public void Add(Annotation annotation) => _all.Add(annotation);

    /// <summary>Takes the annotations of a kind before a token.</summary>
    public IReadOnlyList<Annotation> Take(AnnotationKind kind, int token)
    {
        if (_all.Count == 0) return [];
        var taken = new List<Annotation>();
        for (var i = FirstFrom(token); i < _all.Count && _all[i].Token == token; i++)
        {
            if (_all[i].Kind != kind) continue;
            _all[i].IsTaken = true;
            taken.Add(_all[i]);
        }

        return taken;
    }

    /// <summary>Forgets what was taken between two tokens: a module may be assembled more than once.</summary>
    public void Reset(int first, int last)
    {
        for (var i = FirstFrom(first); i < _all.Count && _all[i].Token <= last; i++) _all[i].IsTaken = false;
    }

    /// <summary>The first annotation between two tokens that stands where it means nothing.</summary>
    public Annotation? FirstMisplaced(int first, int last)
    {
        for (var i = FirstFrom(first); i < _all.Count && _all[i].Token <= last; i++)
        {
            if (!_all[i].IsTaken) return _all[i];
        }

        return null;
    }

    private int FirstFrom(int token)
    {
        var (low, high) = (0, _all.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (_all[middle].Token < token) low = middle + 1;
            else high = middle;
        }

        return low;
    }
}

/// <summary>What stands inside annotations.</summary>
internal static class AnnotationParser
{
    /// <summary>The name in <c>(@name "…")</c>.</summary>
    public static string Name(TokenStream tokens, Annotation annotation)
    {
        var cursor = Open(tokens, annotation);
        if (cursor.Kind != TokenKind.String) throw cursor.Error("@name annotation: unexpected token, a name is wanted");
        var name = NameOf(cursor, "@name");
        return cursor.Kind == TokenKind.End ? name : throw cursor.Error("@name annotation: unexpected token");
    }

    /// <summary>The hint in <c>(@metadata.code.branch_hint "…")</c>: 0 for unlikely, 1 for likely.</summary>
    public static byte BranchHint(TokenStream tokens, Annotation annotation)
    {
        var cursor = Open(tokens, annotation);
        var bytes = cursor.Strings();
        return bytes is [0 or 1] && cursor.Kind == TokenKind.End
            ? bytes[0]
            : throw cursor.Error("@metadata.code.branch_hint annotation: a string of one byte, 0 or 1, is wanted");
    }

    /// <summary>The section in <c>(@custom "…" (after type) "…")</c>.</summary>
    public static CustomSectionText Custom(TokenStream tokens, Annotation annotation)
    {
        var cursor = Open(tokens, annotation);
        if (cursor.Kind != TokenKind.String) throw cursor.Error("@custom annotation: missing section name");
        var name = NameOf(cursor, "@custom");
        var place = cursor.Kind == TokenKind.LeftParenthesis ? Placement(cursor) : CustomSectionText.Last;
        var content = cursor.Strings();
        return cursor.Kind == TokenKind.End
            ? new CustomSectionText(place, name, content)
            : throw cursor.Error("@custom annotation: unexpected token");
    }

    private static TextCursor Open(TokenStream tokens, Annotation annotation) =>
        new(Lexer.Tokenize(tokens.Source, annotation.Content));

    private static string NameOf(TextCursor cursor, string annotation)
    {
        try
        {
            return cursor.Name();
        }
        catch (WasmTextException)
        {
            throw cursor.ErrorBefore($"{annotation} annotation: malformed UTF-8 encoding");
        }
    }

    private static int Placement(TextCursor cursor)
    {
        cursor.Open();
        var isAfter = cursor.TryKeyword("after"u8);
        if (!isAfter && !cursor.TryKeyword("before"u8)) throw cursor.Error("@custom annotation: malformed placement");
        if (cursor.Kind != TokenKind.Keyword) throw cursor.Error("@custom annotation: malformed section kind");
        var place = PlaceOf(cursor.Keyword()) ?? throw cursor.ErrorBefore("@custom annotation: malformed section kind");
        cursor.Close();
        return (2 * place) + (isAfter ? 1 : 0);
    }

    private static int? PlaceOf(string section) => section switch
    {
        "first" => 0,
        "last" => CustomSectionText.Last / 2,
        _ => SectionNames.FromText(section) is > 0 and var id ? SectionNames.Order.IndexOf((byte)id) : null,
    };
}

/// <summary>A custom section that an annotation asks for.</summary>
/// <param name="Place">Twice the place of a section among all, and one more behind it.</param>
/// <param name="Name">Its name.</param>
/// <param name="Content">Its bytes.</param>
internal sealed record CustomSectionText(int Place, string Name, byte[] Content)
{
    /// <summary>Behind everything.</summary>
    public const int Last = 1000;
}
