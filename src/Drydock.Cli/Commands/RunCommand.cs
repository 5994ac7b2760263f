using System.CommandLine;

namespace Drydock.Cli.Commands;

/// <summary><c>drydock run</c>: starts a guest from an image or a file and ends with its exit code.</summary>
internal static class RunCommand
{
    public static Command Create()
    {
        var image = new Argument<string>("IMAGE|FILE") { Description = "An image of the local store, or a .wasm or .wat file" };
        var command = new Command("run", "Run a program from an image or a file") { image };
        command.SetAction(int (_) => throw new UserError("not yet"));
        return command;
    }
}
