namespace Drydock.Fuzz;

/// <summary>
/// What to run: how many inputs, from which seed, from which folders, which must give how many modules.
/// </summary>
internal sealed record FuzzOptions(int Count, int Seed, IReadOnlyList<string> Corpus, int LeastSeeds)
{
    public static FuzzOptions Parse(ReadOnlySpan<string> args)
    {
        var (count, seed, least) = (10_000, 1, 1);
        var corpus = new List<string>();
        for (var i = 0; i + 1 < args.Length; i += 2)
        {
            switch (args[i])
            {
                case "--count": count = int.Parse(args[i + 1]); break;
                case "--seed": seed = int.Parse(args[i + 1]); break;
                case "--corpus": corpus.Add(args[i + 1]); break;
                case "--least-seeds": least = int.Parse(args[i + 1]); break;
                default: throw new ArgumentException($"unknown option '{args[i]}'");
            }
        }
        return new FuzzOptions(count, seed, corpus, least);
    }
}
