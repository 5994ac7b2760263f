namespace Drydock.Oci.Build;

/// <summary>Builds the stages that the target needs, in order, and no others.</summary>
internal sealed class StageRunner(BuildContext context, Dockerfile dockerfile)
{
    /// <summary>Builds up to the target and returns it.</summary>
    public StageState Run()
    {
        var target = Target();
        var needed = Needed(target);
        foreach (var stage in dockerfile.Stages.Where(stage => needed.Contains(stage.Index)))
            Build(stage, isOnly: needed.Count == 1);
        return context.Stages[$"{target.Index}"];
    }

    /// <summary>Whether a stage that the target needs has commands to run.</summary>
    public bool HasRunSteps()
    {
        var needed = Needed(Target());
        return dockerfile.Stages.Any(stage => needed.Contains(stage.Index)
            && stage.Instructions.Any(instruction => instruction.Keyword == "RUN"));
    }

    private Stage Target()
    {
        if (context.Options.Target is not { } name)
            return dockerfile.Stages[^1];
        var names = string.Join(", ", dockerfile.Stages.Select(stage => stage.Name ?? $"{stage.Index}"));
        return Find(name, dockerfile.Stages.Count) ?? throw new ImageException(
            ImageError.Build, $"there is no stage {Printable.Of(name)}; there are {names}");
    }

    private Stage? Find(string name, int before) => dockerfile.Stages.FirstOrDefault(stage =>
        stage.Index < before
        && (string.Equals(stage.Name, name, StringComparison.OrdinalIgnoreCase) || $"{stage.Index}" == name));

    private HashSet<int> Needed(Stage target)
    {
        HashSet<int> needed = [];
        var pending = new Stack<Stage>([target]);
        while (pending.TryPop(out var stage))
            if (needed.Add(stage.Index))
                foreach (var source in Sources(stage))
                    if (Find(source, stage.Index) is { } other)
                        pending.Push(other);
        return needed;
    }

    private IEnumerable<string> Sources(Stage stage) => stage.Instructions
        .Where(instruction => instruction.Keyword == "COPY" && instruction.Flags.ContainsKey("from"))
        .Select(instruction => GlobalExpander(instruction.At).Expand(instruction.Flags["from"]))
        .Prepend(BaseName(stage));

    private string BaseName(Stage stage) => GlobalExpander(stage.From.At).Expand(stage.Base);

    private Expander GlobalExpander(Location at) => new(context.Escape, context.Global.Lookup, at);

    private void Build(Stage stage, bool isOnly)
    {
        var steps = 1 + stage.Instructions.Count(StageBuilder.IsStep);
        var label = new StepLabel(isOnly ? null : stage.Name ?? $"stage-{stage.Index}", steps);
        context.Options.Progress?.Step(label.Next(), stage.From.ToString());
        var state = Start(stage);
        var variables = new Variables(context.Options, state.Platform) { IsGlobal = false };
        foreach (var variable in state.Config.Env ?? [])
            variables.SetEnvironment(variable.Split('=')[0],
                variable[(variable.IndexOf('=', StringComparison.Ordinal) + 1)..]);
        new StageBuilder(context, stage, variables, state).Run(label);
        context.Stages[$"{stage.Index}"] = state;
        if (stage.Name is not null)
            context.Stages[stage.Name] = state;
    }

    private StageState Start(Stage stage)
    {
        var name = BaseName(stage);
        if (name.Length == 0)
            throw stage.From.At.Error($"FROM {Printable.Of(stage.Base)} expands to nothing");
        var platform = stage.From.Flags.TryGetValue("platform", out var text)
            ? ParsePlatform(GlobalExpander(stage.From.At).Expand(text), stage.From.At)
            : context.Options.Platform;
        if (name == "scratch")
            return new() { Platform = platform ?? Platform.Wasi };
        return Find(name, stage.Index) is { } earlier
            ? Continue(context.Stages[$"{earlier.Index}"])
            : FromImage(context.Image(name, platform, stage.From.At), stage);
    }

    private static Platform ParsePlatform(string text, Location at)
    {
        try
        {
            return Platform.Parse(text);
        }
        catch (ImageException e)
        {
            throw at.Error(e.Message, e);
        }
    }

    private static StageState Continue(StageState earlier)
    {
        var state = new StageState
        {
            Files = earlier.Files.Copy(),
            Config = earlier.Config,
            Author = earlier.Author,
            Platform = earlier.Platform,
        };
        state.Layers.AddRange(earlier.Layers);
        state.DiffIds.AddRange(earlier.DiffIds);
        state.History.AddRange(earlier.History);
        return state;
    }

    private StageState FromImage(Image image, Stage stage)
    {
        if (image.Manifest.Layers.FirstOrDefault(layer => !MediaTypes.IsTarLayer(layer.MediaType)) is { } other)
            throw stage.From.At.Error($"image {image.DisplayName} has no file system to build on, only a layer of type "
                + $"{Printable.Of(other.MediaType)}; start FROM scratch and COPY --from={image.DisplayName}");
        var state = new StageState
        {
            Files = context.TreeOf(image, stage.From.At),
            Config = image.Config.Config ?? new(),
            Author = image.Config.Author,
            Platform = image.Platform,
        };
        state.Layers.AddRange(image.Manifest.Layers);
        state.DiffIds.AddRange(image.Config.Rootfs?.DiffIds ?? []);
        state.History.AddRange(image.Config.History ?? []);
        context.Require(image);
        return state;
    }
}
