using System.Buffers.Binary;
using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Drydock.Cli.Shim.Protobuf;
using Drydock.Containers;
using Drydock.Oci.Registry;

namespace Drydock.Cli.Shim;

/// <summary>
/// Calls of containerd's own services: gRPC, which is HTTP/2 with a length before each message (grpc.io, "gRPC over
/// HTTP2"). Only what a shim asks for.
/// </summary>
internal sealed class ContainerdClient(string address, string @namespace) : IDisposable
{
    private const int PrefixSize = 5, LargestMessage = 16 << 20;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly HttpClient _http = new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, cancellation) =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(address), cancellation).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        },
    })
    { Timeout = Patience };

    /// <summary>Calls a method and hands each message of the answer to <paramref name="received"/>.</summary>
    /// <exception cref="ContainerException">The call failed.</exception>
    public void Call(string method, ProtoWriter message, Action<byte[]> received)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "http://containerd/" + method)
        {
            Version = new(2, 0),
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(Prefixed(message)),
        };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        request.Headers.TE.Add(new("trailers"));
        request.Headers.Add("containerd-namespace", @namespace);
        try
        {
            // The framework has HTTP/2 for callers that do not wait only.
            using HttpResponseMessage response =
                _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).GetAwaiter().GetResult();
            using (Stream body = response.Content.ReadAsStream())
                while (Read(body) is { } answer) received(answer);
            Check(method, response);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            throw new ContainerException($"cannot call {method} of containerd at {address}: {NetworkFailure.Describe(e)}");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    /// <summary>A status of its own comes after the messages, or instead of them.</summary>
    private static void Check(string method, HttpResponseMessage response)
    {
        string status = Header(response.TrailingHeaders, "grpc-status")
            ?? Header(response.Headers, "grpc-status") ?? "0";
        if (status != "0")
            throw new ContainerException(string.Create(CultureInfo.InvariantCulture,
                $"{method} of containerd failed: {Header(response.TrailingHeaders, "grpc-message") ?? status}"));
    }

    private static string? Header(HttpResponseHeaders headers, string name)
    {
        if (headers.TryGetValues(name, out IEnumerable<string>? values))
            foreach (string value in values) return value;
        return null;
    }

    private static byte[] Prefixed(ProtoWriter message)
    {
        var bytes = new byte[PrefixSize + message.Written.Length];
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(1), message.Written.Length);
        message.Written.CopyTo(bytes.AsSpan(PrefixSize));
        return bytes;
    }

    private static byte[]? Read(Stream body)
    {
        var prefix = new byte[PrefixSize];
        if (body.ReadAtLeast(prefix, PrefixSize, throwOnEndOfStream: false) < PrefixSize) return null;
        uint length = BinaryPrimitives.ReadUInt32BigEndian(prefix.AsSpan(1));
        if (prefix[0] != 0 || length > LargestMessage) throw new IOException("the answer is compressed or too long");
        var message = new byte[length];
        body.ReadExactly(message);
        return message;
    }
}
