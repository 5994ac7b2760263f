using System.Net.Sockets;
using System.Security.Authentication;

namespace Drydock.Oci.Registry;

/// <summary>What becomes of a request that no answer came to.</summary>
internal static class NetworkFailure
{
    /// <summary>What failed, in a few words.</summary>
    public static string Describe(Exception e) => e switch
    {
        ImageException or TimeoutException => e.Message,
        HttpRequestException { InnerException: SocketException socket } => Describe(socket),
        HttpRequestException { InnerException: AuthenticationException } =>
            "it speaks no TLS, or its certificate is not trusted: "
            + "add the authority's certificate to certs.d, or use --tls-verify=false",
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } =>
            "there is no host of that name",
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } => "it does not speak TLS",
        HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse } => "it does not answer in HTTP",
        HttpRequestException { HttpRequestError: HttpRequestError.ResponseEnded } or HttpIOException =>
            "it closed the connection early",
        OperationCanceledException => "no connection came about in time",
        HttpRequestException { InnerException: ImageException own } => own.Message,
        SocketException socket => Printable.Of(socket.SocketErrorCode switch
        {
            SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain => "there is no host of that name",
            SocketError.ConnectionRefused => "the connection was refused",
            SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown =>
                "it closed the connection early",
            SocketError.HostUnreachable or SocketError.HostDown => "no way leads to that host",
            SocketError.NetworkUnreachable or SocketError.NetworkDown => "no way leads to that network",
            SocketError.TimedOut => "it does not answer",
            SocketError.AccessDenied => "this machine does not allow the connection",
            _ => socket.Message,
        }),
        { InnerException: { } inner } when e is HttpRequestException or IOException => Describe(inner),
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } => "there is no connection to it",
        HttpRequestException { HttpRequestError: HttpRequestError.ProxyTunnelError } =>
            "the proxy does not let it through",
        HttpRequestException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded } =>
            "its headers are too long",
        HttpRequestException
        {
            HttpRequestError: HttpRequestError.HttpProtocolError
            or HttpRequestError.VersionNegotiationError
        } =>
            "it does not keep to HTTP",
        HttpRequestException { StatusCode: { } status } => $"it answered {(int)status}",
        HttpRequestException => "the request failed",
        _ => Reason.Of(e),
    };

    /// <summary>Whether a failure of the network may be gone at the next attempt.</summary>
    public static bool MayPass(Exception e) => e switch
    {
        TimeoutException => true,
        // Nobody answered to a connection for as long as that may take: a machine that is not there.
        OperationCanceledException => false,
        HttpRequestException { InnerException: AuthenticationException } => false,
        HttpRequestException { InnerException: SocketException socket } => MayPass(socket),
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => false,
        SocketException socket => socket.SocketErrorCode is not (SocketError.HostNotFound or SocketError.NoData
            or SocketError.TryAgain or SocketError.ConnectionRefused or SocketError.HostUnreachable
                or SocketError.NetworkUnreachable),
        HttpRequestException or IOException => true,
        _ => false,
    };

    /// <summary>Whether there is nobody at all, whatever is spoken.</summary>
    public static bool IsFinal(Exception e) => e is HttpRequestException
    {
        InnerException: SocketException
        {
            SocketErrorCode: not (SocketError.ConnectionReset
            or SocketError.ConnectionAborted)
        },
    };
}
