namespace Drydock.Fuzz;

/// <summary>Code that has to stand any input.</summary>
internal interface IFuzzTarget
{
    /// <summary>Inputs to start from when no folder gives any.</summary>
    IReadOnlyList<byte[]> Seeds { get; }

    /// <summary>More inputs to start from, out of a folder: modules, unless the target has its own kind.</summary>
    IEnumerable<byte[]> Load(string folder) => Corpus.Load(folder);

    /// <summary>Runs the code on one input; returns whether it was accepted. Any exception is a finding.</summary>
    bool Try(byte[] input);
}

internal static class Targets
{
    public static readonly IReadOnlyDictionary<string, IFuzzTarget> ByName = new Dictionary<string, IFuzzTarget>
    {
        ["decode"] = new DecodeTarget(),
        ["compile"] = new CompileTarget(),
        ["text"] = new TextTarget(),
    };
}
