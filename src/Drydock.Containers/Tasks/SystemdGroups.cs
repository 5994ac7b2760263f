using System.Text.Json;

namespace Drydock.Containers.Tasks;

/// <summary>Tells whether systemd is to make a container's control group.</summary>
public static class SystemdGroups
{
    /// <summary>
    /// Whether the bundle's <c>linux.cgroupsPath</c> is written as systemd's, <c>SLICE:PREFIX:NAME</c>. Who writes that
    /// means it, and runtimes do not understand it otherwise, so that no option has to say it again.
    /// </summary>
    public static bool AreMeantBy(string bundle)
    {
        try
        {
            return IsSlice(FindPath(File.ReadAllBytes(Path.Join(bundle, "config.json"))));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException
            or InvalidOperationException)
        {
            // The runtime says what is wrong with it.
            return false;
        }
    }

    internal static bool IsSlice(string? path) => path?.Split(':') is [var slice, _, { Length: > 0 }]
        && (slice.Length == 0 || slice.EndsWith(".slice", StringComparison.Ordinal));

    private static string? FindPath(ReadOnlySpan<byte> json)
    {
        const int InLinux = 2;
        var reader = new Utf8JsonReader(json);
        while (reader.Read())
            if (reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == InLinux
                && reader.ValueTextEquals("cgroupsPath"u8))
                return reader.Read() ? reader.GetString() : null;
        return null;
    }
}
