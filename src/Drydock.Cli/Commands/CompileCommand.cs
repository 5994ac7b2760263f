using System.CommandLine;
using System.Globalization;
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
    private static readonly Option<bool> Quiet = new("--quiet", "-q") { Description = "Say nothing of success" };
    private static readonly Option<string> PlatformOption = new("--platform")
    {
        Description = "Platform of the image",
        HelpName = "OS/ARCH",
    };
    private static readonly Option<bool> Background = new("--background") { Hidden = true };

    public static Command Create()
    {
        var command = new Command("compile", "Compile a program into the code cache, so that it starts at once")
        {
            Target, Output, Quiet, PlatformOption, Background,
        };
        command.SetAction(int (result) =>
        {
            string target = result.GetRequiredValue(Target);
            CompileResult? compiled = ModuleCompiler.Compile(new()
            {
                Path = RunCommand.IsFile(target) ? target : ModuleOf(target, result.GetValue(PlatformOption)),
                Output = result.GetValue(Output),
                InBackground = result.GetValue(Background),
            });
            if (compiled is not null && !result.GetValue(Quiet)) Terminal.WriteLine(Describe(target, compiled));
            return ExitCode.Success;
        });
        return command.WithExamples("drydock compile hello", "drydock compile ./app.wasm", "drydock compile -o app.code ./app.wasm");
    }

    private static string ModuleOf(string name, string? platform)
    {
        ImageStore store = ImageStore.Open();
        Image image = RunCommand.Find(store, name, platform is null ? null : Platform.Parse(platform), "missing");
        RuntimeSpec spec = SpecBuilder.ForImage(image, store.OpenContent(image), new RunRequest(), privateRoots: "");
        return spec.Annotation(SpecAnnotations.Module)!;
    }

    private static string Describe(string target, CompileResult result)
    {
        string functions = result.Compiled == result.Functions
            ? string.Create(CultureInfo.InvariantCulture, $"{result.Functions} functions")
            : string.Create(CultureInfo.InvariantCulture, $"{result.Compiled} of {result.Functions} functions");
        return string.Create(CultureInfo.InvariantCulture,
            $"{target}: {functions}, {ImagesCommand.Size(result.Bytes)}, compiled in {result.Time.TotalSeconds:0.00} s");
    }
}
