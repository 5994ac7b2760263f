using System.Runtime.CompilerServices;
using Drydock.AotTests;
using Drydock.Runtime;

// Traps, garbage collections, host calls and managed faults on several threads at once, in an executable compiled ahead
// of time, where the .NET runtime's signal handlers are not those of the tests that run on CoreCLR.
const int Rounds = 2_000;
// Sizes of the threads' stacks; 0 is the system's choice.
int[] stacks = [0, 0, 256 << 10, 8 << 20];
int threads = stacks.Length;

using var engine = new Engine();
using var module = Module.Compile(engine, Guest.Binary);
using var stop = new CancellationTokenSource();
var collector = new Thread(() =>
{
    while (!stop.IsCancellationRequested)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }
});
collector.Start();

var workers = new Worker[threads];
for (int i = 0; i < threads; i++) (workers[i] = new Worker(engine, module, Rounds, stacks[i])).Start();
foreach (Worker worker in workers) worker.Join();
stop.Cancel();
collector.Join();

int failed = 0;
foreach (Worker worker in workers)
{
    if (worker.Failure is not { } failure) continue;
    Console.WriteLine(failure);
    failed++;
}
Console.WriteLine(
    $"{threads * Rounds} rounds of traps, host calls and faults on {threads} threads, {GC.CollectionCount(2)} collections");
Console.WriteLine($"{threads - failed} passed, {failed} failed");
return failed == 0 && RuntimeFeature.IsDynamicCodeSupported == false ? 0 : 1;
