using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Drydock.Oci.Registry;

/// <summary>
/// Talks to <c>docker-credential-NAME</c> programs (docker-credential-helpers): a verb, JSON in, JSON out.
/// </summary>
internal static class CredentialHelper
{
    private const string TokenUser = "<token>";

    /// <summary>The credentials a helper keeps for a server; null for none.</summary>
    public static Credentials? Get(string helper, string server)
    {
        var (code, output) = Run(helper, "get", server);
        // Helpers say in words that there is nothing; every other failure is no reason to give up on a public image
        // either.
        if (code != 0)
            return null;
        try
        {
            var answer = JsonNode.Parse(output) as JsonObject;
            var (user, secret) = ((string?)answer?["Username"] ?? "", (string?)answer?["Secret"] ?? "");
            return secret.Length == 0 ? null : user == TokenUser ? new("", secret, IsIdentityToken: true)
                : new(user, secret);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new ImageException(ImageError.Registry,
                $"the credential helper docker-credential-{helper} sent no JSON", e);
        }
    }

    public static void Store(string helper, string server, Credentials credentials)
    {
        var entry = new JsonObject
        {
            ["ServerURL"] = server,
            ["Username"] = credentials.User,
            ["Secret"] = credentials.Secret
        };
        var (code, output) = Run(helper, "store", entry.ToJsonString());
        if (code != 0)
            throw Refused(helper, "keep", output);
    }

    public static void Erase(string helper, string server)
    {
        var (code, output) = Run(helper, "erase", server);
        if (code != 0)
            throw Refused(helper, "forget", output);
    }

    private static (int Code, string Output) Run(string helper, string verb, string input)
    {
        if (helper.Any(letter => !char.IsAsciiLetterOrDigit(letter) && letter is not ('.' or '_' or '-')))
            throw new ImageException(ImageError.Registry,
                $"\"{Printable.Of(helper)}\" is no name for a credential helper");
        try
        {
            using var process = Process.Start(new ProcessStartInfo($"docker-credential-{helper}", [verb])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            })!;
            process.StandardInput.Write(input);
            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output);
        }
        catch (Exception e) when (e is Win32Exception or IOException)
        {
            throw new ImageException(ImageError.Registry,
                $"cannot start the credential helper docker-credential-{helper}, which the configuration names: is it on PATH?", e);
        }
    }

    private static ImageException Refused(string helper, string verb, string output) =>
        new(ImageError.Registry,
            $"the credential helper docker-credential-{helper} does not {verb} it: {Printable.Of(output.Trim())}");
}
