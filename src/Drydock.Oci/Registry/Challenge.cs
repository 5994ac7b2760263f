using System.Text;

namespace Drydock.Oci.Registry;

/// <summary>One challenge of <c>WWW-Authenticate</c> (RFC 9110, 11.6.1): a scheme and its parameters.</summary>
internal sealed record Challenge(string Scheme, IReadOnlyDictionary<string, string> Parameters)
{
    public string? this[string name] => Parameters.GetValueOrDefault(name);

    public bool Is(string scheme) => Scheme.Equals(scheme, StringComparison.OrdinalIgnoreCase);

    /// <summary>All challenges of a header's values; what cannot be read is left out.</summary>
    public static List<Challenge> Parse(IEnumerable<string> values)
    {
        var found = new List<Challenge>();
        foreach (var value in values)
            new Reader(value).ReadInto(found);
        return found;
    }

    private ref struct Reader(string text)
    {
        private int _at;

        public void ReadInto(List<Challenge> found)
        {
            Dictionary<string, string>? parameters = null;
            while (Skip() && Word() is { Length: > 0 } word)
            {
                if (_at < text.Length && text[_at] == '=' && parameters is not null)
                {
                    _at++;
                    parameters[word] = Value();
                    continue;
                }
                parameters = new(StringComparer.OrdinalIgnoreCase);
                found.Add(new(word, parameters));
            }
        }

        /// <summary>Passes over blanks and commas; false at the end.</summary>
        private bool Skip()
        {
            while (_at < text.Length && text[_at] is ' ' or '\t' or ',')
                _at++;
            return _at < text.Length;
        }

        private string Word()
        {
            var start = _at;
            while (_at < text.Length && text[_at] is not (' ' or '\t' or ',' or '=' or '"'))
                _at++;
            return text[start.._at];
        }

        private string Value()
        {
            if (_at >= text.Length || text[_at] != '"')
                return Word();
            var value = new StringBuilder();
            for (_at++; _at < text.Length && text[_at] != '"'; _at++)
            {
                if (text[_at] == '\\' && _at + 1 < text.Length)
                    _at++;
                value.Append(text[_at]);
            }
            _at++;
            return value.ToString();
        }
    }
}
