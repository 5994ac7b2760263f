namespace Drydock.Cli.Install;

/// <summary>A containerd as somebody ships it: where its configuration is, and how to speak to it.</summary>
/// <param name="Name">The word on the command line.</param>
/// <param name="Program">The program that must be there, and whose version counts.</param>
/// <param name="Directory">Where the configuration is.</param>
/// <param name="File">The file that is written, for a configuration of the old format.</param>
/// <param name="NewFile">The file that is written where the configuration has the format of containerd 2.</param>
/// <param name="Generated">The file in the same directory that tells which format is used; null where it is the written
/// one.</param>
/// <param name="Initial">What a file that is not there begins with; null where it has to be there.</param>
/// <param name="Control">How <c>ctr</c> is called.</param>
/// <param name="Units">The units of systemd that it may run as.</param>
internal sealed record ContainerdDistribution(
    string Name, string Program, string Directory, string File, string NewFile, string? Generated, string? Initial,
    string[] Control, string[] Units)
{
    private const string Base = "{{ template \"base\" . }}\n";
    private const string TemplateFile = "config.toml.tmpl", NewTemplateFile = "config-v3.toml.tmpl",
        GeneratedFile = "config.toml";

    /// <summary>Those that are known.</summary>
    public static readonly ContainerdDistribution[] All =
    [
        new("containerd", "containerd", "/etc/containerd", GeneratedFile, GeneratedFile, null, "", ["ctr"],
            ["containerd"]),
        new("k3s", "k3s", "/var/lib/rancher/k3s/agent/etc/containerd", TemplateFile, NewTemplateFile, GeneratedFile,
            Base,
            ["k3s", "ctr"], ["k3s", "k3s-agent"]),
        new("rke2", "rke2", "/var/lib/rancher/rke2/agent/etc/containerd", TemplateFile, NewTemplateFile, GeneratedFile,
            Base,
            ["/var/lib/rancher/rke2/bin/ctr", "--address", "/run/k3s/containerd/containerd.sock"],
            ["rke2-server", "rke2-agent"]),
        new("microk8s", "microk8s", "/var/snap/microk8s/current/args", "containerd-template.toml",
            "containerd-template.toml",
            null, null, ["microk8s", "ctr"], ["snap.microk8s.daemon-containerd"]),
        new("k0s", "k0s", "/etc/k0s/containerd.d", "drydock.toml", "drydock.toml", "../containerd.toml", "",
            ["k0s", "ctr"], ["k0scontroller", "k0sworker"]),
    ];

    /// <summary>
    /// Whether this is containerd itself, which can check a configuration and reads its address from it.
    /// </summary>
    public bool IsPlain => Control is ["ctr"];
}
