using System.Text.Json;
using System.Text.Json.Serialization;

namespace Drydock.Containers.Spec;

/// <summary>Reads and writes <c>config.json</c>.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    WriteIndented = true)]
[JsonSerializable(typeof(RuntimeSpec))]
public sealed partial class RuntimeSpecJson : JsonSerializerContext
{
    /// <summary>The specification as <c>config.json</c>, in UTF-8.</summary>
    public static byte[] Write(RuntimeSpec spec) => JsonSerializer.SerializeToUtf8Bytes(spec, Default.RuntimeSpec);

    /// <summary>Reads <c>config.json</c>; fields that mean nothing to a guest are skipped.</summary>
    /// <exception cref="ContainerException">It is not JSON, or not of this shape.</exception>
    public static RuntimeSpec Read(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, Default.RuntimeSpec) ?? throw new JsonException("it is null");
        }
        catch (JsonException e)
        {
            throw new ContainerException($"cannot read config.json: {e.Message}");
        }
    }
}
