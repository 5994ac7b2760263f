using System.Text;
using System.Text.Json;

namespace Drydock.Cli;

/// <summary>
/// The part of Go's templates that people type after <c>--format</c>: fields, <c>json</c>, <c>index</c>, <c>len</c>,
/// <c>join</c>, <c>upper</c>, <c>lower</c>, <c>println</c>, <c>range</c>, <c>if</c>, <c>else</c>, <c>with</c> and the
/// escapes <c>\t</c> and <c>\n</c> outside of them. Anything else is refused by name.
/// </summary>
internal sealed class GoTemplate
{
    private const int MaxDepth = 32;

    private readonly List<Node> _nodes;

    private GoTemplate(List<Node> nodes) => _nodes = nodes;

    /// <summary>Text, a value, or a block with what is between.</summary>
    private sealed record Node(string? Text, string[] Words, List<Node> Body, List<Node> Otherwise);

    /// <summary>Reads a template.</summary>
    /// <exception cref="UserError">It is malformed.</exception>
    public static GoTemplate Parse(string template)
    {
        var tokens = new Queue<(bool IsAction, string Text)>(Tokens(template));
        List<Node> nodes = ReadNodes(tokens, template, 0);
        return tokens.Count == 0
            ? new(nodes)
            : throw Malformed(template, $"{{{{{tokens.Peek().Text}}}}} has no beginning");
    }

    /// <summary>What the template makes of a value.</summary>
    public string Apply(JsonElement value)
    {
        var output = new StringBuilder();
        Write(_nodes, value, output);
        return output.ToString();
    }

    /// <summary>The names of the fields in capitals, for the first line of a table.</summary>
    public string Heads() => string.Concat(_nodes.Select(node => node.Text ?? string.Join(' ',
        node.Words.Where(word => word.StartsWith('.'))
            .Select(word => word[(word.LastIndexOf('.') + 1)..].ToUpperInvariant()))));

    private static IEnumerable<(bool IsAction, string Text)> Tokens(string template)
    {
        for (int position = 0; position < template.Length;)
        {
            int open = template.IndexOf("{{", position, StringComparison.Ordinal);
            string text = open < 0 ? template[position..] : template[position..open];
            if (text.Length > 0) yield return (false, Unescape(text));
            if (open < 0) yield break;
            int close = template.IndexOf("}}", open, StringComparison.Ordinal);
            if (close < 0) throw Malformed(template, "{{ is not closed");
            yield return (true, template[(open + 2)..close].Trim('-').Trim());
            position = close + 2;
        }
    }

    private static string Unescape(string text) =>
        text.Replace("\\t", "\t", StringComparison.Ordinal).Replace("\\n", "\n", StringComparison.Ordinal);

    private static List<Node> ReadNodes(Queue<(bool IsAction, string Text)> tokens, string template, int depth)
    {
        if (depth > MaxDepth) throw Malformed(template, "it is nested too deep");
        List<Node> nodes = [];
        while (tokens.TryPeek(out (bool IsAction, string Text) token))
        {
            string[] words = token.IsAction ? Words(token.Text, template) : [];
            if (words is ["end"] or ["else", ..]) break;
            tokens.Dequeue();
            if (!token.IsAction) nodes.Add(new(token.Text, [], [], []));
            else if (words is ["range" or "if" or "with", ..]) nodes.Add(ReadBlock(tokens, words, template, depth));
            else nodes.Add(new(null, words, [], []));
        }
        return nodes;
    }

    private static Node ReadBlock(Queue<(bool IsAction, string Text)> tokens, string[] words, string template,
        int depth)
    {
        List<Node> body = ReadNodes(tokens, template, depth + 1), otherwise = [];
        if (tokens.TryPeek(out (bool IsAction, string Text) token) && token.Text == "else")
        {
            tokens.Dequeue();
            otherwise = ReadNodes(tokens, template, depth + 1);
        }
        if (!tokens.TryDequeue(out token) || token.Text != "end")
            throw Malformed(template, $"{{{{{words[0]}}}}} has no {{{{end}}}}");
        return new(null, words, body, otherwise);
    }

    private static string[] Words(string action, string template)
    {
        List<string> words = [];
        for (int i = 0; i < action.Length;)
        {
            if (action[i] == ' ') { i++; continue; }
            int end = action[i] is '"' or '`' ? action.IndexOf(action[i], i + 1) + 1 : action.IndexOf(' ', i);
            if (end == 0) throw Malformed(template, "a quoted text is not closed");
            if (end < 0) end = action.Length;
            words.Add(action[i..end]);
            i = end;
        }
        return words.Count > 0 ? [.. words] : throw Malformed(template, "{{}} is empty");
    }

