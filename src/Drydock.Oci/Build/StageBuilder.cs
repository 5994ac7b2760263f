using System.Buffers;
using System.Globalization;

namespace Drydock.Oci.Build;

/// <summary>A stage being built: its files, its configuration and the layers made so far.</summary>
internal sealed class StageState
{
    public FileTree Files { get; set; } = new();
    public ExecutionConfig Config { get; set; } = new();
    public string? Author { get; set; }
    public Platform Platform { get; set; } = Platform.Wasi;
    public List<Descriptor> Layers { get; } = [];
    public List<string> DiffIds { get; } = [];
    public List<HistoryEntry> History { get; } = [];
}

/// <summary>Carries out the instructions of one stage.</summary>
internal sealed class StageBuilder(BuildContext context, Stage stage, Variables variables, StageState state)
{
    private static readonly SearchValues<char> ShellCharacters = SearchValues.Create("$|&;<>()`*?~\n");

    private bool _hasCommand;

    /// <summary>Carries out all instructions.</summary>
    /// <param name="label">How many steps there are, and under which name they are announced.</param>
    public void Run(StepLabel label)
    {
        foreach (var trigger in TakeTriggers())
            Run(trigger, label);
        foreach (var instruction in stage.Instructions)
            Run(instruction, label);
    }

    /// <summary>Whether an instruction counts as a step: those that touch files do, as in Docker's output.</summary>
    public static bool IsStep(Instruction instruction) => instruction.Keyword is "COPY" or "ADD" or "WORKDIR" or "RUN";

    /// <summary>What the base image asks of images built on it.</summary>
    private List<Instruction> TakeTriggers()
    {
        var triggers = state.Config.OnBuild ?? [];
        state.Config = state.Config with { OnBuild = null };
        return [.. triggers.Select(text => DockerfileReader.ReadOne(text, stage.From.At, '\\'))];
    }

    private void Run(Instruction instruction, StepLabel label)
    {
        if (IsStep(instruction))
            context.Options.Progress?.Step(label.Next(), instruction.ToString());
        switch (instruction.Keyword)
        {
            case "COPY" or "ADD": Copy(instruction); break;
            case "WORKDIR": WorkDirectory(instruction); break;
            case "ARG": Argument(instruction); break;
            case "ENV": Environment(instruction); break;
            case "LABEL": Label(instruction); break;
            case "ENTRYPOINT": Entrypoint(instruction); break;
            case "CMD": Command(instruction); break;
            case "EXPOSE": Expose(instruction); break;
            case "VOLUME": Volume(instruction); break;
            case "USER": Set(instruction, state.Config with { User = Single(instruction) }); break;
            case "STOPSIGNAL": Set(instruction, state.Config with { StopSignal = Single(instruction) }); break;
            case "HEALTHCHECK":
                Set(instruction,
                state.Config with { Healthcheck = HealthcheckReader.Read(instruction) }); break;
            case "ONBUILD": OnBuild(instruction); break;
            case "SHELL": Shell(instruction); break;
            case "MAINTAINER": Maintainer(instruction); break;
            case "RUN": throw RunRefused(instruction);
        }
    }

    private void Copy(Instruction instruction)
    {
        var added = new SortedDictionary<string, TreeNode>(StringComparer.Ordinal);
        new CopyStep(context, instruction, Expander(instruction), state).Run(added);
        Commit(instruction, added);
    }

    /// <summary>A working directory that is not there is made, as Docker does it.</summary>
    private void WorkDirectory(Instruction instruction)
    {
        instruction.AllowFlags();
        var path = Expand(instruction);
        if (!path.StartsWith('/'))
            path = Path.Join(state.Config.WorkingDir ?? "/", path);
        var components = TreePath.Split(path);
        state.Config = state.Config with { WorkingDir = "/" + TreePath.Join(components) };
        var added = new SortedDictionary<string, TreeNode>(StringComparer.Ordinal);
        var real = state.Files.Resolve(components)
            ?? throw instruction.At.Error($"{path} leads through too many links");
        if (state.Files.Find(real) is not { Kind: NodeKind.Directory })
            state.Files.Put(real, TreeNode.NewDirectory(), (where, node) => added[TreePath.Join(where)] = node);
        Commit(instruction, added);
    }

