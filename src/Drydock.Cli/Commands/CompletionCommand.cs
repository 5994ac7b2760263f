using System.CommandLine;

namespace Drydock.Cli.Commands;

/// <summary>
/// <c>drydock completion</c>: a script for the shell that asks <c>drydock</c> itself what could come next.
/// </summary>
internal static class CompletionCommand
{
    private const string Bash =
        """
        _drydock() {
          local IFS=$'\n'
          COMPREPLY=($(compgen -W "$(drydock "[suggest:$((COMP_POINT - ${#COMP_WORDS[0]} - 1))]" "${COMP_LINE#* }" 2>/dev/null)" -- "$2"))
        }
        complete -o default -F _drydock drydock
        """;

    private const string Zsh =
        """
        #compdef drydock
        _drydock() {
          local -a found
          found=(${(f)"$(drydock "[suggest]" "${words[2,CURRENT]}" 2>/dev/null)"})
          compadd -a found
          _files
        }
        compdef _drydock drydock
        """;

    private const string Fish =
        """
        complete -c drydock -a '(drydock "[suggest]" (commandline -cp | string replace -r "^\S+\s" "") 2>/dev/null)'
        """;

    public static Command Create()
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh or fish" };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        var command = new Command("completion", "Print a completion script for a shell") { shell };
        command.SetAction(result => Terminal.WriteLine(Script(result.GetRequiredValue(shell))));
        return command.WithExamples("source <(drydock completion bash)", "drydock completion fish | source");
    }

    private static string Script(string shell) => shell switch
    {
        "bash" => Bash,
        "zsh" => Zsh,
        _ => Fish,
    };
}
