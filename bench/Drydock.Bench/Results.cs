using System.Globalization;
using System.Text.Json;

namespace Drydock.Bench;

/// <summary>Figures, printed as a table and saved as JSON.</summary>
internal sealed class Results
{
    private readonly List<(string Name, double Value, string Unit, string Goal)> _figures = [];

    /// <summary>Adds a figure, and prints it at once: the whole takes minutes.</summary>
    public void Add(string name, double value, string unit, string goal = "")
    {
        _figures.Add((name, value, unit, goal));
        Console.WriteLine($"  {name}: {Format(value)} {unit}");
    }

    public void Print()
    {
        Console.WriteLine();
        Console.WriteLine("| what | measured | goal |");
        Console.WriteLine("| --- | --- | --- |");
        foreach ((string name, double value, string unit, string goal) in _figures)
            Console.WriteLine($"| {name} | {Format(value)} {unit} | {goal} |");
    }

    public void Save(string directory)
    {
        Directory.CreateDirectory(directory);
        string path = Path.Join(directory,
            DateTime.UtcNow.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture) + ".json");
        using var stream = File.Create(path);
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        json.WriteStartArray();
        foreach ((string name, double value, string unit, string goal) in _figures)
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteNumber("value", Math.Round(value, 4));
            json.WriteString("unit", unit);
            json.WriteString("goal", goal);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        Console.WriteLine($"\nsaved {path}");
    }

    /// <summary>The value in the middle.</summary>
    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }

    public static double GeometricMean(IEnumerable<double> values) => Math.Exp(values.Average(Math.Log));

    private static string Format(double value) =>
        value.ToString(value < 100 ? "0.##" : "0", CultureInfo.InvariantCulture);
}
