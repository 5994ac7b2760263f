using System.Diagnostics;

namespace Drydock.Fuzz;

/// <summary>
/// Runs a target on mutated inputs and checks that none of them crashes, hangs or takes memory out of proportion.
/// </summary>
internal sealed class Fuzzer(IFuzzTarget target, FuzzOptions options)
{
    private const long AllocationConstant = 32 * 1024 * 1024;
    private const long AllocationPerByte = 512;
    private static readonly TimeSpan LongestRun = TimeSpan.FromSeconds(5);

    public bool Run()
    {
        if (!SeedsAreSound()) return false;
        var seeds = LoadSeeds();
        if (seeds.Count < options.LeastSeeds)
        {
            Console.Error.WriteLine(
                $"{seeds.Count} seeds found in {string.Join(", ", options.Corpus)}; {options.LeastSeeds} are asked for");
            return false;
        }
        var mutator = new Mutator(seeds, options.Seed);
        var accepted = 0;
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < options.Count; i++)
        {
            var input = mutator.Next();
            if (!TryOne(input, i, ref accepted)) return false;
        }
        Console.WriteLine(
            $"{options.Count} inputs from {seeds.Count} seeds, {accepted} accepted, {watch.Elapsed.TotalSeconds:f1} s");
        return true;
    }

    /// <summary>Inputs made from a seed that is refused as it is would all be refused for the same reason.</summary>
    private bool SeedsAreSound()
    {
        var refused = target.Seeds.Count(seed => !target.Try(seed));
        if (refused > 0) Console.Error.WriteLine($"{refused} of {target.Seeds.Count} built-in seeds are refused");
        return refused == 0;
    }

    private List<byte[]> LoadSeeds() => [.. target.Seeds, .. options.Corpus.SelectMany(target.Load)];

    private bool TryOne(byte[] input, int number, ref int accepted)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var watch = Stopwatch.StartNew();
        try
        {
            if (target.Try(input)) accepted++;
        }
#pragma warning disable CA1031 // any exception at all is what a fuzzer looks for
        catch (Exception error)
#pragma warning restore CA1031
        {
            return Report(input, number, error.ToString());
        }
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        if (allocated > AllocationConstant + AllocationPerByte * input.Length)
            return Report(input, number, $"{allocated} bytes allocated for an input of {input.Length}");
        return watch.Elapsed <= LongestRun || Report(input, number, $"took {watch.Elapsed}");
    }

    private bool Report(byte[] input, int number, string what)
    {
        var path = Path.Combine(Path.GetTempPath(), $"drydock-fuzz-{options.Seed}-{number}.wasm");
        File.WriteAllBytes(path, input);
        Console.Error.WriteLine($"input {number} of seed {options.Seed}, kept as {path}: {what}");
        return false;
    }
}
