using System.Globalization;

namespace Drydock.Conformance;

/// <summary>The command line.</summary>
/// <param name="Paths">Files and folders.</param>
/// <param name="Filter">Part of the paths to run, or null.</param>
/// <param name="Only">The one suite to count, or null.</param>
/// <param name="Jobs">Number of processes.</param>
/// <param name="Timeout">How long one command may take.</param>
/// <param name="Quiet">Whether only the summary is printed.</param>
internal sealed record Options(
    IReadOnlyList<string> Paths, string? Filter, Suite? Only, int Jobs, TimeSpan Timeout, bool Quiet)
{
    public const string Usage = """
        usage: drydock-conformance [OPTION…] [DIR|FILE…]
        Without a path it runs tests/scripts and, where they are, the official suites.
          --filter TEXT   only files whose path contains TEXT
          --only SUITE    count only 2.0, 3.0, custom, threads, proposals or own
          --jobs N        processes at a time (default: the processors)
          --timeout S     seconds that one command may take (default: 60)
          --quiet         print the summary alone
        """;

    public static Options? Parse(ReadOnlySpan<string> args)
    {
        var options = new Options([], null, null, Environment.ProcessorCount, TimeSpan.FromSeconds(60), false);
        while (args.Length > 0)
        {
            var taken = Take(ref options, args[0], args.Length > 1 ? args[1] : null);
            if (taken == 0 || taken > args.Length) return null;
            args = args[taken..];
        }

        return options;
    }

    /// <summary>Takes one option with its value; the number of arguments used, 0 for a mistake.</summary>
    private static int Take(ref Options options, string argument, string? value)
    {
        switch (argument)
        {
            case "--quiet": options = options with { Quiet = true }; return 1;
            case "--filter" when value is not null: options = options with { Filter = value }; return 2;
            case "--only" when Suites.Parse(value) is { } suite: options = options with { Only = suite }; return 2;
            case "--jobs" when TryCount(value, out var jobs): options = options with { Jobs = jobs }; return 2;
            case "--timeout" when TryCount(value, out var seconds):
                options = options with { Timeout = TimeSpan.FromSeconds(seconds) };
                return 2;
            case var path when !path.StartsWith('-'): options = options with { Paths = [.. options.Paths, path] }; return 1;
            default: return 0;
        }
    }

    private static bool TryCount(string? text, out int count) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out count) && count is > 0 and < 10_000;
}
