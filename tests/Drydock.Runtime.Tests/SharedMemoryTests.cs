using Drydock.Compiler;
using Drydock.Wasm;

namespace Drydock.Runtime.Tests;

/// <summary>Memories that several stores use on threads of their own.</summary>
public sealed class SharedMemoryTests
{
    private const string Counter = """
        (module (memory (import "host" "m") 1 4 shared)
          (func (export "count") (param i32)
            (loop
              (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))
              (drop (i32.atomic.rmw16.and_u (i32.const 8) (i32.const -1)))
              (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
          (func (export "wait") (param i64) (result i32) (memory.atomic.wait32 (i32.const 4) (i32.const 0) (local.get 0)))
          (func (export "notify") (result i32) (memory.atomic.notify (i32.const 4) (i32.const 100)))
          (func (export "grow") (result i32) (memory.grow (i32.const 1))))
        """;

    private static readonly MemoryType Type = new(new Limits(1, 4, false), IsShared: true);

    private static Instance Instantiate(Store store, Module module, SharedMemory memory)
    {
        var linker = new Linker(store.Engine);
        linker.Define("host", "m", memory.In(store));
        return linker.Instantiate(store, module);
    }

    private static void OnThreads(int count, Engine engine, SharedMemory memory, Action<Instance> body)
    {
        using var module = HandCompiler.Assemble(engine, Counter);
        var threads = new Thread[count];
        for (int i = 0; i < count; i++)
        {
            threads[i] = new Thread(() =>
            {
                using var store = new Store(engine);
                body(Instantiate(store, module, memory));
            });
            threads[i].Start();
        }
        foreach (var thread in threads) thread.Join();
    }

    [Fact]
    public void Stores_on_several_threads_count_together()
    {
        using var engine = new Engine();
        using var memory = new SharedMemory(Type);
        OnThreads(4, engine, memory, instance => instance.GetFunction("count")!.Invoke(20_000));
        using var store = new Store(engine);
        Assert.Equal(80_000, BitConverter.ToInt32(memory.In(store).Span));
    }

    [Fact]
    public void All_that_wait_are_woken_and_counted()
    {
        using var engine = new Engine();
        using var memory = new SharedMemory(Type);
        int woken = 0, results = 0;
        using var store = new Store(engine);
        using var module = HandCompiler.Assemble(engine, Counter);
        var instance = Instantiate(store, module, memory);
        var notifier = new Thread(() =>
        {
            while (woken < 3) woken += instance.GetFunction("notify")!.Invoke()[0].AsInt32();
        });
        notifier.Start();
        OnThreads(3, engine, memory, waiting =>
            Interlocked.Add(ref results, waiting.GetFunction("wait")!.Invoke(-1L)[0].AsInt32()));
        notifier.Join();
        Assert.Equal((3, 0), (woken, results));
    }

    [Fact]
    public void A_wait_times_out()
    {
        using var engine = new Engine();
        using var memory = new SharedMemory(Type);
        OnThreads(1, engine, memory, instance =>
            Assert.Equal(2, instance.GetFunction("wait")!.Invoke(1_000_000L)[0].AsInt32()));
    }

    [Fact]
    public void A_wait_without_end_is_interrupted()
    {
        using var engine = new Engine(new() { EpochInterruption = true });
        using var memory = new SharedMemory(Type);
        OnThreads(1, engine, memory, instance =>
        {
            using var timer = new Timer(_ => instance.Store.Interrupt(), null, 20, Timeout.Infinite);
            var trap = Assert.Throws<TrapException>(() => instance.GetFunction("wait")!.Invoke(-1L));
            Assert.Equal(TrapCode.Interrupted, trap.Code);
        });
    }

    [Fact]
    public void Growth_is_seen_by_all_and_bounded()
    {
        using var engine = new Engine();
        using var memory = new SharedMemory(Type);
        int failures = 0;
        OnThreads(5, engine, memory, instance =>
        {
            if (instance.GetFunction("grow")!.Invoke()[0].AsInt32() < 0) Interlocked.Increment(ref failures);
        });
        Assert.Equal(2, failures);
        Assert.Equal(4UL, memory.Type.Limits.Minimum);
    }

    [Fact]
    public void Bytes_live_as_long_as_anyone_holds_them()
    {
        using var engine = new Engine();
        SharedMemory handle;
        using (var first = new Store(engine))
        {
            var memory = Memory.Create(first, Type);
            memory.Write(10, [42]);
            handle = memory.Share();
        }
        using var second = new Store(engine);
        var seen = handle.In(second);
        handle.Dispose();
        Assert.Equal(42, seen.Span[10]);
        Assert.Throws<ObjectDisposedException>(() => handle.In(second));
    }

    [Fact]
    public void Only_a_shared_type_is_shared()
    {
        using var engine = new Engine();
        using var store = new Store(engine);
        Assert.Throws<InvalidOperationException>(() => Memory.Create(store,
            new MemoryType(new Limits(1, 2, false))).Share());
        Assert.Throws<ArgumentException>(() => new SharedMemory(new MemoryType(new Limits(1, 2, false))));
    }

    [Fact]
    public void An_unshared_memory_of_another_store_is_refused()
    {
        using var engine = new Engine();
        using var first = new Store(engine);
        using var second = new Store(engine);
        using var module = HandCompiler.Assemble(engine, """(module (import "host" "m" (memory 1)))""");
        var linker = new Linker(engine);
        linker.Define("host", "m", Memory.Create(first, new MemoryType(new Limits(1, 2, false))));
        Assert.Throws<InvalidOperationException>(() => linker.Instantiate(second, module));
    }
}
