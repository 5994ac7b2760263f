using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Drydock.Oci.Registry;

/// <summary>
/// Answers challenges: basic authentication, and bearer tokens as the distribution project's token servers hand them
/// out, one for each scope, kept until they expire.
/// </summary>
internal sealed class Authorization(Endpoint endpoint, Lazy<Credentials?> credentials, TransferLimits limits)
    : IDisposable
{
    private const int MaxTokenAnswer = 1 << 20;
    private static readonly TimeSpan DefaultLife = TimeSpan.FromSeconds(60);

    private readonly ConcurrentDictionary<string, (string Header, DateTime Expires)> _bearers =
        new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _single = new(1);
    private string? _basic;

    /// <summary>The header for a scope, or null while none is known.</summary>
    public string? HeaderFor(string scope) =>
        _bearers.TryGetValue(scope, out var bearer) && bearer.Expires > DateTime.UtcNow ? bearer.Header : _basic;

    /// <summary>Answers a challenge; false where there is nothing to answer with.</summary>
    /// <param name="challenges">What the registry wants.</param>
    /// <param name="scope">What it is wanted for.</param>
    /// <param name="refused">The header it has refused.</param>
    /// <param name="send">Sends a request to the token server.</param>
    /// <param name="cancel">Gives up.</param>
    public async Task<bool> AnswerAsync(List<Challenge> challenges, string scope, string? refused,
        Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> send, CancellationToken cancel)
    {
        await _single.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            if (HeaderFor(scope) is { } newer && newer != refused)
                return true;
            if (challenges.FirstOrDefault(each => each.Is("Bearer") && each["realm"] is not null) is { } bearer)
                return await FetchAsync(bearer, scope, send, cancel).ConfigureAwait(false);
            return challenges.Any(each => each.Is("Basic")) && UseBasic(refused);
        }
        finally
        {
            _single.Release();
        }
    }

    public void Dispose() => _single.Dispose();

    private bool UseBasic(string? refused)
    {
        if (credentials.Value is not { IsIdentityToken: false } known)
            return false;
        _basic = Basic(known);
        return _basic != refused;
    }

    private static string Basic(Credentials known) =>
        "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{known.User}:{known.Secret}"));

    private async Task<bool> FetchAsync(Challenge challenge, string scope,
        Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>> send, CancellationToken cancel)
    {
        var scopes = $"{scope} {challenge["scope"]}".Split(' ', StringSplitOptions.RemoveEmptyEntries).Distinct()
            .ToArray();
        using var request = Request(Realm(challenge["realm"]!), challenge["service"] ?? "", scopes);
        using var response = await send(request, cancel).ConfigureAwait(false);
        if (!response.IsSuccessStatusCode)
            return (int)response.StatusCode is 401 or 403 ? false : throw new ImageException(ImageError.Registry,
                $"the token server {request.RequestUri!.Host} of {endpoint.Host} answered {(int)response.StatusCode}");
        var answer = await Body.ReadAllAsync(response, MaxTokenAnswer, limits, cancel).ConfigureAwait(false);
        Remember(scope, answer, request.RequestUri!.Host);
        return true;
    }

    /// <summary>
    /// Credentials go to this address: in the clear only where the registry itself is spoken to in the clear.
    /// </summary>
    private Uri Realm(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var realm) || realm.Scheme is not ("http" or "https"))
            throw new ImageException(ImageError.Registry,
                $"{endpoint.Host} names no token server that can be used: {Printable.Of(text)}");
        if (realm.Scheme == "http" && !endpoint.Schemes.Contains("http") && !realm.IsLoopback)
            throw new ImageException(ImageError.Registry,
                $"{endpoint.Host} wants credentials to be sent to {Printable.Of(text)}, which is not encrypted");
        return realm;
    }

    private HttpRequestMessage Request(Uri realm, string service, string[] scopes)
    {
        if (credentials.Value is { IsIdentityToken: true } token)
            return new(HttpMethod.Post, realm)
            {
                Content = new FormUrlEncodedContent(new Dictionary<string, string>
                {
                    ["grant_type"] = "refresh_token",
                    ["service"] = service,
                    ["client_id"] = "drydock",
                    ["refresh_token"] = token.Secret,
                    ["scope"] = string.Join(' ', scopes),
                }),
            };
        IEnumerable<string> query = [.. service.Length > 0 ? [$"service={Uri.EscapeDataString(service)}"]
            : Array.Empty<string>(),
            .. scopes.Select(each => $"scope={Uri.EscapeDataString(each)}")];
        var address = new UriBuilder(realm)
        {
            Query = string.Join('&', query.Prepend(realm.Query.TrimStart('?'))
            .Where(part => part.Length > 0))
        };
        var request = new HttpRequestMessage(HttpMethod.Get, address.Uri);
        if (credentials.Value is { } known)
            request.Headers.Authorization = AuthenticationHeaderValue.Parse(Basic(known));
        return request;
    }

    private void Remember(string scope, byte[] answer, string host)
    {
        try
        {
            using var json = JsonDocument.Parse(answer);
            var token = Text(json.RootElement, "token") ?? Text(json.RootElement, "access_token");
            if (token is null || token.Any(letter => letter is < '!' or > '~'))
                throw new JsonException();
            var life = json.RootElement.TryGetProperty("expires_in", out var seconds)
                && seconds.TryGetInt32(out var number) && number > 0
                ? TimeSpan.FromSeconds(number)
                : DefaultLife;
            _bearers[scope] = ("Bearer " + token, DateTime.UtcNow + (life * 0.9));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new ImageException(ImageError.Registry, $"the token server {host} of {endpoint.Host} sent no token",
                e);
        }
    }

    private static string? Text(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) && value.GetString() is { Length: > 0 } text ? text : null;
}
