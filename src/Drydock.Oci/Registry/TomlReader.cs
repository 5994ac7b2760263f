using System.Text;

namespace Drydock.Oci.Registry;

/// <summary>
/// Reads as much of TOML 1.0 as <c>registries.conf</c> uses: tables, arrays of tables, and strings, booleans, numbers
/// and arrays of strings for values. A table is a dictionary, an array of tables a list of them.
/// </summary>
internal ref struct TomlReader(string text, string path)
{
    private int _at;
    private int _line = 1;

    /// <summary>A whole document.</summary>
    /// <exception cref="ImageException">With the line it stopped at.</exception>
    public static Dictionary<string, object> Read(string text, string path) =>
        new TomlReader(text, path).ReadDocument();

    private Dictionary<string, object> ReadDocument()
    {
        var root = new Dictionary<string, object>(StringComparer.Ordinal);
        var table = root;
        while (SkipToContent())
        {
            if (Accept("[["))
                table = AppendTable(root, ReadHeader("]]"));
            else if (Accept("["))
                table = EnterTable(root, ReadHeader("]"));
            else
                ReadPair(table);
            EndLine();
        }
        return root;
    }

    private string[] ReadHeader(string close)
    {
        var names = new List<string>();
        do
        {
            SkipBlanks();
            names.Add(ReadKey());
            SkipBlanks();
        }
        while (Accept("."));
        return Accept(close) ? [.. names] : throw Malformed();
    }

    private readonly Dictionary<string, object> AppendTable(Dictionary<string, object> root, string[] names)
    {
        var parent = EnterTable(root, names[..^1]);
        if (!parent.TryGetValue(names[^1], out var list))
            parent[names[^1]] = list = new List<Dictionary<string, object>>();
        if (list is not List<Dictionary<string, object>> tables)
            throw Malformed();
        tables.Add(new(StringComparer.Ordinal));
        return tables[^1];
    }

    private readonly Dictionary<string, object> EnterTable(Dictionary<string, object> table, string[] names)
    {
        foreach (var name in names)
        {
            if (!table.TryGetValue(name, out var value))
                table[name] = value = new Dictionary<string, object>(StringComparer.Ordinal);
            table = value switch
            {
                Dictionary<string, object> inner => inner,
                List<Dictionary<string, object>> { Count: > 0 } list => list[^1],
                _ => throw Malformed(),
            };
        }
        return table;
    }

    private void ReadPair(Dictionary<string, object> table)
    {
        var key = ReadKey();
        SkipBlanks();
        if (!Accept("="))
            throw Malformed();
        SkipBlanks();
        table[key] = ReadValue();
    }

    private string ReadKey()
    {
        if (Peek() is '"' or '\'')
            return ReadString();
        var start = _at;
        while (char.IsAsciiLetterOrDigit(Peek()) || Peek() is '_' or '-')
            _at++;
        return _at > start ? text[start.._at] : throw Malformed();
    }

    private object ReadValue()
    {
        if (Peek() is '"' or '\'')
            return ReadString();
        if (Accept("["))
            return ReadArray();
        var start = _at;
        while (char.IsAsciiLetterOrDigit(Peek()) || Peek() is '+' or '-' or '.' or ':' or '_')
            _at++;
        return text[start.._at] switch
        {
            "true" => true,
            "false" => false,
            "" => throw Malformed(),
            var word => word,
        };
    }

    private List<object> ReadArray()
    {
        var items = new List<object>();
        while (SkipToContent() && !Accept("]"))
        {
            items.Add(ReadValue());
            SkipToContent();
            if (!Accept(",") && Peek() != ']')
                throw Malformed();
        }
        return items;
    }

    private string ReadString()
    {
        var quote = text[_at++];
        var value = new StringBuilder();
        for (; Peek() is not ('\0' or '\n') && Peek() != quote; _at++)
            value.Append(quote == '"' && Peek() == '\\' ? Unescape(text, ref _at) : text[_at]);
        return Accept(quote.ToString()) ? value.ToString() : throw Malformed();
    }

    private static char Unescape(string text, ref int at) => ++at < text.Length ? text[at] switch
    {
        'n' => '\n',
        't' => '\t',
        var other => other,
    } : '\\';

    private bool SkipToContent()
    {
        for (; _at < text.Length; _at++)
        {
            if (text[_at] == '#')
                _at = text.IndexOf('\n', _at) is >= 0 and var end ? end : text.Length;
            if (_at == text.Length || !char.IsWhiteSpace(text[_at]))
                break;
            if (text[_at] == '\n')
                _line++;
        }
        return _at < text.Length;
    }

    private void SkipBlanks()
    {
        while (Peek() is ' ' or '\t')
            _at++;
    }

    private void EndLine()
    {
        SkipBlanks();
        if (Peek() is not ('\0' or '\n' or '\r' or '#'))
            throw Malformed();
    }

    private readonly char Peek() => _at < text.Length ? text[_at] : '\0';

    private bool Accept(string token)
    {
        var isThere = text.AsSpan(_at).StartsWith(token, StringComparison.Ordinal);
        _at += isThere ? token.Length : 0;
        return isThere;
    }

    private readonly ImageException Malformed() =>
        new(ImageError.Registry, $"cannot read {path}: line {_line} is not understood");
}
