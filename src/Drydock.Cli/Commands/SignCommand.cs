using System.CommandLine;
using Drydock.Oci;

namespace Drydock.Cli.Commands;

/// <summary><c>drydock sign</c>: signs an image as cosign does, or a module as the tool conventions have it.</summary>
internal static class SignCommand
{
    private static readonly Argument<string> Target =
        new("IMAGE|FILE.wasm") { Description = "Name of an image, or a module" };
    private static readonly Option<string> Key = new("--key", "-k")
    {
        Description = "The private key: ECDSA P-256 in PEM for an image, plain or as cosign encrypts it; Ed25519 for a module",
        HelpName = "FILE",
        Required = true,
    };
    private static readonly Option<string> Output = new("--output", "-o")
    {
        Description = "Where the signed module goes; by default it takes the place of the file",
        HelpName = "FILE",
    };

    public static Command Create()
    {
        var command = new Command("sign", "Sign an image or a module") { Target, Key, Output };
        command.SetAction(result =>
        {
            string target = result.GetRequiredValue(Target), key = result.GetRequiredValue(Key);
            if (KeyFiles.IsModule(target)) SignModule(target, key, result.GetValue(Output) ?? target);
            else SignImage(target, key);
        });
        return command.WithExamples("drydock sign --key cosign.key example.org/hello:1.0",
            "drydock sign --key module.key app.wasm");
    }

    private static void SignImage(string name, string keyFile)
    {
        using SigningKey key = SigningKey.ReadPrivate(SigningKey.ReadFile(keyFile), keyFile,
            () => KeyFiles.Password($"Password of {keyFile}: "));
        Reference signature = ImageTrust.Sign(ImageStore.Open(), Reference.Parse(name), key);
        Terminal.WriteLine($"Signed {name} as {signature.Familiar}");
    }

    private static void SignModule(string path, string keyFile, string output)
    {
        Ed25519Key key = KeyFiles.ReadEd25519(keyFile);
        if (!key.IsPrivate) throw new UserError($"{keyFile} is a public key: signing needs the private one");
        byte[] signed = ModuleSignature.Sign(File.ReadAllBytes(path), key);
        Files.Write(output, "-o", stream => stream.Write(signed));
        Terminal.WriteLine($"Signed {output}");
    }
}
