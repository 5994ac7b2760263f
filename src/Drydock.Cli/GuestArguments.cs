using System.CommandLine;

namespace Drydock.Cli;

/// <summary>
/// Splits what is Drydock's from what is the guest's: everything after the image belongs to the guest, dashes or not.
/// </summary>
internal static class GuestArguments
{
    /// <summary>
    /// Puts <c>--</c> before the first operand of a command that takes guest arguments, so that the parser leaves what
    /// follows alone.
    /// </summary>
    public static string[] Separate(Command root, string[] arguments)
    {
        if (arguments.Length < 2 || arguments[0] != "run") return arguments;
        Command command = root.Subcommands[0];
        int operand = FirstOperand(command, arguments);
        return operand >= arguments.Length || arguments[operand] == "--"
            ? arguments
            : [.. arguments[..operand], "--", .. arguments[operand..]];
    }

    private static int FirstOperand(Command command, string[] arguments)
    {
        int index = 1;
        while (index < arguments.Length && IsOption(arguments[index]))
            index += TakesNext(command, arguments[index]) ? 2 : 1;
        return index;
    }

    private static bool IsOption(string word) => word.Length > 1 && word[0] == '-' && word != "--";

    /// <summary>Whether the option <paramref name="word"/> has its value in the next word.</summary>
    private static bool TakesNext(Command command, string word)
    {
        if (word.Contains('=', StringComparison.Ordinal)) return false;
        // In a bundle of single letters only the last can have its value in the next word: -it, -itm 64m.
        string name = word.StartsWith("--", StringComparison.Ordinal) ? word : FirstWithValue(command, word);
        return Find(command, name) is { Arity.MaximumNumberOfValues: > 0 } option && !IsFlag(option);
    }

    private static string FirstWithValue(Command command, string word)
    {
        for (int i = 1; i < word.Length - 1; i++)
            if (Find(command, "-" + word[i]) is { } option && !IsFlag(option)) return "";
        return "-" + word[^1];
    }

    private static bool IsFlag(Option option) =>
        option.ValueType == typeof(bool) || option.Arity.MaximumNumberOfValues == 0;

    private static Option? Find(Command command, string name)
    {
        foreach (Option option in command.Options)
            if (option.Name == name || option.Aliases.Contains(name)) return option;
        return null;
    }
}
