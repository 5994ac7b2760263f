using Drydock.Compiler.X64;

namespace Drydock.Runtime.Native;

/// <summary>
/// A signal handler that ends the process. It is emitted code, because the thread it interrupts may be a guest's, or
/// managed code at a place where no managed handler may run.
/// </summary>
internal static unsafe class ExitHandler
{
    private static CodeMemory? _memory;

    /// <summary>Installs it for <paramref name="signals"/>.</summary>
    public static void Install(ReadOnlySpan<int> signals)
    {
        _memory ??= new CodeMemory(0, 4096);
        nint handler = (nint)_memory.Code + _memory.Append(Emit());
        foreach (int signal in signals)
        {
            // The kernel copies the action: it is not referred to afterwards.
            Libc.SignalAction action = default;
            action.Handler = handler;
            if (Libc.SetSignalAction(signal, &action, null) != 0) throw Libc.Failed($"cannot handle signal {signal}");
        }
    }

    /// <summary>edi = signal: exit_group(128 + signal).</summary>
    private static byte[] Emit()
    {
        var code = new Assembler();
        code.Raw(0x81, 0xC7, 0x80, 0, 0, 0); // add edi, 128
        code.Raw(0xB8, 231, 0, 0, 0); // mov eax, exit_group
        code.Raw(0x0F, 0x05); // syscall
        return code.Text.ToArray();
    }
}
