using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Drydock.Containers;
using Drydock.Runtime.Cache;

namespace Drydock.Cli.Commands;

/// <summary><c>drydock cache</c>: the compiled code that is kept between starts.</summary>
internal static class CacheCommand
{
    private static readonly Option<bool> AsJson = new("--json") { Description = "Show a JSON array" };
    private static readonly Option<bool> All = new("--all", "-a") { Description = "Remove everything" };
    private static readonly Option<string> Size = new("--size")
    {
        Description = "Keep no more than this (default: DRYDOCK_CACHE_SIZE, else 1g)",
        HelpName = "BYTES[k|m|g]",
    };

    public static Command Create() => new Command("cache", "Look after the code cache") { List(), Prune(), Verify() }
        .WithExamples("drydock cache ls", "drydock cache prune --size 200m", "drydock cache verify");

    private static Command List()
    {
        var command = new Command("ls", "List what is in the cache, what was used last first") { AsJson };
        command.SetAction(result =>
        {
            IReadOnlyList<CodeCacheEntry> entries = Open().List();
            Terminal.Write(result.GetValue(AsJson)
                ? Json.Write(json => WriteJson(json, entries)) + "\n"
                : ToTable(entries));
        });
        return command.WithExamples("drydock cache ls", "drydock cache ls --json");
    }

    private static Command Prune()
    {
        var command = new Command("prune",
            "Remove what cannot be used, and what was not used for longest until the rest fits") { All, Size };
        command.SetAction(result =>
        {
            long size = result.GetValue(All) ? 0
                : result.GetValue(Size) is { } text ? Quantity.ParseBytes(text) : CodeCache.SizeLimit();
            Report("removed", Open().Prune(size));
        });
        return command.WithExamples("drydock cache prune", "drydock cache prune --size 200m",
            "drydock cache prune --all");
    }

    private static Command Verify()
    {
        var command = new Command("verify", "Read everything, and remove what is damaged") { };
        command.SetAction(int (_) =>
        {
            IReadOnlyList<CodeCacheEntry> damaged = Open().Verify();
            Report("removed, damaged:", damaged);
            return damaged.Count == 0 ? ExitCode.Success : ExitCode.Failure;
        });
        return command.WithExamples("drydock cache verify");
    }

    private static CodeCache Open() => CodeCache.Open()
        ?? throw new UserError("there is no code cache: DRYDOCK_CACHE is \"off\", or there is no home directory");

    private static void Report(string what, IReadOnlyList<CodeCacheEntry> entries)
    {
        foreach (CodeCacheEntry entry in entries) Terminal.WriteLine($"{what} {Path.GetFileName(entry.Path)}");
        Terminal.WriteLine($"{entries.Count} removed, {ImagesCommand.Size(entries.Sum(entry => entry.Size))}");
    }

    private static string ToTable(IReadOnlyList<CodeCacheEntry> entries)
    {
        var table = new Table("MODULE", "FUNCTIONS", "USED", "SIZE", "STATE");
        foreach (CodeCacheEntry entry in entries)
            table.Add(Module(entry)[..Math.Min(12, Module(entry).Length)], Functions(entry),
                ImagesCommand.Age(entry.LastUsed),
                ImagesCommand.Size(entry.Size), State(entry));
        return table.ToString();
    }

    private static string Module(CodeCacheEntry entry) =>
        entry.Identity is { } identity ? Convert.ToHexStringLower(identity.ModuleDigest) : "<damaged>";

    private static string Functions(CodeCacheEntry entry) =>
        string.Create(CultureInfo.InvariantCulture, $"{entry.Compiled}/{entry.Functions}");

    private static string State(CodeCacheEntry entry) =>
        entry.IsUsable ? entry.Identity!.IsOptimized ? "optimized" : "usable"
        : entry.Identity is null ? "damaged"
        : entry.Identity.IsThisBuild ? "other processor" : "other version";

    private static void WriteJson(Utf8JsonWriter json, IReadOnlyList<CodeCacheEntry> entries)
    {
        json.WriteStartArray();
        foreach (CodeCacheEntry entry in entries)
        {
            json.WriteStartObject();
            json.WriteString("Module", entry.Identity is null ? null : "sha256:" + Module(entry));
            json.WriteNumber("Functions", entry.Functions);
            json.WriteNumber("Compiled", entry.Compiled);
            json.WriteString("LastUsed", entry.LastUsed.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture));
            json.WriteNumber("Size", entry.Size);
            json.WriteString("State", State(entry));
            json.WriteString("Path", entry.Path);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
