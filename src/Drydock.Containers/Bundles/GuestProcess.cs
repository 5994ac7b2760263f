using System.Collections;
using System.Globalization;
using Drydock.Containers.Spec;
using Drydock.Runtime;

namespace Drydock.Containers.Bundles;

/// <summary>
/// Drydock as the process in a Linux container. What it is to run stands on its command line; what the guest sees of
/// the container is what any process in it would see.
/// </summary>
public static class GuestProcess
{
    /// <summary>
    /// Before the name of each of the guest's variables, so that the loader and .NET, which read some themselves, do
    /// not take them for theirs. They stay in the environment, which unlike the command line is not for all to read.
    /// </summary>
    private const string Prefix = "drydock.";
    private const string End = "--";

    /// <summary>The command line for <paramref name="entry"/>, read by <see cref="Run"/>.</summary>
    internal static IEnumerable<string> Describe(GuestEntry entry) => entry.CodeDigest is { } digest
        ? [entry.Path, entry.Function, digest, End, .. entry.Args]
        : [entry.Path, entry.Function, End, .. entry.Args];

    /// <summary>A variable of the guest's as the process gets it.</summary>
    internal static string Hide(string variable) => Prefix + variable;

    /// <summary>Runs the guest that <paramref name="arguments"/> describe and returns its exit code.</summary>
    /// <param name="arguments">The command line after the executable's name.</param>
    /// <param name="report">Hears why a guest was stopped.</param>
    /// <exception cref="ContainerException">The guest cannot be started.</exception>
    public static int Run(IReadOnlyList<string> arguments, Action<string> report)
    {
        string? digest = arguments is [_, _, not End, End, ..] ? arguments[2] : null;
        if (arguments is not ([_, _, End, ..] or [_, _, _, End, ..]))
            throw new ContainerException(
                $"{GuestExecutable.Name} is started by drydock-runtime inside containers, not by hand");
        // The first process of a container gets only the signals it handles; one that handles none could not be
        // stopped.
        if (Environment.ProcessId == 1) TerminationSignals.ExitOnEach();
        int before = digest is null ? 3 : 4;
        return Container.Run(
            Specification([.. arguments.Skip(before)], Annotations(arguments[0], arguments[1], digest)), report);
    }

    private static RuntimeSpec Specification(IReadOnlyList<string> args, Dictionary<string, string> annotations) => new()
    {
        Process = new()
        {
            Args = args,
            Env = Environs(Environment.CurrentDirectory),
            Cwd = Environment.CurrentDirectory
        },
        Root = new("/"),
        Annotations = annotations,
    };

    private static Dictionary<string, string> Annotations(string module, string function, string? digest)
    {
        var annotations = new Dictionary<string, string>
        {
            [SpecAnnotations.Module] = module,
            [SpecAnnotations.Function] = function,
        };
        if (digest is null) return annotations;
        annotations[SpecAnnotations.Digest] = digest;
        annotations[SpecAnnotations.CodeHandle] = HostCode.Descriptor.ToString(CultureInfo.InvariantCulture);
        return annotations;
    }

    /// <summary>WASI has no working directory: guests that look for one look at <c>PWD</c>.</summary>
    private static List<string> Environs(string directory)
    {
        List<string> variables = Variables(Environment.GetEnvironmentVariables());
        if (directory != "/" && EnvironmentVariables.Find(variables, "PWD") is null) variables.Add("PWD=" + directory);
        return variables;
    }

    /// <summary>
    /// The guest's variables, then those that the runtime which made the container added, as <c>HOME</c>.
    /// </summary>
    internal static List<string> Variables(IDictionary environment)
    {
        var own = new List<string>(environment.Count);
        var added = new List<string>();
        foreach (DictionaryEntry variable in environment)
        {
            string text = $"{variable.Key}={variable.Value}";
            if (text.StartsWith(Prefix, StringComparison.Ordinal)) own.Add(text[Prefix.Length..]);
            else added.Add(text);
        }
        return [.. EnvironmentVariables.Merge(added, own)];
    }
}