    private void Argument(Instruction instruction)
    {
        foreach (var (name, value) in Arguments(instruction, Expander(instruction), context.Escape))
            variables.Declare(name, value, context.Global);
        Record(instruction);
    }

    /// <summary>The names of an <c>ARG</c>, with their defaults.</summary>
    public static List<(string Name, string? Default)> Arguments(Instruction instruction, Expander expander,
        char escape)
    {
        List<(string, string?)> result = [];
        foreach (var word in Words.Split(instruction.Rest, escape))
        {
            var equals = word.IndexOf('=', StringComparison.Ordinal);
            result.Add(equals < 0 ? (word, null) : (word[..equals], expander.Expand(word[(equals + 1)..])));
        }
        return result;
    }

    private void Environment(Instruction instruction)
    {
        foreach (var (name, value) in Pairs(instruction))
            variables.SetEnvironment(name, value);
        Set(instruction, state.Config with { Env = variables.Environment });
    }

    private void Label(Instruction instruction)
    {
        var labels = new Dictionary<string, string>(state.Config.Labels ?? []);
        foreach (var (name, value) in Pairs(instruction))
            labels[name] = value;
        Set(instruction, state.Config with { Labels = labels });
    }

    /// <summary>
    /// <c>name=value …</c>, or the old form <c>name value</c>. All values see the variables as they were.
    /// </summary>
    private List<(string Name, string Value)> Pairs(Instruction instruction)
    {
        instruction.AllowFlags();
        var expander = Expander(instruction);
        var words = Words.Split(instruction.Rest, context.Escape);
        if (!words[0].Contains('=', StringComparison.Ordinal))
            return words.Count >= 2
                ? [(expander.Expand(words[0]), expander.Expand(instruction.Rest[words[0].Length..].Trim()))]
                : throw instruction.At.Error(
                    $"{instruction.Keyword} {Printable.Of(words[0])} has no value; write NAME=value");
        List<(string, string)> pairs = [];
        foreach (var word in words)
        {
            var equals = word.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
                throw instruction.At.Error($"{Printable.Of(word)} is not NAME=value; quote values with spaces in them");
            pairs.Add((expander.Expand(word[..equals]), expander.Expand(word[(equals + 1)..])));
        }
        return pairs;
    }

    /// <summary>A new entrypoint drops the arguments the base image had for its own.</summary>
    private void Entrypoint(Instruction instruction) => Set(instruction, state.Config with
    {
        Entrypoint = ExecForm(instruction),
        Cmd = _hasCommand ? state.Config.Cmd : null,
    });

    private void Command(Instruction instruction)
    {
        _hasCommand = true;
        Set(instruction, state.Config with { Cmd = ExecForm(instruction) });
    }

