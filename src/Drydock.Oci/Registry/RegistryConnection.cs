using System.Net;

namespace Drydock.Oci.Registry;

/// <summary>
/// The line to one endpoint: finds the scheme it speaks, answers its challenges, follows its redirections, and tries
/// again what may pass.
/// </summary>
internal sealed class RegistryConnection : IDisposable
{
    private const int MaxRedirections = 10;

    private readonly Endpoint _endpoint;
    private readonly TransferLimits _limits;
    private readonly HttpMessageInvoker _http;
    private readonly Authorization _authorization;
    private readonly SemaphoreSlim _choosing = new(1);
    private readonly RegistryWarnings _warnings;
    private Uri? _base;

    public RegistryConnection(
        Endpoint endpoint, Lazy<Credentials?> credentials, TransferLimits limits, ITransferProgress? progress = null)
    {
        (_endpoint, _limits, _warnings) = (endpoint, limits, new(endpoint.Host, progress));
        _http = new(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = !endpoint.IsLoopback,
            ActivityHeadersPropagator = null,
            ConnectTimeout = limits.Connect,
            SslOptions = endpoint.Schemes.Contains("https") ? Certificates.Options(endpoint) : new(),
        });
        _authorization = new(endpoint, credentials, limits);
    }

    /// <summary>Where it leads.</summary>
    public Endpoint Endpoint => _endpoint;

    public TransferLimits Limits => _limits;

    /// <summary>Sends a request and returns the answer, whatever its status.</summary>
    public async Task<HttpResponseMessage> SendAsync(RegistryRequest request, CancellationToken cancel)
    {
        var address = new Uri(await BaseAsync(cancel).ConfigureAwait(false), request.Target);
        var backoff = new Backoff(_limits);
        for (var refusals = 0; ;)
        {
            var header = _authorization.HeaderFor(request.Scope);
            var response = await TryAsync(request, address, header, backoff, cancel).ConfigureAwait(false);
            if (response is null)
                continue;
            _warnings.Pass(response);
            if (response.StatusCode == HttpStatusCode.Unauthorized && ++refusals <= 2
                && await AuthorizeAsync(response, request.Scope, header, cancel).ConfigureAwait(false))
            {
                response.Dispose();
                continue;
            }
            if (!request.Repeat || !Backoff.MayPass(response.StatusCode)
                || backoff.Next(Backoff.Asked(response.Headers)) is not { } pause)
                return response;
            response.Dispose();
            await Task.Delay(pause, cancel).ConfigureAwait(false);
        }
    }

    /// <summary>An address the registry gave, made absolute.</summary>
    public Uri Resolve(HttpResponseMessage response, Uri location) =>
        Next(response.RequestMessage?.RequestUri ?? _base!, location);

    public void Dispose()
    {
        _http.Dispose();
        _authorization.Dispose();
        _choosing.Dispose();
    }

    private async Task<HttpResponseMessage?> TryAsync(
        RegistryRequest request, Uri address, string? header, Backoff backoff, CancellationToken cancel)
    {
        try
        {
            return await FollowAsync(request, address, header, cancel).ConfigureAwait(false);
        }
        catch (Exception e) when (IsFailure(e, cancel))
        {
            if (!request.Repeat || !NetworkFailure.MayPass(e) || backoff.Next() is not { } pause)
                throw Unreachable(e);
            await Task.Delay(pause, cancel).ConfigureAwait(false);
            return null;
        }
    }

    private async Task<HttpResponseMessage> FollowAsync(RegistryRequest request, Uri address, string? header,
        CancellationToken cancel)
    {
        var method = request.Method;
        for (var hop = 0; ; hop++)
        {
            using var guard = new StallGuard(_limits, cancel);
            // Disposed of with the answer's own reference to it.
            var message = request.ToMessage(address, method, guard);
            if (header is not null && IsRegistry(address))
                message.Headers.TryAddWithoutValidation("Authorization", header);
            var response = await guard.RunAsync(_http.SendAsync(message, guard.Token)).ConfigureAwait(false);
            if ((int)response.StatusCode is not (301 or 302 or 303 or 307 or 308)
                || response.Headers.Location is not { } location)
                return response;
            response.Dispose();
            if (hop == MaxRedirections)
                throw new ImageException(ImageError.Registry,
                    $"{_endpoint.Host} redirects more than {MaxRedirections} times");
            if (response.StatusCode == HttpStatusCode.SeeOther && method != HttpMethod.Head)
                method = HttpMethod.Get;
            address = Next(address, location);
        }
    }

    /// <summary>Content is checked by its digest, but nobody on the way shall see what is asked for.</summary>
    private Uri Next(Uri from, Uri location)
    {
        var next = new Uri(from, location);
        var isAllowed = next.Scheme == "https"
            || (next.Scheme == "http" && (from.Scheme == "http" || _endpoint.Schemes.Contains("http")));
        return isAllowed ? next : throw new ImageException(
            ImageError.Registry, $"{_endpoint.Host} leads to {Printable.Of(next.ToString())}, which is not encrypted");
    }

    /// <summary>Credentials are for the registry, not for the storage it sends one to.</summary>
    private bool IsRegistry(Uri address) => address.Authority == _base!.Authority && address.Scheme == _base.Scheme;

    private Task<bool> AuthorizeAsync(HttpResponseMessage response, string scope, string? refused,
        CancellationToken cancel) =>
        response.Headers.TryGetValues("WWW-Authenticate", out var values)
            ? _authorization.AnswerAsync(Challenge.Parse(values), scope, refused, SendPlainAsync, cancel)
            : Task.FromResult(false);

    private async Task<HttpResponseMessage> SendPlainAsync(HttpRequestMessage message, CancellationToken cancel)
    {
        using var guard = new StallGuard(_limits, cancel);
        try
        {
            return await guard.RunAsync(_http.SendAsync(message, guard.Token)).ConfigureAwait(false);
        }
        catch (Exception e) when (IsFailure(e, cancel))
        {
            throw new ImageException(ImageError.Registry,
                $"cannot reach the token server {message.RequestUri!.Authority} of {_endpoint.Host}: {NetworkFailure.Describe(e)}", e);
        }
    }

    private async ValueTask<Uri> BaseAsync(CancellationToken cancel)
    {
        if (_base is { } known)
            return known;
        await _choosing.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            return _base ??= await ChooseAsync(cancel).ConfigureAwait(false);
        }
        finally
        {
            _choosing.Release();
        }
    }

    private async Task<Uri> ChooseAsync(CancellationToken cancel)
    {
        var schemes = _endpoint.Schemes;
        for (var i = 0; i < schemes.Length - 1; i++)
        {
            var address = Base(schemes[i]);
            if (await SpeaksAsync(address, cancel).ConfigureAwait(false))
                return address;
        }
        return Base(schemes[^1]);
    }

    /// <summary>
    /// Whether a registry answers here; a TLS server tells those who speak plain HTTP that they are wrong, with 400.
    /// </summary>
    private async Task<bool> SpeaksAsync(Uri address, CancellationToken cancel)
    {
        using var guard = new StallGuard(_limits, cancel);
        using var message = new HttpRequestMessage(HttpMethod.Get, address);
        try
        {
            using var response = await guard.RunAsync(_http.SendAsync(message, guard.Token)).ConfigureAwait(false);
            return address.Scheme == "https" || response.StatusCode != HttpStatusCode.BadRequest;
        }
        catch (Exception e) when (IsFailure(e, cancel))
        {
            return NetworkFailure.IsFinal(e) ? throw Unreachable(e) : false;
        }
    }

    private Uri Base(string scheme) => new($"{scheme}://{_endpoint.Authority}/v2/");

    private static bool IsFailure(Exception e, CancellationToken cancel) =>
        e is HttpRequestException or IOException or TimeoutException
            || (e is OperationCanceledException && !cancel.IsCancellationRequested);

    private ImageException Unreachable(Exception e) =>
        new(ImageError.Registry, $"cannot reach {_endpoint.Authority}: {NetworkFailure.Describe(e)}", e);
}
