using System.Globalization;
using Drydock.Wasm;

namespace Drydock.Fuzz.Differential;

/// <summary>What to compare, and for how long.</summary>
internal sealed record DifferentialOptions
{
    public const string Usage =
        "usage: drydock-fuzz differential [--seconds N] [--first SEED] [--count N] [--keep DIR] "
        + "[--ours \"OPTIONS\"] [--also \"OPTIONS\"]... [--features LIST] [--go-on] [--patience SECONDS] [--dump SEED] -- ENGINE COMMAND";

    /// <summary>What the generator, the compiler and V8 all have.</summary>
    private const WasmFeatures Known = WasmFeatures.All & ~(WasmFeatures.WideArithmetic | WasmFeatures.CustomPageSizes);

    public TimeSpan Duration { get; private init; } = TimeSpan.MaxValue;
    public ulong First { get; private init; } = 1;
    public long Count { get; private init; } = long.MaxValue;
    public string Folder { get; private init; } = Path.GetTempPath();
    /// <summary>How long an engine may take over a module.</summary>
    public TimeSpan Patience { get; private init; } = TimeSpan.FromSeconds(20);
    public bool GoesOn { get; private init; }
    public ulong? Dump { get; private init; }
    public WasmFeatures Features { get; private init; } = Known;
    public string[] Ours { get; private init; } = [];
    /// <summary>Settings with which this engine is to agree with itself as well.</summary>
    public string[][] Also { get; private init; } = [];
    /// <summary>The other engine; <c>self</c> is this one as it is by default.</summary>
    public string[] Theirs { get; private init; } = [];

    public static DifferentialOptions Parse(ReadOnlySpan<string> arguments)
    {
        var options = new DifferentialOptions();
        for (int i = 0; i < arguments.Length; i++)
        {
            options = arguments[i] switch
            {
                "--seconds" => options with { Duration = TimeSpan.FromSeconds(Number(arguments[++i])) },
                "--first" => options with { First = Number(arguments[++i]) },
                "--count" => options with { Count = (long)Number(arguments[++i]) },
                "--keep" => options with { Folder = arguments[++i] },
                "--ours" => options with { Ours = Words(arguments[++i]) },
                "--also" => options with { Also = [.. options.Also, Words(arguments[++i])] },
                "--features" => options with { Features = Enum.Parse<WasmFeatures>(arguments[++i], ignoreCase: true) },
                "--patience" => options with { Patience = TimeSpan.FromSeconds(Number(arguments[++i])) },
                "--go-on" => options with { GoesOn = true },
                "--dump" => options with { Dump = Number(arguments[++i]) },
                "--" => options with { Theirs = arguments[(i + 1)..].ToArray() },
                _ => throw new ArgumentException($"unknown option '{arguments[i]}'; {Usage}"),
            };
            if (options.Theirs.Length > 0) break;
        }
        if (options.Theirs.Length == 0 && options.Dump is null)
            throw new ArgumentException($"no engine to compare with; {Usage}");
        return options;
    }

    private static ulong Number(string text) => ulong.Parse(text, CultureInfo.InvariantCulture);

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
