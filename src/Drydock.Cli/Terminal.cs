using System.Runtime.InteropServices;
using System.Text;

namespace Drydock.Cli;

/// <summary>
/// Text to the standard streams by plain <c>write</c>: <see cref="Console"/> costs milliseconds to set up, and buffers
/// beside what the guest writes itself.
/// </summary>
internal static partial class Terminal
{
    private const int Interrupted = 4;

    /// <summary>Writes <paramref name="text"/> and a line end to standard output.</summary>
    public static void WriteLine(string text = "") => Write(1, text + "\n");

    /// <summary>Writes <paramref name="text"/> to standard output.</summary>
    public static void Write(string text) => Write(1, text);

    /// <summary>Writes <c>drydock: </c>, <paramref name="message"/> and a line end to standard error.</summary>
    public static void Error(string message) => Write(2, $"drydock: {message}\n");

    /// <summary>Writes <paramref name="text"/> as it is to standard error.</summary>
    public static void WriteError(string text) => Write(2, text);

    /// <summary>Whether standard error is a terminal, which can be drawn on.</summary>
    public static bool IsErrorTerminal =>
        IsATty(2) == 1 && Environment.GetEnvironmentVariable("TERM") is not (null or "dumb");

    private static unsafe void Write(int descriptor, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        fixed (byte* start = bytes)
        {
            // The pointer stays within the pinned array: `written` never exceeds its length.
            for (int written = 0; written < bytes.Length;)
            {
                nint count = WriteBytes(descriptor, start + written, bytes.Length - written);
                if (count < 0 && Marshal.GetLastSystemError() == Interrupted) continue;
                // A reader that has gone away is no one to tell.
                if (count <= 0) return;
                written += (int)count;
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "isatty")]
    private static partial int IsATty(int descriptor);

    [LibraryImport("libc", EntryPoint = "write")]
    private static unsafe partial nint WriteBytes(int descriptor, byte* bytes, nint count);
}
