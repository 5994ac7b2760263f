using System.CommandLine;
using System.CommandLine.Invocation;
using Drydock.Cli.Commands;

namespace Drydock.Cli;

/// <summary>From the words of the command line to a command, and from what it throws to a line and an exit code.</summary>
internal static class CommandLine
{
    /// <summary>
    /// Every command by name, made only when needed: building the options of all of them costs more than running a
    /// small guest's start-up does.
    /// </summary>
    private static readonly (string Name, Func<Command> Create)[] Commands =
    [
        ("run", RunCommand.Create),
        ("version", VersionCommand.Create),
        ("completion", CompletionCommand.Create),
    ];

    /// <summary>Runs the command that <paramref name="arguments"/> name and returns the process's exit code.</summary>
    public static int Invoke(string[] arguments)
    {
        string context = "";
        try
        {
            RootCommand root = CreateRoot(arguments);
            ParseResult result = root.Parse(GuestArguments.Separate(root, arguments));
            context = result.CommandResult.Command is RootCommand ? "" : result.CommandResult.Command.Name + ": ";
            return result.Action is ParseErrorAction ? Refuse(result, context) : result.Invoke();
        }
        catch (UserError error)
        {
            Terminal.Error(context + error.Message);
            return error.ExitCode;
        }
    }

    /// <summary>The root with the command that is asked for, or with all when help or completions may need them.</summary>
    internal static RootCommand CreateRoot(ReadOnlySpan<string> arguments)
    {
        var root = new RootCommand("Builds, ships and runs WebAssembly programs as containers.");
        string first = arguments.IsEmpty ? "" : arguments[0];
        int chosen = Array.FindIndex(Commands, command => command.Name == first);
        foreach ((_, Func<Command> create) in chosen < 0 ? Commands : Commands.AsSpan(chosen, 1)) root.Add(create());
        Help.Install(root);
        return root;
    }

    private static int Refuse(ParseResult result, string context)
    {
        string command = result.CommandResult.Command is RootCommand ? "" : result.CommandResult.Command.Name + " ";
        string message = result.Errors[0].Message.TrimEnd('.');
        Terminal.Error($"{context}{char.ToLowerInvariant(message[0])}{message[1..]}: see 'drydock {command}--help'");
        return ExitCode.Failure;
    }
}
