using System.CommandLine;
using Drydock.Oci.Registry;

namespace Drydock.Cli;

/// <summary>The options that all commands have which talk to registries.</summary>
internal sealed class RegistryArguments
{
    private readonly Option<bool?> _verifyTls = new("--tls-verify")
    {
        Description = "Check certificates and refuse plain HTTP; on unless the configuration says otherwise",
        HelpName = "true|false",
    };
    private readonly Option<bool> _plainHttp = new("--plain-http") { Description = "Speak HTTP without TLS" };
    private readonly Option<string> _authFile =
        new("--authfile") { Description = "File with credentials", HelpName = "FILE" };
    private readonly Option<string> _certificates = new("--cert-dir")
    {
        Description = "Directory with *.crt, *.cert and *.key",
        HelpName = "DIR",
    };

    /// <summary>Gives a command the options.</summary>
    public void AddTo(Command command)
    {
        command.Add(_verifyTls);
        command.Add(_plainHttp);
        command.Add(_authFile);
        command.Add(_certificates);
    }

    /// <summary>What the user chose.</summary>
    public RegistryOptions Read(ParseResult result, ITransferProgress? progress = null) => new()
    {
        VerifyTls = result.GetValue(_verifyTls),
        PlainHttp = result.GetValue(_plainHttp),
        AuthFile = result.GetValue(_authFile),
        CertificateDirectory = result.GetValue(_certificates),
        Progress = progress,
    };
}
