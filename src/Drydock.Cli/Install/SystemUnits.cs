namespace Drydock.Cli.Install;

/// <summary>Services under systemd.</summary>
internal static class SystemUnits
{
    /// <summary>Restarts the unit that runs, or tells the user how to.</summary>
    /// <param name="restarts">Whether the user asked for it.</param>
    /// <param name="engine">Whose units they are.</param>
    /// <param name="units">Those that it may run as.</param>
    /// <returns>Whether it was restarted.</returns>
    public static bool RestartOrSay(bool restarts, string engine, string[] units)
    {
        var unit = Active(units);
        if (restarts && unit is not null)
        {
            Restart(unit);
            return true;
        }
        if (restarts)
            Terminal.WriteLine($"none of the units of {engine} is active: restart {engine} yourself");
        else
            Terminal.WriteLine($"restart {engine} so that it reads that: systemctl restart {unit ?? units[0]}");
        return false;
    }

    private static string? Active(string[] units) =>
        Directory.Exists("/run/systemd/system")
            ? Array.Find(units, unit => Verification.QuietOutput("systemctl", ["is-active", unit]) is not null)
            : null;

    private static void Restart(string unit)
    {
        if (Verification.Output("systemctl", "restart", unit) is null)
            throw new UserError($"systemctl could not restart {unit}: the lines above say why");
        Terminal.WriteLine($"restarted {unit}");
    }
}
