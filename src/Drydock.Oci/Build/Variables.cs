namespace Drydock.Oci.Build;

/// <summary>The variables of a stage: <c>ENV</c> before <c>ARG</c>, and the arguments of the command line.</summary>
internal sealed class Variables(BuildOptions options, Platform target)
{
    private static readonly string[] Proxies =
        ["HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY"];

    private readonly Dictionary<string, string> _arguments = new(StringComparer.Ordinal);
    private readonly List<(string Name, string Value)> _environment = [];
    private readonly Dictionary<string, string> _platform = new(StringComparer.Ordinal)
    {
        ["TARGETPLATFORM"] = target.ToString(),
        ["TARGETOS"] = target.Os,
        ["TARGETARCH"] = target.Architecture,
        ["TARGETVARIANT"] = target.Variant ?? "",
        ["BUILDPLATFORM"] = target.ToString(),
        ["BUILDOS"] = target.Os,
        ["BUILDARCH"] = target.Architecture,
        ["BUILDVARIANT"] = target.Variant ?? "",
    };

    /// <summary>The environment as an image keeps it.</summary>
    public string[] Environment => [.. _environment.Select(pair => $"{pair.Name}={pair.Value}")];

    /// <summary>
    /// The value of a variable; the platform's names need no <c>ARG</c> in front of the first <c>FROM</c>.
    /// </summary>
    public string? Lookup(string name) =>
        _environment.Where(pair => pair.Name == name).Select(pair => pair.Value).FirstOrDefault()
        ?? _arguments.GetValueOrDefault(name)
        ?? (IsGlobal ? _platform.GetValueOrDefault(name) : null)
        ?? (Proxies.Contains(name.ToUpperInvariant()) ? Given(name) : null);

    /// <summary>Whether these are the variables outside any stage.</summary>
    public required bool IsGlobal { get; init; }

    /// <summary>Sets an environment variable, in its old place where it has one.</summary>
    public void SetEnvironment(string name, string value)
    {
        var index = _environment.FindIndex(pair => pair.Name == name);
        if (index < 0)
            _environment.Add((name, value));
        else
            _environment[index] = (name, value);
    }

    /// <summary>
    /// Declares an argument: the command line's value, else its default, else that of before the first <c>FROM</c>.
    /// </summary>
    public void Declare(string name, string? fallback, Variables? global)
    {
        var value = Given(name) ?? fallback ?? global?.Lookup(name) ?? _platform.GetValueOrDefault(name);
        if (value is not null)
            _arguments[name] = value;
    }

    private string? Given(string name) => options.BuildArguments.TryGetValue(name, out var value)
        ? value ?? System.Environment.GetEnvironmentVariable(name)
        : null;
}
