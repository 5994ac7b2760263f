using System.CommandLine;
using Drydock.Oci;

namespace Drydock.Cli.Commands;

/// <summary><c>drydock verify</c>: whether an image or a module is signed by a key.</summary>
internal static class VerifyCommand
{
    private static readonly Argument<string> Target =
        new("IMAGE|FILE.wasm") { Description = "Name of an image, or a module" };
    private static readonly Option<string> Key = new("--key", "-k")
    {
        Description = "The public key: ECDSA P-256 in PEM for an image, Ed25519 for a module",
        HelpName = "FILE",
        Required = true,
    };

    public static Command Create()
    {
        var command = new Command("verify", "Verify that an image or a module is signed by a key") { Target, Key };
        command.SetAction(result =>
        {
            string target = result.GetRequiredValue(Target), key = result.GetRequiredValue(Key);
            if (KeyFiles.IsModule(target)) VerifyModule(target, key);
            else VerifyImage(target, key);
        });
        return command.WithExamples("drydock verify --key cosign.pub example.org/hello:1.0",
            "drydock verify --key module.pub app.wasm");
    }

    private static void VerifyImage(string name, string keyFile)
    {
        using SigningKey key = SigningKey.ReadPublic(SigningKey.ReadFile(keyFile), keyFile);
        Terminal.WriteLine($"{name} is signed: {ImageTrust.Verify(ImageStore.Open(), Reference.Parse(name), key)}");
    }

    private static void VerifyModule(string path, string keyFile)
    {
        if (ModuleSignature.Verify(File.ReadAllBytes(path), [KeyFiles.ReadEd25519(keyFile)]) is { } reason)
            throw new UserError($"{path} {reason}");
        Terminal.WriteLine($"{path} is signed");
    }
}
