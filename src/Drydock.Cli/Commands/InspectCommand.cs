using System.CommandLine;
using System.Text;
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

    private static readonly Option<bool> Sbom = new("--sbom")
    {
        Description = "Show the list of parts that is attached to the image, as it was written",
    };

    public static Command Create()
    {
        var command = new Command("inspect", "Show what an image says of itself, as JSON") { Images, Sbom };
        command.SetAction(result =>
        {
            ImageStore store = ImageStore.Open();
            Image[] images = Array.ConvertAll(result.GetRequiredValue(Images), name => store.Resolve(name));
            if (result.GetValue(Sbom))
            {
                foreach (Image image in images) Terminal.WriteLine(ListOfParts(store, image));
                return;
            }
            IReadOnlyList<ImageSummary> all = store.List();
            Terminal.WriteLine(Json.Write(json =>
            {
                json.WriteStartArray();
                foreach (Image image in images) WriteImage(json, store, image, all);
                json.WriteEndArray();
            }));
        });
        return command.WithExamples("drydock inspect hello", "drydock inspect hello | jq '.[0].Config.Entrypoint'",
            "drydock inspect --sbom hello");
    }

    private static string ListOfParts(ImageStore store, Image image) =>
        store.FindSbom(image) is { } document ? Encoding.UTF8.GetString(document).TrimEnd() : throw new UserError(
            $"image {image.DisplayName} has no list of parts in the local store: build it with --sbom, or pull it with --all-platforms");

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
        if (parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(source, out JsonElement value))
            value.WriteTo(json);
        else json.WriteNullValue();
    }

    private static void WriteStrings(Utf8JsonWriter json, string name, IEnumerable<string?> values)
    {
        json.WriteStartArray(name);
        foreach (string value in values.OfType<string>().Distinct()) json.WriteStringValue(value);
        json.WriteEndArray();
    }
}
