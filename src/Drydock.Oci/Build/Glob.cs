namespace Drydock.Oci.Build;

/// <summary>
/// Patterns of <c>COPY</c> and <c>.dockerignore</c>: <c>*</c>, <c>?</c>, <c>[a-z]</c>, <c>[^a]</c> and <c>\</c> within
/// a component, <c>**</c> for any number of components. Time is bounded by the product of the lengths.
/// </summary>
internal static class Glob
{
    /// <summary>Whether a path component has pattern characters in it.</summary>
    public static bool IsPattern(string text) => text.AsSpan().ContainsAny("*?[\\");

    /// <summary>Matches a whole path, component by component.</summary>
    public static bool Matches(ReadOnlySpan<string> pattern, ReadOnlySpan<string> path)
    {
        int p = 0, i = 0, star = -1, resume = 0;
        while (i < path.Length)
        {
            if (p < pattern.Length && pattern[p] == "**")
                (star, resume) = (p++, i);
            else if (p < pattern.Length && MatchesName(pattern[p], path[i]))
                (p, i) = (p + 1, i + 1);
            else if (star >= 0)
                (p, i) = (star + 1, ++resume);
            else
                return false;
        }
        return pattern[p..].ContainsAnyExcept("**") is false;
    }

    /// <summary>Matches one component.</summary>
    public static bool MatchesName(ReadOnlySpan<char> pattern, ReadOnlySpan<char> name)
    {
        int p = 0, i = 0, star = -1, resume = 0;
        while (i < name.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
                (star, resume) = (p++, i);
            else if (p < pattern.Length && MatchesCharacter(pattern, p, name[i], out var next))
                (p, i) = (next, i + 1);
            else if (star >= 0)
                (p, i) = (star + 1, ++resume);
            else
                return false;
        }
        return !pattern[p..].ContainsAnyExcept('*');
    }

    private static bool MatchesCharacter(ReadOnlySpan<char> pattern, int p, char c, out int next)
    {
        next = p + 1;
        switch (pattern[p])
        {
            case '?':
                return true;
            case '[':
                return MatchesClass(pattern, p, c, out next);
            case '\\' when p + 1 < pattern.Length:
                next = p + 2;
                return pattern[p + 1] == c;
            default:
                return pattern[p] == c;
        }
    }

    /// <summary>A class without an end matches nothing.</summary>
    private static bool MatchesClass(ReadOnlySpan<char> pattern, int p, char c, out int next)
    {
        var i = p + 1;
        var negated = i < pattern.Length && pattern[i] is '^' or '!';
        if (negated)
            i++;
        var matched = false;
        for (var first = true; i < pattern.Length && (first || pattern[i] != ']'); first = false)
        {
            var low = Unescape(pattern, ref i);
            var high = i + 1 < pattern.Length && pattern[i] == '-' && pattern[i + 1] != ']'
                ? UnescapeAfterDash(pattern, ref i) : low;
            matched |= c >= low && c <= high;
        }
        next = i + 1;
        return i < pattern.Length && matched != negated;
    }

    private static char UnescapeAfterDash(ReadOnlySpan<char> pattern, ref int i)
    {
        i++;
        return Unescape(pattern, ref i);
    }

    private static char Unescape(ReadOnlySpan<char> pattern, ref int i)
    {
        if (pattern[i] == '\\' && i + 1 < pattern.Length)
            i++;
        return pattern[i++];
    }
}
