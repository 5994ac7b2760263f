namespace Drydock.Oci.Build;

/// <summary>One instruction, continuation lines joined.</summary>
/// <param name="At">Where it starts.</param>
/// <param name="Keyword">Its name in capitals.</param>
/// <param name="Flags">Its <c>--name=value</c> flags, unexpanded; a flag without a value has an empty one.</param>
/// <param name="Rest">What follows, unexpanded.</param>
/// <param name="Heredocs">The here-documents it opens.</param>
internal sealed record Instruction(
    Location At, string Keyword, IReadOnlyDictionary<string, string> Flags, string Rest,
    IReadOnlyList<Heredoc> Heredocs)
{
    /// <summary>The instruction as its author sees it, on one line.</summary>
    public override string ToString() =>
        $"{Keyword} {string.Concat(Flags.Select(flag => flag.Value.Length == 0 ? $"--{flag.Key} " : $"--{flag.Key}={flag.Value} "))}{Rest}"
            .TrimEnd();

    /// <summary>Refuses flags the instruction does not have.</summary>
    public void AllowFlags(params ReadOnlySpan<string> names)
    {
        foreach (var flag in Flags.Keys)
            if (!names.Contains(flag))
                throw At.Error($"{Keyword} does not take --{Printable.Of(flag)}"
                    + (names.Length == 0 ? "" : $"; it takes --{string.Join(", --", names.ToArray())}"));
    }
}

/// <summary>A here-document.</summary>
/// <param name="Word">The word that opened it, as written: <c>&lt;&lt;EOF</c>.</param>
/// <param name="Name">Its delimiter, which is also its file name.</param>
/// <param name="Content">Its text.</param>
/// <param name="Expand">Whether variables in it are expanded; not where the delimiter was quoted.</param>
internal sealed record Heredoc(string Word, string Name, string Content, bool Expand);

/// <summary>A stage: an instruction <c>FROM</c> and what follows it.</summary>
/// <param name="Index">Number of the stage, from 0.</param>
/// <param name="Name">Its name in lower case, or null.</param>
/// <param name="From">The instruction <c>FROM</c>.</param>
/// <param name="Base">What it starts from, unexpanded.</param>
/// <param name="Instructions">What follows.</param>
internal sealed record Stage(int Index, string? Name, Instruction From, string Base, List<Instruction> Instructions);

/// <summary>A parsed Dockerfile.</summary>
/// <param name="Escape">The escape character.</param>
/// <param name="Arguments">The <c>ARG</c>s before the first <c>FROM</c>.</param>
/// <param name="Stages">The stages.</param>
internal sealed record Dockerfile(char Escape, IReadOnlyList<Instruction> Arguments, IReadOnlyList<Stage> Stages);
