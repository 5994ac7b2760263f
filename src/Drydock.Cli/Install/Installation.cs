namespace Drydock.Cli.Install;

/// <summary>What a user asks of an installation.</summary>
/// <param name="File">Another configuration file than the engine's usual one.</param>
/// <param name="IsDefault">Whether containers get Drydock without asking for it.</param>
/// <param name="Verifies">Whether a container is run to see that it works.</param>
/// <param name="Restarts">Whether an engine that reads its configuration only then is restarted.</param>
internal sealed record InstallOptions(string? File, bool IsDefault, bool Verifies, bool Restarts);

/// <summary>Makes Drydock known to an engine, and undoes it.</summary>
internal abstract class Installation
{
    /// <summary>The word that names the engine on the command line.</summary>
    public abstract string Name { get; }

    /// <summary>Writes what the version found needs; done twice it changes nothing.</summary>
    public abstract void Install(InstallOptions options);

    /// <summary>Takes away what <see cref="Install"/> wrote.</summary>
    public abstract void Remove(InstallOptions options);
}
