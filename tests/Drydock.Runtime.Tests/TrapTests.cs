using Drydock.Compiler;
using static Drydock.Runtime.Tests.HandCompiler;

namespace Drydock.Runtime.Tests;

public sealed class TrapTests
{
    private static readonly byte[] Undefined = [0x0F, 0x0B];
    private static readonly byte[] Divide = [0x31, 0xC0, 0x31, 0xD2, 0x31, 0xC9, 0xF7, 0xF1]; // xor eax, edx, ecx; div ecx
    private static readonly byte[] Load = [0x48, 0x8B, 0x07, 0x8B, 0x04, 0x30]; // mov rax, [rdi]; mov eax, [rax + rsi]

    [Theory]
    [InlineData(TrapCode.Unreachable, "unreachable")]
    [InlineData(TrapCode.UndefinedElement, "undefined element")]
    public void An_undefined_instruction_traps_with_the_code_of_its_site(TrapCode code, string message)
    {
        using var guest = new Guest("""(module (func $boom (export "f")))""", Fault(code, 0, Undefined));
        var trap = Assert.Throws<TrapException>(() => guest.Call("f"));
        Assert.Equal(code, trap.Code);
        Assert.Equal($"trap: {message}\n  0: boom (function 0) at 0x7", trap.Describe());
    }

    [Fact]
    public void A_division_fault_traps()
    {
        using var guest = new Guest("""(module (func (export "f")))""", Fault(TrapCode.IntegerDivideByZero, 6, Divide));
        for (int i = 0; i < 100; i++)
            Assert.Equal("integer divide by zero", Assert.Throws<TrapException>(() => guest.Call("f")).Message);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(65532, false)]
    [InlineData(65536, true)]
    [InlineData(-1, true)]
    public void Access_beyond_the_memory_traps(int address, bool traps)
    {
        using var guest = new Guest(
            """(module (memory 1) (func (export "f") (param i32) (result i32) (i32.const 0)))""",
            Fault(TrapCode.OutOfBoundsMemoryAccess, 3, Load));
        if (traps)
            Assert.Equal("out of bounds memory access",
                Assert.Throws<TrapException>(() => guest.Call("f", address)).Message);
        else Assert.Equal(0, guest.Call("f", address)[0].AsInt32());
    }

    [Fact]
    public void A_trap_below_a_host_function_shows_both_guests_and_passes_the_host()
    {
        bool sawTrap = false;
        Guest guest = null!;
        using (guest = new Guest(
            """(module (import "h" "f" (func)) (func $outer (export "outer")) (func $inner (export "inner")))""",
            linker => linker.DefineFunction("h", "f", new([], []), (in HostCall _) =>
            {
                try
                {
                    guest.Call("inner");
                }
                catch (TrapException)
                {
                    sawTrap = true;
                    throw;
                }
            }),
            CallImport(), Fault(TrapCode.Unreachable, 0, Undefined)))
        {
            var trap = Assert.Throws<TrapException>(() => guest.Call("outer"));
            Assert.True(sawTrap);
            Assert.Equal(["inner", "outer"], trap.Frames.Select(frame => frame.FunctionName));
        }
    }

    [Fact]
    public void Endless_recursion_traps_on_any_thread()
    {
        using var guest = new Guest("""(module (func $f (export "f")))""", Recurse(0));
        Assert.Equal(TrapCode.CallStackExhausted, Assert.Throws<TrapException>(() => guest.Call("f")).Code);
        TrapException? onThread = null;
        var thread = new Thread(() => onThread = Assert.Throws<TrapException>(() => guest.Call("f")), 512 << 10);
        thread.Start();
        thread.Join();
        Assert.Equal(TrapCode.CallStackExhausted, onThread!.Code);
        Assert.Equal(65, onThread.Frames.Count);
    }

    [Fact]
    public void A_null_reference_in_managed_code_is_still_an_exception()
    {
        using var guest = new Guest("""(module (func (export "f")))""", Fault(TrapCode.Unreachable, 0, Undefined));
        Assert.Throws<TrapException>(() => guest.Call("f"));
        object? nothing = guest.Instance.GetExport("none");
        Assert.Throws<NullReferenceException>(() => nothing!.ToString());
        int zero = guest.Instance.Exports.Count - 1;
        Assert.Throws<DivideByZeroException>(() => 1 / zero);
    }

    [Fact]
    public void Threads_trap_while_the_collector_runs()
    {
        var threads = new Thread[4];
        int traps = 0;
        for (int i = 0; i < threads.Length; i++)
        {
            threads[i] = new Thread(() =>
            {
                using var guest = new Guest(
                    """(module (import "h" "f" (func)) (memory 1) (func (export "f")) (func (export "g") (param i32) (result i32) (i32.const 0)))""",
                    linker =>
                        linker.DefineFunction("h", "f", new([], []), (in HostCall _) => throw new FormatException()),
                    CallImport(), Fault(TrapCode.OutOfBoundsMemoryAccess, 3, Load));
                for (int round = 0; round < 300; round++)
                {
                    Assert.Throws<FormatException>(() => guest.Call("f"));
                    Assert.Throws<TrapException>(() => guest.Call("g", -round - 1));
                    if (round % 20 == 0) GC.Collect();
                    Interlocked.Increment(ref traps);
                }
            });
            threads[i].Start();
        }
        foreach (var thread in threads) thread.Join();
        Assert.Equal(1200, traps);
    }
}
