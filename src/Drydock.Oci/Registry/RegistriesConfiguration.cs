namespace Drydock.Oci.Registry;

/// <summary>
/// Mirrors and exceptions from <c>registries.conf</c> as Podman has it (containers-registries.conf(5), version 2): of
/// <c>[[registry]]</c> the keys <c>prefix</c>, <c>location</c>, <c>insecure</c>, <c>blocked</c> and
/// <c>mirror</c> with <c>location</c> and <c>insecure</c>. Short names are Docker's, so that the rest has no meaning
/// here.
/// </summary>
internal sealed class RegistriesConfiguration
{
    private readonly List<Rule> _rules = [];

    private sealed record Rule(string Prefix, string Location, bool IsInsecure, bool IsBlocked,
        (string Location, bool IsInsecure)[] Mirrors);

    /// <summary>
    /// The configuration of this machine: <c>CONTAINERS_REGISTRIES_CONF</c>, else the user's, else the system's; and
    /// what is in the <c>.d</c> directory beside it.
    /// </summary>
    public static RegistriesConfiguration Load()
    {
        var configuration = new RegistriesConfiguration();
        if (ConfigurationFiles.Variable("CONTAINERS_REGISTRIES_CONF") is { } given)
        {
            configuration.Add(given);
            return configuration;
        }
        var main = ConfigurationFiles.InHome(".config/containers/registries.conf");
        if (main is null || !File.Exists(main))
            main = "/etc/containers/registries.conf";
        if (File.Exists(main))
            configuration.Add(main);
        if (Directory.Exists(main + ".d"))
            foreach (var file in Directory.EnumerateFiles(main + ".d", "*.conf").Order(StringComparer.Ordinal))
                configuration.Add(file);
        return configuration;
    }

    /// <summary>A configuration of one text, for tests.</summary>
    internal static RegistriesConfiguration Parse(string text)
    {
        var configuration = new RegistriesConfiguration();
        configuration.Add(text, "registries.conf");
        return configuration;
    }

    /// <summary>The places to pull a name from: mirrors in their order, then the registry.</summary>
    /// <exception cref="ImageException">When the name is blocked.</exception>
    public Endpoint[] PlacesOf(Reference name, RegistryOptions options)
    {
        if (RuleFor(name) is not { } rule)
            return [Endpoint.For(name.Host, name.Path, insecure: false, isMirror: false, options)];
        if (rule.IsBlocked)
            throw new ImageException(ImageError.Denied, $"the configuration of this machine blocks {name.Familiar}");
        return
        [
            .. rule.Mirrors.Select(mirror =>
                Place(name, rule, mirror.Location, mirror.IsInsecure, isMirror: true, options)),
            Place(name, rule, rule.Location, rule.IsInsecure, isMirror: false, options),
        ];
    }

    /// <summary>The registry itself, for what mirrors do not do.</summary>
    public Endpoint OriginOf(Reference name, RegistryOptions options) => PlacesOf(name, options)[^1];

    private static Endpoint Place(Reference name, Rule rule, string location, bool insecure, bool isMirror,
        RegistryOptions options)
    {
        // *.example.org keeps the name as it is.
        var prefix = rule.Prefix.StartsWith("*.", StringComparison.Ordinal) ? name.Host : rule.Prefix;
        var moved = (location.Length == 0 ? prefix : location) + name.Repository[prefix.Length..];
        var slash = moved.IndexOf('/', StringComparison.Ordinal);
        return Endpoint.For(moved[..slash], moved[(slash + 1)..], insecure, isMirror, options);
    }

    /// <summary>The longest prefix that fits counts.</summary>
    private Rule? RuleFor(Reference name) =>
        _rules.Where(rule => Fits(rule.Prefix, name)).OrderByDescending(rule => rule.Prefix.Length).FirstOrDefault();

    private static bool Fits(string prefix, Reference name)
    {
        if (prefix.StartsWith("*.", StringComparison.Ordinal))
            return name.Host.Split(':')[0].EndsWith(prefix[1..], StringComparison.OrdinalIgnoreCase);
        return name.Repository == prefix || name.Repository.StartsWith(prefix + "/", StringComparison.Ordinal);
    }

    private void Add(string path)
    {
        try
        {
            Add(File.ReadAllText(path), path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ImageException(ImageError.Registry, $"cannot read {path}: {StoreErrors.Describe(e)}", e);
        }
    }

    private void Add(string text, string path)
    {
        foreach (var table in Tables(TomlReader.Read(text, path), "registry"))
        {
            var location = Text(table, "location").TrimEnd('/');
            var prefix = Text(table, "prefix") is { Length: > 0 } written ? written.TrimEnd('/') : location;
            if (prefix.Length == 0)
                throw new ImageException(ImageError.Registry,
                    $"cannot read {path}: a [[registry]] has neither prefix nor location");
            // A file read later replaces what an earlier one says of a prefix.
            _rules.RemoveAll(rule => rule.Prefix == prefix);
            _rules.Add(new(prefix, location, Flag(table, "insecure"), Flag(table, "blocked"),
                [.. Tables(table, "mirror").Select(mirror =>
                    (Text(mirror, "location").TrimEnd('/'), Flag(mirror, "insecure")))
                    .Where(mirror => mirror.Item1.Length > 0)]));
        }
    }

    private static List<Dictionary<string, object>> Tables(Dictionary<string, object> table, string name) =>
        table.GetValueOrDefault(name) as List<Dictionary<string, object>> ?? [];

    private static string Text(Dictionary<string, object> table, string name) =>
        table.GetValueOrDefault(name) as string ?? "";

    private static bool Flag(Dictionary<string, object> table, string name) => table.GetValueOrDefault(name) is true;
}
