using Drydock.Wasm;

namespace Drydock.Cli.Wast;

/// <summary>
/// The process that runs scripts, so that a crash costs one file. It reads paths, a line each, and answers each with
/// lines: <c>@line</c> as a command begins, <c>+</c> for a pass, <c>-line text</c> for a failure, and <c>.</c> at the
/// end.
/// </summary>
internal static class Worker
{
    private const int LineBuffer = 1 << 16;

    public static int Run(WasmFeatures features)
    {
        using var input = new StreamReader(Console.OpenStandardInput());
        using var output = new StreamWriter(Console.OpenStandardOutput(), bufferSize: LineBuffer);
        while (input.ReadLine() is { } file)
        {
            RunScript(new FileResult(file, output), features);
            output.WriteLine('.');
            output.Flush();
        }

        return ExitCode.Success;
    }

    private static void RunScript(FileResult result, WasmFeatures features)
    {
        try
        {
            using var runner = new ScriptRunner(result, features);
            runner.Run();
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            result.AddFailure(new Failure(result.Line, $"script: {ScriptRunner.Describe(error)}"));
        }
    }
}
