using Drydock.Fuzz;

// drydock-fuzz TARGET [--count N] [--seed S] [--corpus DIR]... [--least-seeds N]
if (args.Length == 0 || !Targets.ByName.TryGetValue(args[0], out var target))
{
    Console.Error.WriteLine($"usage: drydock-fuzz {string.Join('|', Targets.ByName.Keys)} [--count N] [--seed S] [--corpus DIR]... [--least-seeds N]");
    return 2;
}
var options = FuzzOptions.Parse(args.AsSpan(1));
return new Fuzzer(target, options).Run() ? 0 : 1;
