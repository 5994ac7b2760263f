using System.Text.Json;

namespace Drydock.Cli;

/// <summary>
/// A listing, written as a table, as JSON, or by a Go template, as Docker's listings are. Every row has the same named
/// values; the table shows as many of them as it has heads, and templates see all.
/// </summary>
internal sealed class Rows(params string[] heads)
{
    private readonly List<(string Name, string Value)[]> _rows = [];

    public void Add(params (string Name, string Value)[] values) => _rows.Add(values);

    /// <summary>Writes the listing to standard output.</summary>
    /// <param name="quiet">Whether only the first value of each row is shown.</param>
    /// <param name="format">Null or <c>table</c>, <c>json</c>, <c>table TEMPLATE</c> or a template.</param>
    public void Write(bool quiet, string? format)
    {
        if (quiet) Terminal.Write(string.Concat(_rows.Select(row => row[0].Value + "\n").Distinct()));
        else if (format is null or "table") Terminal.Write(ToTable());
        else if (format == "json") Terminal.WriteLine(ToJson());
        else Terminal.Write(ByTemplate(format));
    }

    private string ToTable()
    {
        var table = new Table(heads);
        foreach ((string Name, string Value)[] row in _rows)
            table.Add(Array.ConvertAll(row[..heads.Length], cell => cell.Value));
        return table.ToString();
    }

    private string ToJson() => Json.Write(json =>
    {
        json.WriteStartArray();
        foreach ((string Name, string Value)[] row in _rows) WriteRow(json, row);
        json.WriteEndArray();
    });

    private string ByTemplate(string format)
    {
        bool isTable = format.StartsWith("table ", StringComparison.Ordinal);
        GoTemplate template = GoTemplate.Parse(isTable ? format[6..] : format);
        IEnumerable<string> lines = _rows.Select(row => template.Apply(ToElement(row)));
        if (!isTable) return string.Concat(lines.Select(line => line + "\n"));
        var table = new Table(template.Heads().Split('\t'));
        foreach (string line in lines) table.Add(line.Split('\t'));
        return table.ToString();
    }

    private static JsonElement ToElement((string Name, string Value)[] row)
    {
        using JsonDocument document = JsonDocument.Parse(Json.Write(json => WriteRow(json, row)));
        return document.RootElement.Clone();
    }

    private static void WriteRow(Utf8JsonWriter json, (string Name, string Value)[] row)
    {
        json.WriteStartObject();
        foreach ((string name, string value) in row) json.WriteString(name, value);
        json.WriteEndObject();
    }
}
