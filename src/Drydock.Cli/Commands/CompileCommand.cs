using System.CommandLine;
using Drydock.Compiler;
using Drydock.Containers;
using Drydock.Containers.Spec;
using Drydock.Oci;

namespace Drydock.Cli.Commands;

/// <summary><c>drydock compile</c>: machine code for the next start, before it is needed.</summary>
internal static class CompileCommand
{
    private static readonly Argument<string> Target = new("IMAGE|FILE") { Description = "Image or .wasm file" };
    private static readonly Option<string> Output = new("--output", "-o")
    {
        Description = "Write the code to a file instead of the cache",
        HelpName = "FILE",
    };
    private static readonly Option<string> TargetCpuOption = new(AheadCompiler.TargetOption)
    {
        Description = "Processor to compile for, where a file is written; this machine's unless named",
        HelpName = "native|x86-64-v3",
    };
    private static readonly Option<bool>[] Levels =
    [
        new("-O0") { Description = "Baseline's code, at once" },
        new("-O1") { Description = "Optimize a little" },
        new("-O2") { Description = "Optimize: the default where libLLVM is installed" },
        new("-O3") { Description = "Optimize as far as LLVM can" },
    ];
    private static readonly Option<bool> Quiet = new("--quiet", "-q") { Description = "Say nothing of success" };
    private static readonly Option<string> PlatformOption = new("--platform")
    {
        Description = "Platform of the image",
        HelpName = "OS/ARCH",
    };
    private static readonly Option<bool> Background = new(CompileProcess.BackgroundOption) { Hidden = true };
    private static readonly Option<bool> Worker = new(CompileProcess.WorkerOption) { Hidden = true };
    private static readonly Option<bool> Report = new(HostCode.ReportOption) { Hidden = true };
    private static readonly Option<string> Counts = new("--counts") { Hidden = true };

    public static Command Create()
    {
        var command = new Command("compile", "Compile a program into the code cache, so that it starts at once")
        {
            Target, Output, TargetCpuOption, Quiet, PlatformOption, Background, Worker, Report, Counts,
        };
        foreach (Option<bool> level in Levels) command.Add(level);
        command.SetAction(Compile);
        return command.WithExamples(
            "drydock compile hello", "drydock compile -O3 ./app.wasm",
            "drydock compile --target-cpu x86-64-v3 -o app.code ./app.wasm");
    }

    private static int Compile(ParseResult result)
    {
        string target = result.GetRequiredValue(Target);
        string path = RunCommand.IsFile(target) ? target : ModuleOf(target, result.GetValue(PlatformOption));
        bool isWorker = result.GetValue(Worker);
        if (result.GetValue(Report)) return WriteReport(path);
        if (result.GetValue(Background) && !isWorker)
        {
            CompileProcess.RunInBackground(path, result.GetValue(Counts));
            return ExitCode.Success;
        }
        if (isWorker && result.GetValue(Background)) CompileProcess.Restrain();
        var ahead = new AheadCompiler(target, path, Level(result))
        {
            Output = result.GetValue(Output),
            Target = TargetOf(result),
            IsQuiet = result.GetValue(Quiet)
        };
        if (!isWorker && ahead.Level != 0 && CompileProcess.IsPossible) return ahead.RunInProcess();
        ahead.RunHere(hotFirst: result.GetValue(Background));
        return ExitCode.Success;
    }

    /// <summary>Whoever asks does without if there is no code: what is wrong is said when the guest is started.</summary>
    private static int WriteReport(string path)
    {
        try
        {
            Terminal.WriteLine(HostCode.Prepare(path));
            return ExitCode.Success;
        }
        catch (ContainerException)
        {
            return ContainerException.Failure;
        }
    }

    private static TargetCpu? TargetOf(ParseResult result)
    {
        if (result.GetValue(TargetCpuOption) is not { } name || name == "native") return null;
        TargetCpu target = TargetCpu.Find(name) ?? throw new UserError(
            $"cannot compile for the processor \"{name}\": choose from native and x86-64-v3");
        return result.GetValue(Output) is not null ? target : throw new UserError(
            $"code for {target.Name} is not kept in the cache, which is for this machine: name a file with -o, "
            + "and run it with 'drydock run --code'");
    }

    private static int? Level(ParseResult result)
    {
        int level = Array.FindLastIndex(Levels, result.GetValue);
        return level >= 0 ? level : null;
    }

    internal static string ModuleOf(string name, string? platform)
    {
        ImageStore store = ImageStore.Open();
        Image image = RunCommand.Find(store, name, platform is null ? null : Platform.Parse(platform), "missing");
        return ModuleOf(store, image);
    }

    /// <summary>The file of the module that an image starts.</summary>
    internal static string ModuleOf(ImageStore store, Image image)
    {
        RuntimeSpec spec = SpecBuilder.ForImage(image, store.OpenContent(image), new RunRequest(), privateRoots: "");
        return spec.Annotation(SpecAnnotations.Module)!;
    }
}
