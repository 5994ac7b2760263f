namespace Drydock.Conformance;

/// <summary>
/// The process that runs scripts, so that a crash costs one file. It reads paths, a line each, and answers each with
/// lines: <c>@line</c> as a command begins, <c>+suite</c> for a pass, <c>-suite line text</c> for a failure, and
/// <c>.</c> at the end.
/// </summary>
internal static class Worker
{
    public static int Run(TextReader input, Stream standardOutput)
    {
        using var output = new StreamWriter(standardOutput, bufferSize: 1 << 16);
        while (input.ReadLine() is { } file)
        {
            RunScript(new FileResult(file, output));
            output.WriteLine('.');
            output.Flush();
        }

        return 0;
    }

    private static void RunScript(FileResult result)
    {
        try
        {
            using var runner = new ScriptRunner(result);
            runner.Run();
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            result.AddFailure(new Failure(Suites.Of(result.File), result.Line, $"script: {error.GetType().Name}: {error.Message}"));
        }
    }
}
