using System.Collections.Concurrent;
using System.Formats.Tar;
using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Drydock.Oci.Tests.Registry;

/// <summary>
/// A server that answers exactly what a test tells it to, for what no real registry does on purpose. Every answer
/// closes its connection.
/// </summary>
internal sealed class ScriptedRegistry : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<string, Func<Asked, Task>> _routes = new();

    public ScriptedRegistry()
    {
        _listener.Start();
        Address = $"127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";
        On("/v2/", asked => asked.Answer(200, "{}"));
        _ = AcceptAsync();
    }

    public string Address { get; }

    /// <summary>What was asked, in order: method, path with query.</summary>
    public ConcurrentQueue<Asked> Requests { get; } = new();

    /// <summary>Answers a path, without its query, from now on.</summary>
    public void On(string path, Func<Asked, Task> answer) => _routes[path] = answer;

    /// <summary>What answers a path now; null where nothing does.</summary>
    public Func<Asked, Task>? RouteOf(string path) => _routes.GetValueOrDefault(path);

    public void On(string path, string content, string type = "application/json") =>
        On(path, asked => asked.Answer(200, Encoding.UTF8.GetBytes(content), $"Content-Type: {type}"));

    public void On(string path, byte[] content) => On(path, asked => asked.Answer(200, content));

    /// <summary>Offers an honest image of one layer as <c>x:1</c>; its parts can be replaced afterwards.</summary>
    public Served Offer(byte[]? layer = null, string layerType = MediaTypes.LayerGzip, string? diffId = null,
        string repository = "x")
    {
        var served = Served.Make(layer, layerType, diffId);
        On($"/v2/{repository}/blobs/{served.Config.Digest}", served.ConfigBytes);
        On($"/v2/{repository}/blobs/{served.Layer.Digest}", served.LayerBytes);
        Manifest(served.ManifestBytes, MediaTypes.Manifest, "1", repository);
        return served;
    }

    /// <summary>Serves a manifest under its digest and under a tag.</summary>
    public Digest Manifest(byte[] content, string type, string? tag = null, string repository = "x")
    {
        var digest = Digest.Of(content);
        foreach (var name in (string?[])[tag, digest.ToString()])
            if (name is not null)
                On($"/v2/{repository}/manifests/{name}", asked => asked.Answer(200, content, $"Content-Type: {type}"));
        return digest;
    }

    public Reference Name(string text = "x:1") => Reference.Parse($"{Address}/{text}");

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync();
                _ = ServeAsync(client);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        try
        {
            using (client)
            {
                if (await Asked.ReadAsync(client.GetStream()) is not { } asked)
                    return;
                Requests.Enqueue(asked);
                await (_routes.TryGetValue(asked.Path, out var answer) ? answer(asked)
                    : asked.Answer(404, "{\"errors\":[]}"));
            }
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            // The other side has heard enough.
        }
    }

    /// <summary>A request, and the line to answer on.</summary>
    internal sealed record Asked(string Method, string Path, string Query, Dictionary<string, string> Headers,
        byte[] Body, Stream Stream)
    {
        public string? this[string header] => Headers.GetValueOrDefault(header);

        public static async Task<Asked?> ReadAsync(Stream stream)
        {
            var head = new StringBuilder();
            var one = new byte[1];
            while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
            {
                if (await stream.ReadAsync(one) == 0)
                    return null;
                head.Append((char)one[0]);
            }
            var lines = head.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
            if (lines[0].Split(' ') is not [var method, var target, _])
                return null;
            var headers = lines.Skip(1).Select(line => line.Split(": ", 2))
                .ToDictionary(pair => pair[0], pair => pair[1], StringComparer.OrdinalIgnoreCase);
            var body = new byte[headers.TryGetValue("Content-Length", out var length)
                ? int.Parse(length, CultureInfo.InvariantCulture) : 0];
            await stream.ReadExactlyAsync(body);
            var parts = target.Split('?', 2);
            return new(method, parts[0], parts.Length > 1 ? parts[1] : "", headers, body, stream);
        }

        public Task Answer(int status, string content, params string[] headers) =>
            Answer(status, Encoding.UTF8.GetBytes(content), headers);

        public async Task Answer(int status, byte[] content, params string[] headers)
        {
            await Head(status, [$"Content-Length: {content.Length}", .. headers]);
            if (Method != "HEAD")
                await Stream.WriteAsync(content);
        }

        public async Task Head(int status, params string[] headers) => await Stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"HTTP/1.1 {status} Scripted\r\nConnection: close\r\n{string.Concat(headers.Select(header => header + "\r\n"))}\r\n"));
    }
}

/// <summary>An image as a registry serves it.</summary>
internal sealed record Served(byte[] ManifestBytes, byte[] ConfigBytes, byte[] LayerBytes, Descriptor Config,
    Descriptor Layer)
{
    public Descriptor Manifest => Descriptor.Of(MediaTypes.Manifest, Digest.Of(ManifestBytes), ManifestBytes.Length);

    public static Served Make(byte[]? layer, string layerType, string? diffId)
    {
        var tar = Tar(("hello.wasm", Sandbox.Module));
        layer ??= Gzip(tar);
        var config = new ImageConfig
        {
            Os = "wasi",
            Architecture = "wasm",
            Config = new() { Entrypoint = ["/hello.wasm"] },
            Rootfs = new() { DiffIds = [diffId ?? Digest.Of(tar).ToString()] },
        };
        var configBytes = OciJson.Write(config);
        var (configPart, layerPart) = (Of(MediaTypes.Config, configBytes), Of(layerType, layer));
        return new(WriteManifest(configPart, layerPart), configBytes, layer, configPart, layerPart);
    }

    public static byte[] WriteManifest(Descriptor config, params Descriptor[] layers) => OciJson.Write(
        new ImageManifest { MediaType = MediaTypes.Manifest, Config = config, Layers = layers });

    public static byte[] WriteIndex(params Descriptor[] members) =>
        OciJson.Write(new ImageIndex { MediaType = MediaTypes.Index, Manifests = members });

    public static Descriptor Of(string mediaType, byte[] content) =>
        Descriptor.Of(mediaType, Digest.Of(content), content.Length);

    public static byte[] Tar(params (string Name, byte[] Content)[] files)
    {
        var tar = new MemoryStream();
        using (var writer = new TarWriter(tar, TarEntryFormat.Pax, leaveOpen: true))
            foreach (var (name, content) in files)
                writer.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile,
                    name)
                { DataStream = new MemoryStream(content) });
        return tar.ToArray();
    }

    public static byte[] Gzip(byte[] content)
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
            gzip.Write(content);
        return packed.ToArray();
    }
}
