using System.Text;
using Drydock.Oci;

namespace Drydock.Cli;

/// <summary>Keys and their passwords, as the signing commands get them.</summary>
internal static class KeyFiles
{
    /// <summary>Whether a name is that of a module file and not of an image.</summary>
    public static bool IsModule(string name) => name.EndsWith(".wasm", StringComparison.Ordinal) && File.Exists(name);

    /// <summary>Reads an Ed25519 key.</summary>
    public static Ed25519Key ReadEd25519(string path)
    {
        try
        {
            return Ed25519Key.Read(File.ReadAllBytes(path), path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserError($"cannot read key {path}: {Reason.Of(e)}");
        }
    }

    /// <summary><c>COSIGN_PASSWORD</c>, else what a user types, unseen; empty where nobody can be asked.</summary>
    public static string Password(string question)
    {
        if (Environment.GetEnvironmentVariable("COSIGN_PASSWORD") is { } given) return given;
        if (Console.IsInputRedirected) return "";
        Terminal.Write(question);
        var typed = new StringBuilder();
        for (ConsoleKeyInfo key = Console.ReadKey(intercept: true); key.Key != ConsoleKey.Enter;
            key = Console.ReadKey(intercept: true))
            if (key.Key == ConsoleKey.Backspace) typed.Length = Math.Max(0, typed.Length - 1);
            else typed.Append(key.KeyChar);
        Terminal.WriteLine();
        return typed.ToString();
    }
}
