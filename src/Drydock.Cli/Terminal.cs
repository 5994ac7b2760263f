using System.Runtime.InteropServices;
using System.Text;
using Drydock.Oci;

namespace Drydock.Cli;

/// <summary>
/// Text to the standard streams by plain <c>write</c>: <see cref="Console"/> costs milliseconds to set up, and buffers
/// beside what the guest writes itself.
/// </summary>
internal static partial class Terminal
{
    private const int Interrupted = 4, BrokenPipe = 32; // EINTR, EPIPE

    /// <summary>Writes <paramref name="text"/> and a line end to standard output.</summary>
    /// <exception cref="UserError">It cannot be written.</exception>
    public static void WriteLine(string text = "") => Write(text + "\n");

    /// <summary>
    /// Writes <paramref name="text"/> to standard output. A reader that has gone away is no one to tell.
    /// </summary>
    /// <exception cref="UserError">It cannot be written.</exception>
    public static void Write(string text)
    {
        if (Write(1, text) is var error and not (0 or BrokenPipe))
            throw new UserError($"cannot write to standard output: {Reason.OfSystem(error)}");
    }

    /// <summary>Writes <c>drydock: </c>, <paramref name="message"/> and a line end to standard error.</summary>
    public static void Error(string message) => WriteError($"drydock: {message}\n");

    /// <summary>Writes <paramref name="text"/> as it is to standard error.</summary>
    public static void WriteError(string text) => _ = Write(2, text);

    /// <summary>Whether standard error is a terminal, which can be drawn on.</summary>
    public static bool IsErrorTerminal =>
        IsATty(2) == 1 && Environment.GetEnvironmentVariable("TERM") is not (null or "dumb");

    /// <summary>Writes all of a text; gives the number of the error that came between, or 0.</summary>
    private static unsafe int Write(int descriptor, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        fixed (byte* start = bytes)
        {
            // The pointer stays within the pinned array: `written` never exceeds its length.
            for (int written = 0; written < bytes.Length;)
            {
                nint count = WriteBytes(descriptor, start + written, bytes.Length - written);
                int error = count < 0 ? Marshal.GetLastSystemError() : 0;
                if (error == Interrupted) continue;
                if (count <= 0) return error;
                written += (int)count;
            }
        }
        return 0;
    }

    [LibraryImport("libc", EntryPoint = "isatty")]
    private static partial int IsATty(int descriptor);

    [LibraryImport("libc", EntryPoint = "write")]
    private static unsafe partial nint WriteBytes(int descriptor, byte* bytes, nint count);
}
