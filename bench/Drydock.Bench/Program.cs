using Drydock.Bench;
using Drydock.Bench.Engines;

const string Usage = "usage: drydock-bench [--runs N] [--only start|images|instances|compile|llvm|workloads|engines|heap]\n"
    + "                     [--program NAME] [--drydock FILE]";
if (BenchOptions.Parse(args) is not { } options)
{
    Console.Error.WriteLine(Usage);
    return 2;
}
if (!File.Exists(options.Drydock))
{
    Console.Error.WriteLine($"drydock-bench: {options.Drydock} is missing: run make first");
    return 1;
}
var results = new Results();
results.Add("size of the executable", new FileInfo(options.Drydock).Length / 1e6, "MB", "at most 12");
if (!Directory.Exists(options.Workloads))
    Console.WriteLine($"{options.Workloads} is absent: only what needs no programs is measured; set DRYDOCK_WORKLOADS");
else
{
    if (options.Includes("start")) ColdStart.Measure(options, results);
    if (options.Includes("images")) ImageSpeed.Measure(options, results);
    if (options.Includes("instances")) InstanceSpeed.Measure(options, results);
    if (options.Includes("compile")) CompileSpeed.Measure(options, results);
    if (options.Includes("llvm")) OptimizeSpeed.Measure(options, results);
    if (options.Includes("llvm")) HotSpeed.Measure(options, results);
    if (options.Includes("workloads")) WorkloadSpeed.Measure(options, results);
    if (options.Includes("engines")) EngineComparison.Measure(options, results);
    // Last: a child's peak memory begins with its parent's.
    if (options.Includes("heap")) HeapSpeed.Measure(options, results);
}
results.Print();
results.Save("BenchmarkResults");
return 0;
