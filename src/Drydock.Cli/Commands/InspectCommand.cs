using System.CommandLine;
using System.Text.Json;
using Drydock.Oci;

namespace Drydock.Cli.Commands;

/// <summary><c>drydock inspect</c>: what an image says of itself, in Docker's shape.</summary>
internal static class InspectCommand
{
    private static readonly Argument<string[]> Images = new("IMAGE")
    {
        Description = "Name or id of an image",
        Arity = ArgumentArity.OneOrMore,
    };

    public static Command Create()
    {
        var command = new Command("inspect", "Show what an image says of itself, as JSON") { Images };
        command.SetAction(result =>
        {
            ImageStore store = ImageStore.Open();
            IReadOnlyList<ImageSummary> all = store.List();
            Image[] images = Array.ConvertAll(result.GetRequiredValue(Images), name => store.Resolve(name));
            Terminal.WriteLine(Json.Write(json =>
            {
                json.WriteStartArray();
                foreach (Image image in images) WriteImage(json, store, image, all);
                json.WriteEndArray();
            }));
        });
        return command.WithExamples("drydock inspect hello", "drydock inspect hello | jq '.[0].Config.Entrypoint'");
    }

    private static void WriteImage(Utf8JsonWriter json, ImageStore store, Image image, IReadOnlyList<ImageSummary> all)
    {
        using JsonDocument config = JsonDocument.Parse(store.ReadJson(image.Manifest.Config));
        json.WriteStartObject();
        json.WriteString("Id", image.Id.ToString());
        WriteStrings(json, "RepoTags", all.Where(each => each.Id == image.Id).Select(each => each.Name?.Familiar));
        WriteStrings(json, "RepoDigests", all.Where(each => each.Id == image.Id)
            .Select(each => each.Name is { } name ? $"{name.FamiliarRepository}@{image.ManifestDigest}" : null));
        json.WriteString("Created", image.Config.Created);
        json.WriteString("Author", image.Config.Author);
        json.WriteString("Architecture", image.Platform.Architecture);
        json.WriteString("Os", image.Platform.Os);
        json.WriteNumber("Size", image.Size);
        WriteProperty(json, "Config", config.RootElement, "config");
        WriteRootFs(json, image);
        json.WriteEndObject();
    }

    private static void WriteRootFs(Utf8JsonWriter json, Image image)
    {
        json.WriteStartObject("RootFS");
        json.WriteString("Type", "layers");
        WriteStrings(json, "Layers", image.Config.Rootfs?.DiffIds ?? []);
        json.WriteEndObject();
    }

    private static void WriteProperty(Utf8JsonWriter json, string name, JsonElement parent, string source)
    {
        json.WritePropertyName(name);
        if (parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(source, out JsonElement value)) value.WriteTo(json);
        else json.WriteNullValue();
    }

    private static void WriteStrings(Utf8JsonWriter json, string name, IEnumerable<string?> values)
    {
        json.WriteStartArray(name);
        foreach (string value in values.OfType<string>().Distinct()) json.WriteStringValue(value);
        json.WriteEndArray();
    }
}
