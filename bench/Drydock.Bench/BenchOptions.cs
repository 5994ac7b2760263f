using System.Globalization;

namespace Drydock.Bench;

/// <summary>What to measure.</summary>
/// <param name="Runs">Repetitions of each measurement; the median counts.</param>
/// <param name="Only">The one group to measure, or null.</param>
/// <param name="Drydock">The executable.</param>
internal sealed record BenchOptions(int Runs, string? Only, string Drydock)
{
    private const int DefaultRuns = 5;

    /// <summary>The shared programs: <c>DRYDOCK_WORKLOADS</c>, else beside the repository.</summary>
    public string Workloads { get; } =
        Path.GetFullPath(Environment.GetEnvironmentVariable("DRYDOCK_WORKLOADS") ?? "../shared/workloads");

    /// <summary>More programs, laid out like the shared ones: <c>DRYDOCK_MORE_WORKLOADS</c>, or null.</summary>
    public string? MoreWorkloads { get; } = Environment.GetEnvironmentVariable("DRYDOCK_MORE_WORKLOADS");

    /// <summary>The one program that engines are compared with, or null.</summary>
    public string? Program { get; init; }

    /// <summary>A file of an npm package that <c>scripts/bench</c> installs.</summary>
    public static string Tool(string path) => Path.GetFullPath(Path.Join("artifacts/engines/node_modules", path));

    public bool Includes(string group) => Only is null || Only == group;

    public string Wasm(string name) => Path.Join(Workloads, "wasm", name + ".wasm");

    public string Native(string name) => Path.Join(Workloads, "native", name);

    public static BenchOptions? Parse(ReadOnlySpan<string> arguments)
    {
        var options = new BenchOptions(DefaultRuns, null, Path.GetFullPath("dist/drydock"));
        for (; !arguments.IsEmpty; arguments = arguments[2..])
        {
            if (arguments.Length < 2) return null;
            switch (arguments[0])
            {
                case "--runs" when int.TryParse(arguments[1], NumberStyles.None, CultureInfo.InvariantCulture, out int runs) && runs > 0:
                    options = options with { Runs = runs };
                    break;
                case "--only" when arguments[1] is "start" or "images" or "instances" or "compile" or "llvm" or "workloads"
                    or "engines" or "heap":
                    options = options with { Only = arguments[1] };
                    break;
                case "--program":
                    options = options with { Program = arguments[1] };
                    break;
                case "--drydock":
                    options = options with { Drydock = Path.GetFullPath(arguments[1]) };
                    break;
                default: return null;
            }
        }
        return options;
    }
}