    /// <summary>The shell form is taken apart where no shell is needed to understand it.</summary>
    private string[] ExecForm(Instruction instruction)
    {
        instruction.AllowFlags();
        if (Words.Json(instruction) is { } exec)
            return exec;
        var words = Words.Split(instruction.Rest, context.Escape);
        var example = "[" + string.Join(", ", words.Select(word => $"\"{word.Trim('"', '\'')}\"")) + "]";
        if (instruction.Rest.AsSpan().ContainsAny(ShellCharacters))
            throw instruction.At.Error(
                $"{instruction.Keyword} {Printable.Of(instruction.Rest)} needs a shell, and a WebAssembly "
                + $"image has none; use the exec form: {instruction.Keyword} {Printable.Of(example)}");
        context.Warn($"{instruction.At.File}:{instruction.At.Line}: there is no shell in the image; "
            + $"taken as {instruction.Keyword} {Printable.Of(example)}");
        return [.. words.Select(Expander(instruction).Expand)];
    }

    private void Expose(Instruction instruction)
    {
        var ports = new Dictionary<string, EmptyObject>(state.Config.ExposedPorts ?? []);
        foreach (var word in ExpandWords(instruction))
            foreach (var port in PortRange(instruction, word))
                ports[port] = new();
        Set(instruction, state.Config with { ExposedPorts = ports });
    }

    private static IEnumerable<string> PortRange(Instruction instruction, string word)
    {
        var slash = word.IndexOf('/', StringComparison.Ordinal);
        var protocol = slash < 0 ? "tcp" : word[(slash + 1)..].ToLowerInvariant();
        var ends = (slash < 0 ? word : word[..slash]).Split('-');
        if (ends.Length > 2 || protocol is not ("tcp" or "udp" or "sctp")
            || !ushort.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out var first)
            || !ushort.TryParse(ends[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var last)
            || last < first)
            throw instruction.At.Error($"{Printable.Of(word)} is no port; write 80, 80/udp or 8000-8010");
        return Sequences.Range(first, last - first + 1).Select(port => $"{port}/{protocol}");
    }

    private void Volume(Instruction instruction)
    {
        var volumes = new Dictionary<string, EmptyObject>(state.Config.Volumes ?? []);
        foreach (var path in Words.Json(instruction) ?? ExpandWords(instruction))
            volumes[path] = new();
        Set(instruction, state.Config with { Volumes = volumes });
    }

    private void OnBuild(Instruction instruction)
    {
        var trigger = DockerfileReader.ReadOne(instruction.Rest, instruction.At, context.Escape);
        if (trigger.Keyword is "ONBUILD" or "FROM" or "MAINTAINER")
            throw instruction.At.Error($"ONBUILD {trigger.Keyword} is not allowed");
        Set(instruction, state.Config with { OnBuild = [.. state.Config.OnBuild ?? [], instruction.Rest] });
    }

    private void Shell(Instruction instruction)
    {
        var shell = Words.Json(instruction)
            ?? throw instruction.At.Error("SHELL takes the JSON form: SHELL [\"/bin/sh\", \"-c\"]");
        Set(instruction, state.Config with { Shell = shell });
    }

    private void Maintainer(Instruction instruction)
    {
        state.Author = Expand(instruction);
        context.Warn($"{instruction.At.File}:{instruction.At.Line}: MAINTAINER is deprecated; "
            + "use LABEL org.opencontainers.image.authors=…");
        Record(instruction);
    }

    private static ImageException RunRefused(Instruction instruction) => instruction.At.Error(
        $"{Printable.Of(instruction.ToString())}: RUN needs a shell and a Linux system, which a WebAssembly image does not have; "
        + "compile outside and COPY the result, or build that stage with docker or buildah and use COPY --from=IMAGE");

    private string Single(Instruction instruction)
    {
        instruction.AllowFlags();
        return Expand(instruction);
    }

    private string Expand(Instruction instruction) => Expander(instruction).Expand(instruction.Rest);

    private string[] ExpandWords(Instruction instruction) =>
        [.. Words.Split(instruction.Rest, context.Escape).Select(Expander(instruction).Expand)];

    private Expander Expander(Instruction instruction) => new(context.Escape, variables.Lookup, instruction.At);

    private void Set(Instruction instruction, ExecutionConfig config)
    {
        state.Config = config;
        Record(instruction);
    }

    private void Commit(Instruction instruction, SortedDictionary<string, TreeNode> added)
    {
        if (added.Count > 0)
        {
            var layer = context.Layers.Write(added);
            state.Layers.Add(layer.Descriptor);
            state.DiffIds.Add(layer.DiffId.ToString());
        }
        Record(instruction, isEmpty: added.Count == 0);
    }

    private void Record(Instruction instruction, bool isEmpty = true) => state.History.Add(new()
    {
        Created = context.Created,
        CreatedBy = instruction.ToString(),
        Comment = "drydock build",
        EmptyLayer = isEmpty,
    });
}

/// <summary>Counts the steps of a stage: <c>1/3</c>, or <c>name 1/3</c> where there are several stages.</summary>
internal sealed class StepLabel(string? name, int count)
{
    private int _step;

    public string Next() => name is null ? $"{++_step}/{count}" : $"{name} {++_step}/{count}";
}
