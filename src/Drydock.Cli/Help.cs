using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Drydock.Cli;

/// <summary>The library's help, followed by the command's examples.</summary>
internal static class Help
{
    private static readonly Dictionary<Command, string[]> Examples = [];

    /// <summary>Remembers lines to be shown under <c>Examples:</c> in <paramref name="command"/>'s help.</summary>
    public static Command WithExamples(this Command command, params string[] lines)
    {
        Examples[command] = lines;
        return command;
    }

    /// <summary>Makes the root's help option, which all commands share, show examples.</summary>
    public static void Install(Command root)
    {
        foreach (Option option in root.Options)
            if (option is HelpOption { Action: HelpAction action } help) help.Action = new Action(action);
    }

    private sealed class Action(HelpAction inner) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            int result = inner.Invoke(parseResult);
            if (!Examples.TryGetValue(parseResult.CommandResult.Command, out string[]? lines)) return result;
            Console.Out.Flush();
            Terminal.WriteLine("Examples:");
            foreach (string line in lines) Terminal.WriteLine("  " + line);
            return result;
        }
    }
}
