namespace Drydock.Cli.OciRuntime;

/// <summary>An option as it was written.</summary>
/// <param name="Name">Its name in full, with dashes.</param>
/// <param name="Value">Its value, or null for a switch.</param>
internal sealed record RuntimeOption(string Name, string? Value)
{
    /// <summary>The words that say it; a value goes into the same word, which every runtime understands.</summary>
    public string Word => Value is null ? Name : $"{Name}={Value}";
}

/// <summary>
/// The command line of an OCI runtime: global options, a verb, its options, operands. It is read by hand, since the
/// library costs more at start than a whole call of a runtime, and since what is not known has to be passed on as it
/// stands.
/// </summary>
internal sealed class RuntimeCommand
{
    private static readonly HashSet<string> GlobalsWithValue =
        ["--root", "--log", "--log-format", "--log-level", "--cgroup-manager", "--criu", "--rootless",
            RuntimeOptions.Lower];

    private static readonly HashSet<string> OptionsWithValue =
    [
        "--bundle", "--config", "--console-socket", "--preserve-fds", "--pid-file", "--process", "--user", "--env",
        "--cwd",
        "--cap", "--apparmor", "--process-label", "--additional-gids", "--cgroup", "--format", "--resources",
        "--interval",
        "--blkio-weight", "--cpu-period", "--cpu-quota", "--cpu-share", "--cpu-shares", "--cpu-burst",
        "--cpu-rt-period",
        "--cpu-rt-runtime", "--cpuset-cpus", "--cpuset-mems", "--cpu-idle", "--kernel-memory", "--kernel-memory-tcp",
        "--memory", "--memory-reservation", "--memory-swap", "--pids-limit", "--l3-cache-schema", "--mem-bw-schema",
        "--image-path", "--work-path", "--parent-path", "--tcp-established", "--manage-cgroups-mode", "--empty-ns",
        "--lsm-profile", "--lsm-mount-context", "--status-fd", "--page-server",
    ];

    private readonly List<RuntimeOption> _globals = [];
    private readonly List<RuntimeOption> _options = [];
    private readonly List<string> _operands = [];

    /// <summary>The words it was read from; null for a command made from another.</summary>
    public IReadOnlyList<string>? Original { get; private init; }
    /// <summary>The verb, or an empty string where there is none.</summary>
    public string Verb { get; private set; } = "";
    /// <summary>Options before the verb.</summary>
    public IReadOnlyList<RuntimeOption> Globals => _globals;
    /// <summary>Options after the verb.</summary>
    public IReadOnlyList<RuntimeOption> Options => _options;
    /// <summary>Words after the verb that are no options: the id, and for <c>exec</c> the command line.</summary>
    public IReadOnlyList<string> Operands => _operands;
    /// <summary>The container's id, or null.</summary>
    public string? Id => _operands.Count > 0 ? _operands[0] : null;

    /// <summary>Reads a command line.</summary>
    public static RuntimeCommand Parse(IReadOnlyList<string> words)
    {
        var command = new RuntimeCommand { Original = words };
        int index = 0;
        while (index < words.Count && IsOption(words[index])) command.ReadOption(words, ref index, isGlobal: true);
        if (index < words.Count) command.Verb = words[index++];
        while (index < words.Count) command.ReadWord(words, ref index);
        return command;
    }

    /// <summary>The value of a global option, the last one given; null without.</summary>
    public string? Global(string name) => _globals.FindLast(option => option.Name == name)?.Value;

    /// <summary>Whether a global switch is given.</summary>
    public bool IsGlobal(string name) => _globals.Exists(option => option.Name == name);

    /// <summary>The value of an option of the verb; null without.</summary>
    public string? Option(string name) => _options.FindLast(option => option.Name == name)?.Value;

    /// <summary>Whether a switch of the verb is given.</summary>
    public bool Has(string name) => _options.Exists(option => option.Name == name && option.Value is null or "true");

    /// <summary>The command with an option of the verb replaced or added, or removed for null.</summary>
    public RuntimeCommand With(string name, string? value) =>
        With(name, value is null ? null : new RuntimeOption(name, value));

    /// <summary>The command with an option as it stands in another.</summary>
    public RuntimeCommand With(RuntimeOption option) => With(option.Name, option);

    private RuntimeCommand With(string name, RuntimeOption? option)
    {
        var command = new RuntimeCommand { Verb = Verb };
        command._globals.AddRange(_globals);
        command._options.AddRange(_options.Where(option => option.Name != name));
        if (option is not null) command._options.Add(option);
        command._operands.AddRange(_operands);
        return command;
    }

    /// <summary>The same globals before another verb.</summary>
    public RuntimeCommand To(string verb, params ReadOnlySpan<string> operands)
    {
        var command = new RuntimeCommand { Verb = verb };
        command._globals.AddRange(_globals);
        command._operands.AddRange(operands);
        return command;
    }

    private static bool IsOption(string word) => word.Length > 1 && word[0] == '-';

    private void ReadWord(IReadOnlyList<string> words, ref int index)
    {
        bool isCommandLine = Verb == "exec" && _operands.Count > 0;
        if (!isCommandLine && words[index] == "--") index++;
        else if (!isCommandLine && IsOption(words[index])) ReadOption(words, ref index, isGlobal: false);
        else _operands.Add(words[index++]);
    }

    private void ReadOption(IReadOnlyList<string> words, ref int index, bool isGlobal)
    {
        (string name, string? value) = Split(words[index++], isGlobal);
        bool needsValue = (isGlobal ? GlobalsWithValue : OptionsWithValue).Contains(name);
        if (needsValue && value is null && index < words.Count) value = words[index++];
        (isGlobal ? _globals : _options).Add(new(name, value));
    }

    /// <summary>
    /// One word to a full name and the value in it, if any: <c>--root=/x</c>, <c>-b</c>, <c>-b/x</c>, <c>-root</c>.
    /// </summary>
    private (string Name, string? Value) Split(string word, bool isGlobal)
    {
        int equals = word.IndexOf('=', StringComparison.Ordinal);
        string name = equals < 0 ? word : word[..equals];
        string? value = equals < 0 ? null : word[(equals + 1)..];
        if (name.StartsWith("--", StringComparison.Ordinal)) return (name, value);
        if (LongName(name[1], isGlobal) is not { } full) return (name.Length > 2 ? "-" + name : name, value);
        if (name.Length == 2) return (full, value);
        // "-bundle" in one dash is what runc reads as "--bundle"; "-b/x" is what crun reads as "--bundle /x".
        return OptionsWithValue.Contains("-" + name) || GlobalsWithValue.Contains("-" + name)
            ? ("-" + name, value)
            : (full, word[2..]);
    }

    private string? LongName(char letter, bool isGlobal) => (isGlobal, Verb, letter) switch
    {
        (true, _, 'v') => "--version",
        (true, _, 'h') => "--help",
        (false, "create" or "run", 'b') => "--bundle",
        (false, "create" or "run", 'f') => "--config",
        (false, "exec", 'p') => "--process",
        (false, "exec", 'u') => "--user",
        (false, "exec", 'e') => "--env",
        (false, "exec", 'c') => "--cap",
        (false, "exec", 'g') => "--additional-gids",
        (false, "exec", 't') => "--tty",
        (false, "exec" or "run", 'd') => "--detach",
        (false, "delete", 'f') => "--force",
        (false, "ps" or "list", 'f') => "--format",
        (false, "update", 'r') => "--resources",
        (false, "kill", 'a') => "--all",
        _ => null,
    };
}
