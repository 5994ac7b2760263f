using System.Diagnostics;
using System.Runtime.CompilerServices;
using Drydock.Runtime;
using Drydock.Wasm.Text;

namespace Drydock.Bench;

/// <summary>How fast guests allocate structures, beside .NET doing the same, and how long a collection takes.</summary>
internal static class HeapSpeed
{
    private const int Dropped = 20_000_000;
    /// <summary>Nodes of 32 bytes: 100 MB.</summary>
    private const int Live = 3_200_000;

    private const string Text = """
        (module
          (type $node (sub (struct (field i64) (field (mut (ref null $node))) (field (mut (ref null $node))))))
          (type $small (struct (field i32) (field (ref null $node))))
          (type $all (array (mut (ref null $node))))
          (global $root (mut anyref) (ref.null any))
          (func (export "drop") (param i32) (result i32)
            (local $sum i32) (local $last (ref null $small))
            (loop $again
              (local.set $last (struct.new $small (local.get 0) (ref.null $node)))
              (local.set $sum (i32.add (local.get $sum) (struct.get $small 0 (local.get $last))))
              (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
            (local.get $sum))
          (func (export "list") (param i32)
            (local $list (ref null $node))
            (loop $again
              (local.set $list (struct.new $node (i64.const 1) (local.get $list) (ref.null $node)))
              (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
            (global.set $root (local.get $list)))
          (func $tree (param i32) (result (ref null $node))
            (if (result (ref null $node)) (local.get 0)
              (then (struct.new $node (i64.const 1)
                (call $tree (i32.sub (local.get 0) (i32.const 1))) (call $tree (i32.sub (local.get 0) (i32.const 1)))))
              (else (ref.null $node))))
          (func (export "tree") (param i32) (global.set $root (call $tree (local.get 0))))
          (func (export "scattered") (param i32)
            (local $all (ref null $all)) (local $i i32) (local $at i32) (local $count i32)
            (local.set $count (local.get 0))
            (local.set $all (array.new_default $all (local.get 0)))
            (loop $again
              (local.set $at (i32.rem_u (i32.add (local.get $at) (i32.const 1999993)) (local.get $count)))
              (array.set $all (local.get $all) (local.get $at) (struct.new $node (i64.const 1) (ref.null $node) (ref.null $node)))
              (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
            (global.set $root (local.get $all))))
        """;

    public static void Measure(BenchOptions options, Results results)
    {
        Console.WriteLine($"the heap, one core, median of {options.Runs}");
        using var engine = new Engine();
        using var module = Module.Compile(engine, TextModule.Assemble(Text));
        using var store = new Store(engine);
        Instance instance = new Linker(engine).Instantiate(store, module);
        Function drop = instance.GetFunction("drop")!;
        double guest = Median(options, () => drop.Invoke(Dropped));
        double host = Median(options, () => Drop(Dropped));
        results.Add("structures allocated and dropped", Dropped / 1e6 / guest, "million/s", "at least 50");
        results.Add("the same, beside objects of .NET", host / guest, "times as fast");
        foreach ((string shape, int size) in ((string, int)[])[("list", Live), ("tree", 22), ("scattered", Live)])
            Pause(options, results, store, instance, shape, size);
    }

    private static void Pause(BenchOptions options, Results results, Store store, Instance instance, string shape,
        int size)
    {
        instance.GetFunction(shape)!.Invoke(size);
        double pause = Results.Median(Enumerable.Range(0, options.Runs).Select(_ =>
        {
            store.CollectHeap();
            return store.HeapStatistics.LastPause.TotalMilliseconds;
        }));
        double megabytes = store.HeapStatistics.LiveBytes / 1e6;
        results.Add($"pause for a live {shape} of {megabytes:0} MB", pause, "ms", "at most 100 for 100 MB");
    }

    private static double Median(BenchOptions options, Action action)
    {
        action();
        return Results.Median(Enumerable.Range(0, options.Runs).Select(_ =>
        {
            long start = Stopwatch.GetTimestamp();
            action();
            return Stopwatch.GetElapsedTime(start).TotalSeconds;
        }));
    }

    private sealed record Small(int Value, object? Next);

    private static Small? _last;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Drop(int count)
    {
        int sum = 0;
        for (; count > 0; count--)
        {
            _last = new Small(count, null);
            sum += _last.Value;
        }
        return sum;
    }
}
