namespace Drydock.Conformance;

/// <summary>Runs the specification's test scripts through the public runtime API.</summary>
internal static class Program
{
    private static int Main(string[] args)
    {
        if (args is ["--worker"]) return Worker.Run(Console.In, Console.OpenStandardOutput());
        if (Options.Parse(args) is not { } options)
        {
            Console.Error.WriteLine(Options.Usage);
            return 2;
        }

        var files = ScriptFiles.Find(options);
        if (files.Count > 0) return Report.Print(Supervisor.Run(files, options), options);
        Console.Error.WriteLine("drydock-conformance: no script matches; name a .wast file or a folder of them");
        return 2;
    }
}
