using System.CommandLine;
using System.Text;
using Drydock.Oci.Registry;

namespace Drydock.Cli.Commands;

/// <summary><c>drydock login</c>: tries credentials at a registry and keeps them where Docker keeps its own.</summary>
internal static class LoginCommand
{
    private const int MaxSecret = 1 << 16;

    private static readonly Argument<string> Registry = new("REGISTRY")
    {
        Description = "Host and port of the registry",
        DefaultValueFactory = _ => "docker.io",
    };
    private static readonly Option<string> User = new("--username", "-u") { Description = "User", HelpName = "USER" };
    private static readonly Option<string> Password = new("--password", "-p")
    {
        Description = "Password; others may see it in the list of processes",
        HelpName = "PASSWORD",
    };
    private static readonly Option<bool> PasswordFromInput =
        new("--password-stdin") { Description = "Read the password from standard input" };
    private static readonly RegistryArguments Options = new();

    public static Command Create()
    {
        var command = new Command("login", "Log in to a registry") { Registry, User, Password, PasswordFromInput };
        Options.AddTo(command);
        command.SetAction(result =>
        {
            string host = ImageRegistry.HostOf(result.GetRequiredValue(Registry));
            var credentials = new Credentials(UserName(result), Secret(result));
            string place = new ImageRegistry(Options.Read(result)).LogIn(host, credentials);
            Terminal.WriteLine($"Logged in to {host} as {credentials.User}; the password is in {place}");
        });
        return command.WithExamples("drydock login -u me --password-stdin example.org < password.txt");
    }

    private static string UserName(ParseResult result)
    {
        if (result.GetValue(User) is { Length: > 0 } user) return user;
        if (result.GetValue(PasswordFromInput) || Console.IsInputRedirected)
            throw new UserError("name the user with --username");
        Terminal.WriteError("Username: ");
        return Console.ReadLine() is { Length: > 0 } typed ? typed : throw new UserError("no user was given");
    }

    private static string Secret(ParseResult result)
    {
        if (result.GetValue(Password) is { } password)
            return result.GetValue(PasswordFromInput)
                ? throw new UserError("--password and --password-stdin exclude each other")
                : password;
        string secret = result.GetValue(PasswordFromInput) ? FromInput() : FromTerminal();
        return secret.Length > 0 ? secret : throw new UserError("the password is empty");
    }

    private static string FromInput()
    {
        using Stream input = Console.OpenStandardInput();
        var buffer = new byte[MaxSecret];
        int length = input.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        return Encoding.UTF8.GetString(buffer, 0, length).TrimEnd('\r', '\n');
    }

    private static string FromTerminal()
    {
        if (Console.IsInputRedirected) throw new UserError("give the password with --password-stdin");
        Terminal.WriteError("Password: ");
        var typed = new StringBuilder();
        while (Console.ReadKey(intercept: true) is { Key: not ConsoleKey.Enter } key)
        {
            if (key.Key == ConsoleKey.Backspace) typed.Length = Math.Max(0, typed.Length - 1);
            else if (key.KeyChar != 0) typed.Append(key.KeyChar);
        }
        Terminal.WriteError("\n");
        return typed.ToString();
    }
}
