namespace Drydock.Fuzz;

/// <summary>What to run: how many inputs, from which seed, from which folders of seeds.</summary>
internal sealed record FuzzOptions(int Count, int Seed, IReadOnlyList<string> Corpus)
{
    public static FuzzOptions Parse(ReadOnlySpan<string> args)
    {
        var (count, seed) = (10_000, 1);
        var corpus = new List<string>();
        for (var i = 0; i + 1 < args.Length; i += 2)
        {
            switch (args[i])
            {
                case "--count": count = int.Parse(args[i + 1]); break;
                case "--seed": seed = int.Parse(args[i + 1]); break;
                case "--corpus": corpus.Add(args[i + 1]); break;
                default: throw new ArgumentException($"unknown option '{args[i]}'");
            }
        }
        return new FuzzOptions(count, seed, corpus);
    }
}
