using Drydock.Containers;

namespace Drydock.Cli.Install;

/// <summary>
/// containerd, alone or inside a distribution of Kubernetes: the shim, and a runtime for the CRI plugin.
/// </summary>
internal sealed class ContainerdInstallation(ContainerdDistribution distribution) : Installation
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private const string DefaultAddress = "/run/containerd/containerd.sock";
    /// <summary>From here on a runtime may be named by the path of its shim.</summary>
    private static readonly Version KnowsPaths = new(1, 6);
    private static readonly Version Two = new(2, 0);

    public override string Name => distribution.Name;

    public override void Install(InstallOptions options)
    {
        if (options.IsDefault)
            throw new UserError($"--default is not for {Name}: pods choose by runtimeClassName: drydock");
        var version = Verification.VersionOf(Verification.Find(distribution.Program));
        if (distribution.IsPlain && version < KnowsPaths)
            throw new UserError($"containerd {version} cannot name a shim by its path: version 1.6 is needed");
        RuntimeLinks.Make(RuntimeLinks.Shim);
        var format = Format(options.File, version);
        var file = File(options.File, format);
        var isRestarted = Write(file, format)
            && SystemUnits.RestartOrSay(options.Restarts, Name, distribution.Units);
        if (options.Verifies)
            Verify(file, version, isRestarted ? Patience : TimeSpan.Zero);
        Terminal.WriteLine("try: kubectl apply -k deploy/kubernetes/base, and runtimeClassName: drydock in a pod");
    }

    public override void Remove(InstallOptions options)
    {
        foreach (var file in Files(options.File))
            if (file.Read() is { } text && ContainerdConfiguration.Mentions(text))
            {
                file.TakeOut(ContainerdConfiguration.Without, InitialOf(text));
                Terminal.WriteLine($"removed drydock from {file.Path}");
                _ = SystemUnits.RestartOrSay(options.Restarts, Name, distribution.Units);
            }
        RemoveShim();
    }

    private static void RemoveShim()
    {
        var known = new List<ConfigurationFile>();
        foreach (var each in ContainerdDistribution.All)
            known.AddRange(new ContainerdInstallation(each).Files(null));
        RuntimeLinks.Remove(RuntimeLinks.Shim, [.. known]);
    }

    private IEnumerable<ConfigurationFile> Files(string? named)
    {
        yield return File(named, ContainerdConfiguration.OldFormat);
        if (named is null && distribution.NewFile != distribution.File)
            yield return File(null, ContainerdConfiguration.FormatOfVersion2);
    }

    private ConfigurationFile File(string? named, int format) => new(named ?? Path.Join(distribution.Directory,
        format >= ContainerdConfiguration.FormatOfVersion2 ? distribution.NewFile : distribution.File));

    /// <summary>
    /// The format the configuration has. A file without a version is of the first format where containerd before 2
    /// reads it; where there is no file, containerd's version decides.
    /// </summary>
    private int Format(string? named, Version version)
    {
        var decisive = distribution.Generated is { } generated
            ? new ConfigurationFile(Path.Join(distribution.Directory, generated))
            : File(named, ContainerdConfiguration.OldFormat);
        if (decisive.Read() is { } text)
            return ContainerdConfiguration.FormatOf(text)
                ?? (distribution.IsPlain ? 1 : ContainerdConfiguration.OldFormat);
        return distribution.IsPlain && version >= Two
            ? ContainerdConfiguration.FormatOfVersion2
            : ContainerdConfiguration.OldFormat;
    }

    /// <summary>Whether something was changed.</summary>
    private bool Write(ConfigurationFile file, int format)
    {
        var before = file.Read();
        var text = before ?? InitialFor(format)
            ?? throw new UserError($"{file.Path} is not there: start {Name} once, or name the file with --file");
        string with;
        try
        {
            with = ContainerdConfiguration.With(text, format, RuntimeLinks.PathOf(RuntimeLinks.Shim));
        }
        catch (ContainerException e)
        {
            throw new UserError($"cannot change {file.Path}: {e.Message}");
        }
        var isWritten = file.Write(with, ContainerdConfiguration.Mentions);
        Check(file);
        Terminal.WriteLine(isWritten ? $"wrote {file.Path}" : $"{file.Path} is as it should be");
        return isWritten;
    }

    /// <summary>containerd reads what was written; where it cannot, everything is as before.</summary>
    private void Check(ConfigurationFile file)
    {
        if (!distribution.IsPlain)
            return;
        var dump = Verification.Output(Verification.Find("containerd"), "--config", file.Path, "config", "dump");
        if (dump?.Contains("runtimes.drydock]", StringComparison.Ordinal) == true)
            return;
        file.TakeOut(ContainerdConfiguration.Without, InitialOf(file.Read()!));
        throw new UserError(
            $"containerd does not read {file.Path} with drydock in it: the lines above say why; it is as it was");
    }

    private string? InitialFor(int format) =>
        distribution.Initial is "" ? $"version = {format}\n" : distribution.Initial;

    private string InitialOf(string text) => InitialFor(ContainerdConfiguration.FormatOf(text) ?? 0) ?? "";

    private void Verify(ConfigurationFile file, Version version, TimeSpan patience)
    {
        var control = Control(file);
        if (!Answers(control, patience))
        {
            Terminal.WriteLine($"{Name} is not running: it will know drydock when it starts");
            return;
        }
        Verification.Report(Name, version, Verification.WithGuest(root => Verification.Output(control[0],
            [.. control.AsSpan(1), "run", "--rm", "--runtime", RuntimeLinks.PathOf(RuntimeLinks.Shim), "--rootfs", root,
                $"drydock-install-check-{Environment.ProcessId}", "/" + Verification.GuestName])));
    }

    private static bool Answers(string[] control, TimeSpan patience)
    {
        var end = DateTime.UtcNow + patience;
        while (Verification.QuietOutput(control[0], [.. control.AsSpan(1), "version"]) is null)
        {
            if (DateTime.UtcNow >= end)
                return false;
            Thread.Sleep(200);
        }
        return true;
    }

    private string[] Control(ConfigurationFile file)
    {
        var program = distribution.Control[0].StartsWith('/')
            ? distribution.Control[0]
            : Verification.Find(distribution.Control[0]);
        string[] address = distribution.IsPlain
            ? ["--address", ContainerdConfiguration.AddressOf(file.Read() ?? "") ?? DefaultAddress]
            : [];
        return [program, .. distribution.Control.AsSpan(1), .. address];
    }
}
