using System.CommandLine;
using System.CommandLine.Invocation;
using Drydock.Cli.Commands;
using Drydock.Containers;
using Drydock.Oci;

namespace Drydock.Cli;

/// <summary>
/// From the words of the command line to a command, and from what it throws to a line and an exit code.
/// </summary>
internal static class CommandLine
{
    private const string Name = "drydock";
    private const string Purpose = "Builds, ships and runs WebAssembly programs as containers.";

    /// <summary>
    /// Every command by name, made only when needed: building the options of all of them costs more than running a
    /// small guest's start-up does.
    /// </summary>
    private static readonly (string Name, Func<Command> Create)[] Commands =
    [
        ("run", RunCommand.Create),
        ("build", BuildCommand.Create),
        ("pull", PullCommand.Create),
        ("push", PushCommand.Create),
        ("login", LoginCommand.Create),
        ("logout", LogoutCommand.Create),
        ("tags", TagsCommand.Create),
        ("delete", DeleteCommand.Create),
        ("images", ImagesCommand.Create),
        ("load", LoadCommand.Create),
        ("save", SaveCommand.Create),
        ("import", ImportCommand.Create),
        ("export", ExportCommand.Create),
        ("history", HistoryCommand.Create),
        ("sign", SignCommand.Create),
        ("verify", VerifyCommand.Create),
        ("generate-key-pair", GenerateKeyPairCommand.Create),
        ("prune", PruneCommand.Create),
        ("df", DfCommand.Create),
        ("image", ImageCommand.Create),
        ("system", SystemCommand.Create),
        ("inspect", InspectCommand.Create),
        ("tag", TagCommand.Create),
        ("rmi", RmiCommand.Create),
        ("compile", CompileCommand.Create),
        ("cache", CacheCommand.Create),
        ("info", InfoCommand.Create),
        ("install", InstallCommand.Create),
        ("version", VersionCommand.Create),
        ("wast", WastCommand.Create),
        ("validate", ValidateCommand.Create),
        ("wat2wasm", Wat2WasmCommand.Create),
        ("wasm2wat", Wasm2WatCommand.Create),
        ("objdump", ObjdumpCommand.Create),
        ("completion", CompletionCommand.Create),
    ];

    /// <summary>
    /// Exceptions come here, where they become one line, and not to the library, which prints their stacks.
    /// </summary>
    private static readonly InvocationConfiguration Configuration = new() { EnableDefaultExceptionHandler = false };

    /// <summary>Runs the command that <paramref name="arguments"/> name and returns the process's exit code.</summary>
    public static int Invoke(string[] arguments)
    {
        string context = "";
        try
        {
            if (arguments is ["build", ..]) arguments = BuildCommand.Complete(arguments);
            Command root = CreateRoot(arguments);
            ParseResult result = root.Parse(GuestArguments.Separate(root, arguments));
            if (result.CommandResult != result.RootCommandResult) context = result.CommandResult.Command.Name + ": ";
            return result.Action is ParseErrorAction ? Refuse(result, context) : result.Invoke(Configuration);
        }
        catch (Exception e) when (ExitCodeOf(e) is { } code)
        {
            Terminal.Error(context + Reason.OfUncaught(e));
            return code;
        }
        catch (Exception e)
        {
            Terminal.Error(
                $"{context}this should not happen, please report it: {e.GetType().Name}: {e.Message}\n{e.StackTrace}");
            return ExitCode.Failure;
        }
    }

    /// <summary>The exit code for what a user can cause; null for what is a fault of Drydock's.</summary>
    private static int? ExitCodeOf(Exception exception) => exception switch
    {
        UserError error => error.ExitCode,
        ContainerException error => error.ExitCode,
        ImageException error => error.ExitCode,
        IOException or UnauthorizedAccessException or OutOfMemoryException => ExitCode.Failure,
        _ when Reason.IsBadFileName(exception) => ExitCode.Failure,
        _ => null,
    };

    /// <summary>
    /// The root with the command that is asked for, or with all when help or completions may need them.
    /// </summary>
    internal static Command CreateRoot(ReadOnlySpan<string> arguments)
    {
        string first = arguments.IsEmpty ? "" : arguments[0];
        int chosen = Array.FindIndex(Commands, command => command.Name == first);
        Command root = chosen >= 0 && !MayAskForHelp(arguments) ? new Command(Name, Purpose) : new RootCommand(Purpose);
        foreach ((_, Func<Command> create) in chosen < 0 ? Commands : Commands.AsSpan(chosen, 1)) root.Add(create());
        Help.Install(root);
        return root;
    }

    /// <summary>
    /// Whether a word could be one of the library's for help: <c>--help</c>, <c>-h</c>, also among other letters,
    /// <c>-?</c>, <c>/h</c>, <c>/?</c>. Its root looks its help's text up by reflection, which takes a fifth of a start.
    /// </summary>
    private static bool MayAskForHelp(ReadOnlySpan<string> words)
    {
        foreach (string word in words)
            if (word is "--help" or "/h" or "/?" || IsBundle(word) && word.AsSpan().ContainsAny('h', '?'))
                return true;
        return false;
    }

    private static bool IsBundle(string word) => word.Length > 1 && word[0] == '-' && word[1] != '-';

    private static int Refuse(ParseResult result, string context)
    {
        bool isRoot = result.CommandResult == result.RootCommandResult;
        string message = isRoot ? RootError(result) : result.Errors[0].Message.TrimEnd('.');
        string command = isRoot ? "" : result.CommandResult.Command.Name + " ";
        Terminal.Error($"{context}{char.ToLowerInvariant(message[0])}{message[1..]}: see 'drydock {command}--help'");
        return ExitCode.Failure;
    }

    private static string RootError(ParseResult result) => result.UnmatchedTokens is [var word, ..]
        ? $"there is no command \"{word}\""
        : "no command given";
}
