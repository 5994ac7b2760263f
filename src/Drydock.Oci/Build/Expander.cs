using System.Text;

namespace Drydock.Oci.Build;

/// <summary>
/// Expands variables in a word and removes its quotes: <c>$NAME</c>, <c>${NAME}</c>, and <c>${NAME:-word}</c>,
/// <c>:+</c>, <c>:?</c> with and without the colon. Nothing is expanded in single quotes or after the escape character.
/// </summary>
/// <param name="escape">The escape character.</param>
/// <param name="lookup">The value of a variable; null where it is unset.</param>
/// <param name="at">Where the word stands.</param>
internal sealed class Expander(char escape, Func<string, string?> lookup, Location at)
{
    private const int MaxDepth = 32;
    private const int MaxLength = 1 << 20;

    private int _depth;

    /// <summary>Expands a word.</summary>
    public string Expand(string word)
    {
        if (++_depth > MaxDepth)
            throw at.Error("variables are nested too deeply");
        var result = new StringBuilder();
        for (var i = 0; i < word.Length;)
            i = word[i] switch
            {
                '\'' => SingleQuoted(word, i, result),
                '"' => DoubleQuoted(word, i, result),
                _ => Plain(word, i, result),
            };
        _depth--;
        return result.Length <= MaxLength ? result.ToString() : throw at.Error("the expanded text is too long");
    }

    /// <summary>Expands text in which quotes mean nothing, such as a here-document.</summary>
    public string ExpandText(string text)
    {
        var result = new StringBuilder();
        for (var i = 0; i < text.Length;)
            i = Plain(text, i, result);
        return result.ToString();
    }

    private int SingleQuoted(string word, int start, StringBuilder result)
    {
        var end = word.IndexOf('\'', start + 1);
        if (end < 0)
            throw at.Error("a single quote is not closed");
        result.Append(word, start + 1, end - start - 1);
        return end + 1;
    }

    private int DoubleQuoted(string word, int start, StringBuilder result)
    {
        for (var i = start + 1; i < word.Length;)
        {
            if (word[i] == '"')
                return i + 1;
            // In double quotes the escape character is one only in front of what it could protect.
            if (word[i] == escape && i + 1 < word.Length && word[i + 1] != '"' && word[i + 1] != '$'
                && word[i + 1] != escape)
                result.Append(word[i++]);
            i = Plain(word, i, result);
        }
        throw at.Error("a double quote is not closed");
    }

    private int Plain(string word, int i, StringBuilder result)
    {
        if (word[i] == '$')
            return Variable(word, i, result);
        if (word[i] == escape && i + 1 < word.Length)
            i++;
        result.Append(word[i]);
        return i + 1;
    }

    private int Variable(string word, int dollar, StringBuilder result)
    {
        if (dollar + 1 < word.Length && word[dollar + 1] == '{')
            return Braced(word, dollar, result);
        var end = NameEnd(word, dollar + 1);
        result.Append(end == dollar + 1 ? "$" : lookup(word[(dollar + 1)..end]));
        return end;
    }

    private int Braced(string word, int dollar, StringBuilder result)
    {
        var close = ClosingBrace(word, dollar + 2);
        var nameEnd = NameEnd(word, dollar + 2);
        var name = word[(dollar + 2)..nameEnd];
        if (name.Length == 0)
            throw at.Error($"{Printable.Of(word[dollar..(close + 1)])} names no variable");
        result.Append(Modify(name, word[nameEnd..close]));
        return close + 1;
    }

    private string? Modify(string name, string modifier)
    {
        var value = lookup(name);
        var nonEmpty = modifier.StartsWith(':');
        var operation = nonEmpty ? modifier[1..] : modifier;
        var isSet = nonEmpty ? !string.IsNullOrEmpty(value) : value is not null;
        return operation switch
        {
            "" when !nonEmpty => value,
            ['-', .. var word] => isSet ? value : Expand(word),
            ['+', .. var word] => isSet ? Expand(word) : "",
            ['?', .. var word] => isSet ? value : throw at.Error($"{name} is required: {Expand(word)}"),
            _ => throw at.Error(
                $"${{{name}{Printable.Of(modifier)}}} is not supported; only :-, :+, :?, -, + and ? are"),
        };
    }

    private int ClosingBrace(string word, int from)
    {
        var depth = 1;
        for (var i = from; i < word.Length; i++)
        {
            if (word[i] == escape)
                i++;
            else if (word[i] == '{' && word[i - 1] == '$')
                depth++;
            else if (word[i] == '}' && --depth == 0)
                return i;
        }
        throw at.Error("${ is not closed");
    }

    private static int NameEnd(string word, int from)
    {
        var i = from;
        while (i < word.Length
            && (char.IsAsciiLetter(word[i]) || word[i] == '_' || (i > from && char.IsAsciiDigit(word[i]))))
            i++;
        return i;
    }
}
