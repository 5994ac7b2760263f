using System.Net;
using System.Text.Json;

namespace Drydock.Oci.Registry;

/// <summary>Turns what registries answer into one line.</summary>
internal static class RegistryError
{
    private const int MaxBody = 64 << 10;

    /// <summary>The exception for an answer that is no success; disposes of the answer.</summary>
    public static async Task<ImageException> FromAsync(HttpResponseMessage response, Endpoint endpoint, string what,
        TransferLimits limits)
    {
        using (response)
        {
            var (code, message) = await ReadAsync(response, limits).ConfigureAwait(false);
            var detail = code.Length + message.Length == 0 ? "" : $" ({Printable.Of(Join(code, message))})";
            return response.StatusCode switch
            {
                HttpStatusCode.NotFound =>
                    new(ImageError.NotFound, $"{what}: {endpoint.Host} has no such thing{detail}"),
                HttpStatusCode.Unauthorized => new(ImageError.Denied,
                    $"{what}: {endpoint.Host} wants credentials: log in with 'drydock login {endpoint.Host}'{detail}"),
                HttpStatusCode.Forbidden =>
                    new(ImageError.Denied, $"{what}: {endpoint.Host} does not allow it{detail}"),
                HttpStatusCode.TooManyRequests => new(ImageError.Registry,
                    $"{what}: {endpoint.Host} allows no more requests for now; try again later{detail}"),
                var status => new(ImageError.Registry, $"{what}: {endpoint.Host} answered {(int)status}{detail}",
                    Backoff.MayPass(status) ? new HttpRequestException(null, null, status) : null),
            };
        }
    }

    private static string Join(string code, string message) =>
        code.Length == 0 ? message : message.Length == 0 ? code : $"{code}: {message}";

    /// <summary>The first error of a body as the distribution specification has it; empty for anything else.</summary>
    private static async Task<(string Code, string Message)> ReadAsync(HttpResponseMessage response,
        TransferLimits limits)
    {
        try
        {
            var body = await Body.ReadAllAsync(response, MaxBody, limits, default).ConfigureAwait(false);
            using var json = JsonDocument.Parse(body);
            if (json.RootElement.ValueKind == JsonValueKind.Object
                && json.RootElement.TryGetProperty("errors", out var errors)
                && errors.ValueKind == JsonValueKind.Array && errors.GetArrayLength() > 0)
                return (Text(errors[0], "code"), Text(errors[0], "message"));
        }
        catch (Exception e) when (e is JsonException or IOException or HttpRequestException or TimeoutException
            or ImageException)
        {
            // The status says enough.
        }
        return ("", "");
    }

    private static string Text(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value)
            && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
}
