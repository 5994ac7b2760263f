using Drydock.Oci;

namespace Drydock.Containers;

/// <summary>Lists of <c>NAME=value</c>, as Docker reads and joins them.</summary>
public static class EnvironmentVariables
{
    /// <summary>
    /// What <c>-e</c> means: <c>NAME=value</c> as it is, <c>NAME</c> from the caller's environment, or null where it is
    /// not set there.
    /// </summary>
    /// <exception cref="ContainerException">There is no name.</exception>
    public static string? Parse(string text)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        if (text.Length == 0 || equals == 0)
            throw new ContainerException($"environment variable \"{text}\" has no name: write NAME=value");
        if (text.Contains('\0', StringComparison.Ordinal))
            throw new ContainerException("an environment variable cannot hold a NUL character");
        if (equals > 0) return text;
        return Environment.GetEnvironmentVariable(text) is { } value ? $"{text}={value}" : null;
    }

    /// <summary>
    /// The variables of a file: one a line, <c>NAME=value</c> or <c>NAME</c>; lines that are empty or begin with
    /// <c>#</c>
    /// say nothing; quotes and spaces in values are kept.
    /// </summary>
    /// <exception cref="ContainerException">The file cannot be read, or has a line of another form.</exception>
    public static IReadOnlyList<string> ReadFile(string path)
    {
        var variables = new List<string>();
        foreach (string line in ReadLines(path))
        {
            string text = line.TrimStart();
            if (text.Length == 0 || text[0] == '#') continue;
            if (Parse(text) is { } variable) variables.Add(variable);
        }
        return variables;
    }

    /// <summary>
    /// The variables of both lists, each name once; a later value replaces an earlier one in its place.
    /// </summary>
    public static IReadOnlyList<string> Merge(IReadOnlyList<string> first, IReadOnlyList<string> second)
    {
        var merged = new List<string>(first.Count + second.Count);
        foreach (string variable in first) Set(merged, variable);
        foreach (string variable in second) Set(merged, variable);
        return merged;
    }

    /// <summary>The value of <paramref name="name"/>, or null.</summary>
    internal static string? Find(IReadOnlyList<string> variables, string name)
    {
        foreach (string variable in variables)
            if (NameOf(variable).SequenceEqual(name)) return variable[(name.Length + 1)..];
        return null;
    }

    private static void Set(List<string> variables, string variable)
    {
        int index = variables.FindIndex(each => NameOf(each).SequenceEqual(NameOf(variable)));
        if (index < 0) variables.Add(variable);
        else variables[index] = variable;
    }

    private static ReadOnlySpan<char> NameOf(string variable)
    {
        int equals = variable.IndexOf('=', StringComparison.Ordinal);
        return equals < 0 ? variable : variable.AsSpan(0, equals);
    }

    private static string[] ReadLines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ContainerException($"cannot read the environment file {path}: {Reason.Of(e)}");
        }
    }
}
