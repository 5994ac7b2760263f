using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Drydock.Oci.Tests.Registry;

/// <summary>A real registry (Debian's docker-registry) on a port of its own, gone when the test is.</summary>
public sealed class RegistryServer : IDisposable
{
    private readonly Process _process;

    private RegistryServer(string address, Process process) => (Address, _process) = (address, process);

    /// <summary>Host and port, as names of images have them.</summary>
    public string Address { get; }

    /// <summary>Starts one; null, with a message, where it cannot be installed.</summary>
    /// <param name="directory">Directory for its content.</param>
    /// <param name="http">More lines under <c>http:</c>, as for TLS.</param>
    /// <param name="more">More of the configuration, as for authentication.</param>
    public static RegistryServer? Start(string directory, string http = "", string more = "")
    {
        if (!Tools.Available("docker-registry"))
            return null;
        var port = FreePort();
        Directory.CreateDirectory(directory);
        var file = Path.Join(directory, "registry.yml");
        File.WriteAllText(file,
            $$"""
            version: 0.1
            log: { level: error, accesslog: { disabled: true } }
            storage: { filesystem: { rootdirectory: {{directory}}/content }, delete: { enabled: true } }
            http:
              addr: 127.0.0.1:{{port}}
            {{http}}
            {{more}}
            """);
        var start = new ProcessStartInfo("docker-registry", ["serve", file])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true
        };
        start.Environment["OTEL_TRACES_EXPORTER"] = "none";
        var server = new RegistryServer($"127.0.0.1:{port}", Process.Start(start)!);
        server._process.OutputDataReceived += (_, _) => { };
        server._process.ErrorDataReceived += (_, _) => { };
        server._process.BeginOutputReadLine();
        server._process.BeginErrorReadLine();
        server.WaitUntilUp(port);
        return server;
    }

    /// <summary>The name of a repository's tag here.</summary>
    public string Name(string repository) => $"{Address}/{repository}";

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    internal static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private void WaitUntilUp(int port)
    {
        for (var waited = Stopwatch.StartNew(); ; Thread.Sleep(20))
        {
            Assert.False(_process.HasExited, "docker-registry ended at once");
            Assert.True(waited.Elapsed < TimeSpan.FromSeconds(30), "docker-registry does not come up");
            try
            {
                using var client = new TcpClient("127.0.0.1", port);
                return;
            }
            catch (SocketException)
            {
                // Not yet.
            }
        }
    }
}
