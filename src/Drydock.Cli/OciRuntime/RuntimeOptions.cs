using Drydock.Containers.Lower;

namespace Drydock.Cli.OciRuntime;

/// <summary>What a command line means to the lower runtime.</summary>
internal static class RuntimeOptions
{
    /// <summary>Our own global option: the runtime to use instead of the configured one.</summary>
    public const string Lower = "--lower-runtime";

    /// <summary>The runtime to use.</summary>
    public static LowerRuntime LowerRuntime(RuntimeCommand command) =>
        command.Global(Lower) is { } path ? new(path) : Containers.Lower.LowerRuntime.Find();

    /// <summary>
    /// The command line for <paramref name="lower"/>: word for word the caller's where nothing had to change.
    /// </summary>
    public static IReadOnlyList<string> Words(RuntimeCommand command, LowerRuntime lower)
    {
        if (command.Original is { } original && command.Globals.All(option => Translate(option, lower) == option))
            return original;
        var words = new List<string>();
        foreach (RuntimeOption option in command.Globals)
            if (Translate(option, lower) is { } translated) words.Add(translated.Word);
        if (command.Verb.Length > 0) words.Add(command.Verb);
        foreach (RuntimeOption option in command.Options) words.Add(option.Word);
        words.AddRange(command.Operands);
        return words;
    }

    /// <summary>
    /// A caller may take us for crun while runc is below, or the other way round: the globals that only one of them has
    /// are put into the words of the other. Null for what the other does by itself.
    /// </summary>
    private static RuntimeOption? Translate(RuntimeOption option, LowerRuntime lower) =>
        (option.Name, option.Value) switch
        {
            (Lower, _) => null,
            ("--cgroup-manager", "systemd") when lower.IsRunc => new("--systemd-cgroup", null),
            ("--cgroup-manager" or "--log-level", _) when lower.IsRunc => null,
            ("--rootless" or "--criu", _) when !lower.IsRunc => null,
            _ => option,
        };
}
