using System.CommandLine;
using Drydock.Cli.Install;

namespace Drydock.Cli.Commands;

/// <summary><c>drydock install</c>: makes Drydock known to container engines.</summary>
internal static class InstallCommand
{
    private static readonly Installation[] Engines =
    [
        new PodmanInstallation(), new DockerInstallation(), new CrioInstallation(),
        .. Array.ConvertAll(ContainerdDistribution.All, each => new ContainerdInstallation(each)),
    ];

    private static readonly Argument<string> Engine = new("ENGINE")
    {
        Description = string.Join(", ", Array.ConvertAll(Engines, engine => engine.Name)),
    };
    private static readonly Option<bool> Remove = new("--remove") { Description = "Undo the installation" };
    private static readonly Option<bool> Default = new("--default")
    {
        Description = "Make it the runtime of containers that name none; Linux ones are handed to crun or runc",
    };
    private static readonly Option<string?> FileOption = new("--file")
    {
        Description = "The configuration file to write, instead of the engine's usual one",
        HelpName = "PATH",
    };
    private static readonly Option<bool> NoVerify =
        new("--no-verify") { Description = "Do not run a container to see that it works" };

    private static readonly Option<bool> Restart = new("--restart")
    {
        Description = "Restart an engine that reads its configuration only then; containers go on running",
    };

    public static Command Create()
    {
        var command = new Command("install", "Make Drydock known to a container engine")
        {
            Engine, Remove, Default, FileOption, NoVerify, Restart,
        };
        command.SetAction(Run);
        return command.WithExamples(
            "sudo drydock install podman",
            "sudo drydock install docker",
            "sudo drydock install containerd --restart",
            "sudo drydock install podman --default",
            "sudo drydock install podman --remove");
    }

    private static int Run(ParseResult result)
    {
        string name = result.GetRequiredValue(Engine);
        Installation engine = Array.Find(Engines, each => each.Name == name) ?? throw new UserError(
            $"there is no engine \"{name}\" that drydock can be installed for: name one of {Engine.Description}");
        var options = new InstallOptions(
            result.GetValue(FileOption), result.GetValue(Default), !result.GetValue(NoVerify),
                result.GetValue(Restart));
        if (result.GetValue(Remove)) engine.Remove(options);
        else engine.Install(options);
        return ExitCode.Success;
    }
}
