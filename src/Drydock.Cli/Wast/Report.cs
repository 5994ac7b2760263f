using System.Globalization;

namespace Drydock.Cli.Wast;

/// <summary>Prints failures, a line for each path that was named if there are several, and the summary.</summary>
internal static class Report
{
    /// <summary>Prints, and tells whether everything passed.</summary>
    public static bool Print(IReadOnlyList<ScriptGroup> groups, bool isQuiet, TimeSpan time)
    {
        if (!isQuiet) PrintFailures(groups.SelectMany(group => group.Files));
        var width = groups.Max(group => group.Path.Length);
        if (groups.Count > 1)
        {
            foreach (var group in groups) Terminal.WriteLine($"{group.Path.PadRight(width)}  {Sum(group.Files)}");
        }

        var files = groups.Sum(group => group.Files.Count);
        var total = Sum(groups.SelectMany(group => group.Files));
        Terminal.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{total} ({files} {(files == 1 ? "script" : "scripts")}, {time.TotalSeconds:f1} s)"));
        return total.Failed == 0;
    }

    private static Count Sum(IEnumerable<FileResult> results) =>
        results.Aggregate(default(Count), (sum, result) => sum + result.Count);

    private static void PrintFailures(IEnumerable<FileResult> results)
    {
        foreach (var result in results)
        {
            foreach (var failure in result.Failures)
                Terminal.WriteLine($"{result.File}:{failure.Line}: {failure.Text}");
        }
    }
}
