namespace Drydock.Conformance;

/// <summary>Prints failures and the summary.</summary>
internal static class Report
{
    /// <summary>Prints, and gives the exit code: 0 if everything counted has passed.</summary>
    public static int Print(IReadOnlyList<FileResult> results, Options options)
    {
        var suites = Suites.All.Where(suite => options.Only is null || suite == options.Only).ToArray();
        if (!options.Quiet) PrintFailures(results, suites);
        var total = default(Count);
        foreach (var suite in suites)
        {
            var count = results.Aggregate(default(Count), (sum, result) => sum + result[suite]);
            if (count != default) Console.WriteLine($"{Suites.NameOf(suite),-10}{count}");
            total += count;
        }

        Console.WriteLine($"{"total",-10}{total}");
        return total.Failed == 0 ? 0 : 1;
    }

    private static void PrintFailures(IReadOnlyList<FileResult> results, Suite[] suites)
    {
        foreach (var result in results)
        {
            var name = Path.GetRelativePath(Environment.CurrentDirectory, result.File);
            foreach (var failure in result.Failures)
            {
                if (suites.Contains(failure.Suite)) Console.WriteLine($"{name}:{failure.Line}: {failure.Text}");
            }
        }
    }
}
