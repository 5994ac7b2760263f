namespace Drydock.Containers;

/// <summary>What machine code a guest starts on.</summary>
public enum CodePolicy
{
    /// <summary>
    /// The best that the cache has, else baseline at once; a process in the background optimizes for the next start.
    /// </summary>
    Auto,
    /// <summary>Baseline's, and nothing is optimized.</summary>
    Baseline,
    /// <summary>The optimizing tier's; the start waits for it where the cache has none.</summary>
    Optimize,
}

/// <summary>The policies by the names that <c>--opt</c> and <c>DRYDOCK_OPT</c> give them.</summary>
public static class CodePolicies
{
    /// <summary>The variable that says what holds where nothing else is asked for.</summary>
    public const string Variable = "DRYDOCK_OPT";

    /// <summary>The names in the order of the values.</summary>
    public static IReadOnlyList<string> Names { get; } = ["auto", "baseline", "optimize"];

    /// <summary>The policy called <paramref name="name"/>; that of the environment, else automatic, for null.</summary>
    /// <exception cref="ContainerException">There is no such policy.</exception>
    public static CodePolicy Of(string? name)
    {
        string wanted = name ?? Environment.GetEnvironmentVariable(Variable) ?? "";
        if (wanted.Length == 0) return CodePolicy.Auto;
        for (int i = 0; i < Names.Count; i++)
            if (Names[i] == wanted) return (CodePolicy)i;
        string where = name is null ? Variable : "--opt";
        throw new ContainerException($"{where} is \"{wanted}\": choose from auto, baseline and optimize");
    }

    /// <summary>Its name.</summary>
    public static string NameOf(CodePolicy policy) => Names[(int)policy];
}
