using Drydock.Fuzz;
using Drydock.Fuzz.Differential;

// drydock-fuzz differential ... and its children; otherwise
// drydock-fuzz TARGET [--count N] [--seed S] [--corpus DIR]... [--least-seeds N]
switch (args)
{
    case ["differential", .. var rest]: return DifferentialRun.Run(rest);
    case ["worker", .. var rest]: return Worker.Run(rest);
}
if (args.Length == 0 || !Targets.ByName.TryGetValue(args[0], out var target))
{
    Console.Error.WriteLine(
        $"usage: drydock-fuzz differential|{string.Join('|', Targets.ByName.Keys)} [--count N] [--seed S] [--corpus DIR]... [--least-seeds N]");
    return 2;
}
var options = FuzzOptions.Parse(args.AsSpan(1));
return new Fuzzer(target, options).Run() ? 0 : 1;
