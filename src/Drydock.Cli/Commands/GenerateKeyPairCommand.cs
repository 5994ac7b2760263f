using System.CommandLine;
using Drydock.Oci;

namespace Drydock.Cli.Commands;

/// <summary><c>drydock generate-key-pair</c>: keys to sign images with, as cosign makes them.</summary>
internal static class GenerateKeyPairCommand
{
    private static readonly Option<string> Prefix = new("--output-key-prefix")
    {
        Description = "Name of the files, without .key and .pub",
        HelpName = "NAME",
        DefaultValueFactory = _ => "cosign",
    };

    public static Command Create()
    {
        var command = new Command("generate-key-pair", "Make keys to sign images with") { Prefix };
        command.SetAction(result =>
        {
            string prefix = result.GetRequiredValue(Prefix);
            if (File.Exists(prefix + ".key"))
                throw new UserError($"{prefix}.key is there already: name others with --output-key-prefix");
            (string secret, string open) =
                SigningKey.Make(KeyFiles.Password("Password for the private key, empty for none: "));
            using (var file = new FileStream(prefix + ".key", OwnerOnly()))
                file.Write(System.Text.Encoding.UTF8.GetBytes(secret));
            File.WriteAllText(prefix + ".pub", open);
            Terminal.WriteLine($"Wrote {prefix}.key and {prefix}.pub");
        });
        return command.WithExamples(
            "drydock generate-key-pair",
                "COSIGN_PASSWORD=secret drydock generate-key-pair --output-key-prefix release");
    }

    private static FileStreamOptions OwnerOnly()
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return options;
    }
}
