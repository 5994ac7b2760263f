using System.Globalization;
using Drydock.Cli.Commands;
using Drydock.Compiler;
using Drydock.Containers;
using Drydock.Oci;

namespace Drydock.Cli;

/// <summary>Compiling a module before it is run, for the commands that do so.</summary>
/// <param name="name">What the user calls it.</param>
/// <param name="path">The module's file.</param>
/// <param name="level">Level of the optimizing tier, 0 for baseline; null for the usual one if it is there.</param>
internal sealed class AheadCompiler(string name, string path, int? level)
{
    /// <summary>The option that names <see cref="Target"/>.</summary>
    public const string TargetOption = "--target-cpu";

    public int? Level => level;
    /// <summary>A file to write instead of an entry of the cache.</summary>
    public string? Output { get; init; }
    /// <summary>The processor to compile for; null for this machine's.</summary>
    public TargetCpu? Target { get; init; }
    /// <summary>Whether success is not worth a word.</summary>
    public bool IsQuiet { get; init; }

    /// <summary>Compiles in this process.</summary>
    /// <param name="hotFirst">Whether hot functions are stored before the others.</param>
    public void RunHere(bool hotFirst)
    {
        int chosen = level ?? (OptimizingTier.IsAvailable ? OptimizingTier.DefaultLevel : 0);
        var display = new CompileDisplay(name, IsQuiet);
        CompileResult compiled = ModuleCompiler.Compile(new()
        {
            Path = path,
            Output = Output,
            Target = Target,
            Level = chosen,
            HotFirst = hotFirst,
            Progress = display.IsShown ? display.Report : null,
        });
        display.Clear();
        if (!IsQuiet) Terminal.WriteLine(Describe(compiled, chosen));
    }

    /// <summary>
    /// Compiles in a process of its own, which LLVM may take down, and which says what goes wrong; its exit code.
    /// </summary>
    public int RunInProcess()
    {
        // Even to look for LLVM is to run its code: this process does not.
        List<string> arguments = ["compile", CompileProcess.WorkerOption];
        if (level is { } chosen) arguments.Add($"-O{chosen}");
        if (IsQuiet) arguments.Add("-q");
        if (Target is not null) arguments.AddRange([TargetOption, Target.Name]);
        if (Output is not null) arguments.AddRange(["-o", Output]);
        arguments.Add(Path.GetFullPath(path));
        if (CompileProcess.Run([.. arguments]) is not { } failure) return ExitCode.Success;
        if (!failure.IsSaid) Terminal.Error($"cannot optimize {name}: {failure.Reason}; it runs on baseline code");
        return failure.ExitCode;
    }

    /// <summary>
    /// Compiles the module of an image that has just been made: with the optimizing tier if it is there, while the user
    /// waits. What fails is no failure of what made the image.
    /// </summary>
    public static void AfterBuild(ImageStore store, string image)
    {
        if (ModuleOf(store, image) is not { } module) return;
        if (CompileProcess.IsPossible
            && new AheadCompiler("the image", module, null) { IsQuiet = true }.RunInProcess() == 0)
            return;
        try
        {
            new AheadCompiler("the image", module, 0) { IsQuiet = true }.RunHere(hotFirst: false);
        }
        catch (ContainerException)
        {
            // It is compiled when it is run.
        }
    }

    /// <summary>Has the module of an image that has just arrived compiled by a process in the background.</summary>
    public static void AfterPull(Image image) => CompileProcess.StartInBackground(image.Id.ToString(), counts: null);

    private static string? ModuleOf(ImageStore store, string image)
    {
        try
        {
            return CompileCommand.ModuleOf(store, store.Resolve(image));
        }
        catch (ImageException)
        {
            return null; // It starts no module, or none that runs here.
        }
    }

    private string Describe(CompileResult result, int level)
    {
        string functions = result.Compiled == result.Functions
            ? string.Create(CultureInfo.InvariantCulture, $"{result.Functions} functions")
            : string.Create(CultureInfo.InvariantCulture, $"{result.Compiled} of {result.Functions} functions");
        string how = level == 0 ? "compiled" : "optimized";
        return string.Create(CultureInfo.InvariantCulture,
            $"{name}: {functions}, {ImagesCommand.Size(result.Bytes)}, {how} in {result.Time.TotalSeconds:0.00} s");
    }
}
