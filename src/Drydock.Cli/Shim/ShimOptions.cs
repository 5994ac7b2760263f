namespace Drydock.Cli.Shim;

/// <summary>The command line that containerd gives a shim (containerd, core/runtime/v2/README.md).</summary>
internal sealed record ShimOptions
{
    private static readonly string[] Switches = ["debug", "v", "info", "h", "help"];

    /// <summary>containerd's namespace.</summary>
    public string Namespace { get; private init; } = "default";
    /// <summary>containerd's gRPC socket.</summary>
    public string Address { get; private init; } = "";
    /// <summary>The container's id.</summary>
    public string Id { get; private init; } = "";
    /// <summary>The bundle; the current directory where it is not named.</summary>
    public string Bundle { get; private init; } = Environment.CurrentDirectory;
    /// <summary>The socket that a keeper listens at.</summary>
    public string Socket { get; private init; } = "";
    /// <summary>What to do; empty for serving.</summary>
    public string Action { get; private init; } = "";
    /// <summary>Whether the version is asked for.</summary>
    public bool IsVersion { get; private init; }
    /// <summary>Whether a description of the runtime is asked for.</summary>
    public bool IsInfo { get; private init; }
    /// <summary>Whether help is asked for.</summary>
    public bool IsHelp { get; private init; }

    /// <summary>
    /// Reads flags as Go programs write them: <c>-id X</c>, <c>-id=X</c>, <c>--id X</c>. Unknown ones are passed over.
    /// </summary>
    public static ShimOptions Parse(IReadOnlyList<string> words)
    {
        var options = new ShimOptions();
        for (int i = 0; i < words.Count; i++)
        {
            if (!words[i].StartsWith('-'))
            {
                options = options with { Action = words[i] };
                continue;
            }
            string[] parts = words[i].TrimStart('-').Split('=', 2);
            bool isSwitch = Array.IndexOf(Switches, parts[0]) >= 0;
            string value = parts.Length == 2 ? parts[1] : isSwitch ? "true" : i + 1 < words.Count ? words[++i] : "";
            options = options.With(parts[0], value);
        }
        return options;
    }

    private ShimOptions With(string name, string value) => name switch
    {
        "namespace" => this with { Namespace = value },
        "address" => this with { Address = value },
        "id" => this with { Id = value },
        "bundle" => this with { Bundle = value },
        "socket" => this with { Socket = value },
        "v" => this with { IsVersion = value == "true" },
        "info" => this with { IsInfo = value == "true" },
        "h" or "help" => this with { IsHelp = value == "true" },
        _ => this,
    };
}
