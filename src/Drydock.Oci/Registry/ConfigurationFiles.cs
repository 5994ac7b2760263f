namespace Drydock.Oci.Registry;

/// <summary>Where configuration of Docker and Podman is looked for.</summary>
internal static class ConfigurationFiles
{
    /// <summary>The value of a variable, null where it is empty.</summary>
    public static string? Variable(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    /// <summary>A path below the home directory; null without one.</summary>
    public static string? InHome(string path)
    {
        var home = Variable("HOME") ?? Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        return home.Length == 0 ? null : Path.Join(home, path);
    }

    /// <summary>A path below the directory that a variable names; null without it.</summary>
    public static string? Below(string variable, string path) =>
        Variable(variable) is { } directory ? Path.Join(directory, path) : null;
}
