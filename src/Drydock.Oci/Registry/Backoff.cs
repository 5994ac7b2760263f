using System.Net;
using System.Net.Http.Headers;

namespace Drydock.Oci.Registry;

/// <summary>How long to wait before the next attempt, and when to stop trying.</summary>
internal sealed class Backoff(TransferLimits limits)
{
    private int _failures;

    /// <summary>Forgets the failures so far: something has moved since.</summary>
    public void Reset() => _failures = 0;

    /// <summary>The pause before another attempt; null when there is to be none.</summary>
    /// <param name="asked">What the registry asked for, if it did.</param>
    public TimeSpan? Next(TimeSpan? asked = null)
    {
        if (++_failures >= limits.Attempts || asked > limits.LongestPause)
            return null;
        var pause = limits.FirstPause * Math.Pow(2, _failures - 1) * (0.75 + (Random.Shared.NextDouble() / 2));
        return asked > pause ? asked : pause < limits.LongestPause ? pause : limits.LongestPause;
    }

    /// <summary>Whether an answer may be another one later.</summary>
    public static bool MayPass(HttpStatusCode status) =>
        status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests
            || (int)status is >= 500 and not 501 and not 505;

    /// <summary>What <c>Retry-After</c> asks for (RFC 9110, 10.2.3).</summary>
    public static TimeSpan? Asked(HttpResponseHeaders headers) => headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date - DateTimeOffset.UtcNow,
        _ => null,
    };
}
