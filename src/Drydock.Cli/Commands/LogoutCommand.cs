using System.CommandLine;
using Drydock.Oci.Registry;

namespace Drydock.Cli.Commands;

/// <summary><c>drydock logout</c>: forgets the credentials for a registry.</summary>
internal static class LogoutCommand
{
    private static readonly Argument<string> Registry = new("REGISTRY")
    {
        Description = "Host and port of the registry",
        DefaultValueFactory = _ => "docker.io",
    };
    private static readonly Option<string> AuthFile =
        new("--authfile") { Description = "File with credentials", HelpName = "FILE" };

    public static Command Create()
    {
        var command = new Command("logout", "Forget the credentials for a registry") { Registry, AuthFile };
        command.SetAction(result =>
        {
            string host = ImageRegistry.HostOf(result.GetRequiredValue(Registry));
            bool isFound = new ImageRegistry(new() { AuthFile = result.GetValue(AuthFile) }).LogOut(host);
            Terminal.WriteLine(isFound ? $"Removed the credentials for {host}" : $"Not logged in to {host}");
        });
        return command.WithExamples("drydock logout example.org");
    }
}
