using System.Net.Http.Headers;

namespace Drydock.Oci.Registry;

/// <summary>A request to a registry, which can be sent several times.</summary>
internal sealed record RegistryRequest
{
    /// <summary>Method.</summary>
    public required HttpMethod Method { get; init; }
    /// <summary>Path below <c>/v2/</c>, or an address that the registry gave.</summary>
    public required string Target { get; init; }
    /// <summary>
    /// What it is for, as token servers name it: <c>repository:NAME:pull</c>; several with blanks between.
    /// </summary>
    public required string Scope { get; init; }
    /// <summary>Media types that are understood.</summary>
    public string[] Accept { get; init; } = [];
    /// <summary>First byte wanted, 0 for all.</summary>
    public long Start { get; init; }
    /// <summary>Makes the body, each time it is sent.</summary>
    public Func<StallGuard, HttpContent>? Content { get; init; }
    /// <summary>Whether it is tried again by itself after a failure that may pass.</summary>
    public bool Repeat { get; init; } = true;

    /// <summary>The message, without authorization.</summary>
    public HttpRequestMessage ToMessage(Uri address, HttpMethod method, StallGuard guard)
    {
        var message = new HttpRequestMessage(method, address) { Version = new(1, 1) };
        message.Headers.TryAddWithoutValidation("User-Agent", "drydock");
        foreach (var type in Accept)
            message.Headers.TryAddWithoutValidation("Accept", type);
        if (Start > 0)
            message.Headers.Range = new RangeHeaderValue(Start, null);
        if (Content is not null && method != HttpMethod.Get && method != HttpMethod.Head)
            message.Content = Content(guard);
        else if (method == HttpMethod.Post)
            message.Content = new ByteArrayContent([]);
        return message;
    }
}
