using System.CommandLine;
using System.Reflection;

namespace Drydock.Cli.Commands;

/// <summary><c>drydock version</c>.</summary>
internal static class VersionCommand
{
    /// <summary>The version without the commit that the build appends.</summary>
    public static string Number { get; } = typeof(VersionCommand).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    public static Command Create()
    {
        var command = new Command("version", "Show the version");
        command.SetAction(_ => Terminal.WriteLine($"drydock {Number}"));
        return command.WithExamples("drydock version");
    }
}
