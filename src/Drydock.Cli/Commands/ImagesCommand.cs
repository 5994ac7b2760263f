using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Drydock.Oci;

namespace Drydock.Cli.Commands;

/// <summary><c>drydock images</c>: the images of the local store.</summary>
internal static class ImagesCommand
{
    private const string None = "<none>";

    private static readonly Argument<string?> Pattern = new("REPOSITORY[:TAG]")
    {
        Description = "Show only images of this name; * and ? stand for what is not given",
        Arity = ArgumentArity.ZeroOrOne,
    };
    private static readonly Option<bool> All =
        new("--all", "-a") { Description = "Accepted: there are no images in between" };
    private static readonly Option<bool> Quiet = new("--quiet", "-q") { Description = "Show ids only" };
    private static readonly Option<bool> Digests =
        new("--digests") { Description = "Show the digests of the manifests" };
    private static readonly Option<bool> NoTruncation = new("--no-trunc") { Description = "Show ids in full" };
    private static readonly Option<string[]> Filter = new("--filter", "-f")
    {
        Description = "Show only what fits: dangling=true, reference=PATTERN, label=NAME[=VALUE], before=IMAGE, since=IMAGE, until=TIME",
        HelpName = "FILTER",
    };
    private static readonly Option<bool> AsJson = new("--json") { Description = "Show a JSON array" };
    private static readonly Option<string> Format =
        new("--format") { Description = "table, json, or a Go template", HelpName = "FORMAT" };

    /// <summary>The command, under its own name or under the one it has in a group.</summary>
    public static Command Create(string name, params string[] aliases)
    {
        var command = new Command(name, "List the images of the local store")
        {
            Pattern, All, Quiet, Digests, NoTruncation, Filter, AsJson, Format,
        };
        foreach (string alias in aliases) command.Aliases.Add(alias);
        command.SetAction(List);
        return command.WithExamples(
            "drydock images", "drydock images --filter dangling=true -q",
                "drydock images --format '{{.Repository}}:{{.Tag}} {{.Size}}'");
    }

    /// <summary>The command <c>images</c>.</summary>
    public static Command Create() => Create("images");

    private static void List(ParseResult result)
    {
        var store = ImageStore.Open();
        IReadOnlyList<ImageSummary> images = Choose(store, result);
        bool isWhole = result.GetValue(NoTruncation);
        string? format = result.GetValue(Format);
        if (result.GetValue(Quiet)) WriteIds(images, isWhole);
        else if (result.GetValue(AsJson) || format == "json") WriteJson(images);
        else if (format is null or "table") WriteTable(images, result.GetValue(Digests), isWhole);
        else WriteFormatted(images, format, isWhole);
    }

    private static IReadOnlyList<ImageSummary> Choose(ImageStore store, ParseResult result)
    {
        string? pattern = result.GetValue(Pattern);
        string[] words = result.GetValue(Filter) ?? [];
        if (pattern is null && words.Length == 0) return store.List();
        ImageFilter filter = ImageFilter.Parse(words);
        return [.. store.List().Where(image =>
            (pattern is null || (image.Name is { } name && ImageFilter.Matches(name, pattern)))
                && filter.Fits(store, image))];
    }

    private static void WriteIds(IReadOnlyList<ImageSummary> images, bool isWhole)
    {
        foreach (string id in images.Select(image => IdOf(image, isWhole)).Distinct()) Terminal.WriteLine(id);
    }

    private static string IdOf(ImageSummary image, bool isWhole) => isWhole ? image.Id.ToString() : image.Id.Short;

    private static void WriteTable(IReadOnlyList<ImageSummary> images, bool withDigests, bool isWhole)
    {
        string[] digestHead = withDigests ? ["DIGEST"] : [];
        var table = new Table(["REPOSITORY", "TAG", .. digestHead, "IMAGE ID", "PLATFORM", "CREATED", "SIZE"]);
        foreach (ImageSummary image in images)
        {
            string[] digest = withDigests ? [image.ManifestDigest.ToString()] : [];
            table.Add([
                image.Name?.FamiliarRepository ?? None, image.Name?.Tag ?? None, .. digest, IdOf(image, isWhole),
                image.Platform.ToString(), Age(image.Created), Size(image.Size)]);
        }
        Terminal.Write(table.ToString());
    }

    /// <summary>The fields of Docker's own template.</summary>
    private static void WriteFormatted(IReadOnlyList<ImageSummary> images, string format, bool isWhole)
    {
        var rows = new Rows();
        foreach (ImageSummary image in images)
            rows.Add(
                ("ID", IdOf(image, isWhole)), ("Repository", image.Name?.FamiliarRepository ?? None),
                ("Tag", image.Name?.Tag ?? None),
                ("Digest", image.ManifestDigest.ToString()), ("CreatedSince", Age(image.Created)),
                ("CreatedAt", image.Created?.ToString("yyyy-MM-dd HH:mm:ss zzz", CultureInfo.InvariantCulture)
                    ?? "N/A"),
                ("Size", Size(image.Size)), ("Platform", image.Platform.ToString()));
        rows.Write(quiet: false, format);
    }

    private static void WriteJson(IReadOnlyList<ImageSummary> images) => Terminal.WriteLine(Json.Write(json =>
    {
        json.WriteStartArray();
        foreach (ImageSummary image in images) WriteImage(json, image);
        json.WriteEndArray();
    }));

    private static void WriteImage(Utf8JsonWriter json, ImageSummary image)
    {
        json.WriteStartObject();
        json.WriteString("Repository", image.Name?.FamiliarRepository);
        json.WriteString("Tag", image.Name?.Tag);
        json.WriteString("ID", image.Id.ToString());
        json.WriteString("Digest", image.ManifestDigest.ToString());
        json.WriteString("Platform", image.Platform.ToString());
        json.WriteString("Created", image.Created?.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture));
        json.WriteNumber("Size", image.Size);
        json.WriteEndObject();
    }

    /// <summary>Bytes with three digits and a decimal unit, as Docker shows them.</summary>
    internal static string Size(long bytes)
    {
        string[] units = ["B", "kB", "MB", "GB", "TB"];
        double size = bytes;
        int unit = 0;
        for (; size >= 1000 && unit < units.Length - 1; unit++) size /= 1000;
        return string.Create(CultureInfo.InvariantCulture, $"{size:0.##}{units[unit]}");
    }

    /// <summary>How long ago, in the largest unit that fits.</summary>
    internal static string Age(DateTimeOffset? created)
    {
        // A reproducible image carries the epoch for a date, which says nothing.
        if (created is not { } date || date <= DateTimeOffset.UnixEpoch) return "N/A";
        TimeSpan age = DateTimeOffset.UtcNow - date;
        (double number, string unit) = age switch
        {
            { TotalMinutes: < 1 } => (Math.Max(0, age.TotalSeconds), "second"),
            { TotalHours: < 1 } => (age.TotalMinutes, "minute"),
            { TotalDays: < 1 } => (age.TotalHours, "hour"),
            { TotalDays: < 365 } => (age.TotalDays, "day"),
            _ => (age.TotalDays / 365, "year"),
        };
        return string.Create(CultureInfo.InvariantCulture,
            $"{(long)number} {unit}{((long)number == 1 ? "" : "s")} ago");
    }
}