    private static void Write(List<Node> nodes, JsonElement value, StringBuilder output)
    {
        foreach (Node node in nodes)
            if (node.Text is { } text) output.Append(text);
            else if (node.Words[0] is "range" or "if" or "with") WriteBlock(node, value, output);
            else output.Append(Evaluate(node.Words, value));
    }

    private static void WriteBlock(Node node, JsonElement value, StringBuilder output)
    {
        JsonElement subject = Find(value, node.Words is [_, var path, ..] ? path : ".");
        JsonElement[] items = node.Words[0] switch
        {
            "range" => Items(subject),
            "with" => IsTrue(subject) ? [subject] : [],
            _ => IsTrue(subject) ? [value] : [],
        };
        foreach (JsonElement item in items) Write(node.Body, item, output);
        if (items.Length == 0) Write(node.Otherwise, value, output);
    }

    private static string Evaluate(string[] words, JsonElement value) => words switch
    {
        ["json", var path] => Find(value, path).ToJson(),
        ["len", var path] => $"{Items(Find(value, path)).Length}",
        ["upper", var path] => Find(value, path).ToText().ToUpperInvariant(),
        ["lower", var path] => Find(value, path).ToText().ToLowerInvariant(),
        ["join", var path, var separator] =>
            string.Join(Unquote(separator), Items(Find(value, path)).Select(item => item.ToText())),
        ["index", var path, var key] => Index(Find(value, path), key).ToText(),
        ["println", var path] => Find(value, path).ToText() + "\n",
        ["println"] => "\n",
        [var word] when word[0] is '"' or '`' => Unescape(Unquote(word)),
        [var path] when path[0] == '.' => Find(value, path).ToText(),
        _ => throw new UserError($"\"{{{{{string.Join(' ', words)}}}}}\" is not understood: "
            + "fields, json, index, len, join, upper, lower, println, range, if and with are"),
    };

    private static JsonElement Index(JsonElement value, string key)
    {
        if (value.ValueKind == JsonValueKind.Array && int.TryParse(key, out int index) && index >= 0
            && index < value.GetArrayLength())
            return value[index];
        return value.ValueKind == JsonValueKind.Object && value.TryGetProperty(Unquote(key), out JsonElement member)
            ? member
            : default;
    }

    private static JsonElement Find(JsonElement value, string path)
    {
        if (!path.StartsWith('.')) throw new UserError($"\"{path}\" is no field: fields begin with a dot");
        foreach (string name in path.Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            if (value.ValueKind != JsonValueKind.Object) return default;
            if (!value.TryGetProperty(name, out JsonElement member))
            {
                string names = string.Join(", ", value.EnumerateObject().Select(each => "." + each.Name));
                throw new UserError($"there is no field .{name}; there are {names}");
            }
            value = member;
        }
        return value;
    }

    private static JsonElement[] Items(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => [.. value.EnumerateArray()],
        JsonValueKind.Object => [.. value.EnumerateObject().Select(member => member.Value)],
        _ => [],
    };

    private static bool IsTrue(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Undefined or JsonValueKind.Null or JsonValueKind.False => false,
        JsonValueKind.String => value.GetString()!.Length > 0,
        JsonValueKind.Number => value.GetDouble() != 0,
        JsonValueKind.Array or JsonValueKind.Object => Items(value).Length > 0,
        _ => true,
    };

    private static string Unquote(string word) => word.Length > 1 && word[0] is '"' or '`' ? word[1..^1] : word;

    private static UserError Malformed(string template, string reason) =>
        new($"the format \"{template}\" cannot be read: {reason}");
}

/// <summary>How a value of a template is written.</summary>
file static class ElementText
{
    public static string ToText(this JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Undefined or JsonValueKind.Null => "<no value>",
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Array => $"[{string.Join(' ', value.EnumerateArray().Select(item => item.ToText()))}]",
        JsonValueKind.Object =>
            $"map[{string.Join(' ', value.EnumerateObject().Select(member => $"{member.Name}:{member.Value.ToText()}"))}]",
        _ => value.GetRawText(),
    };

    public static string ToJson(this JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Undefined) return "null";
        using var buffer = new MemoryStream();
        var options = new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (var json = new Utf8JsonWriter(buffer, options)) value.WriteTo(json);
        return Encoding.UTF8.GetString(buffer.ToArray());
    }
}
