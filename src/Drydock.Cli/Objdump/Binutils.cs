using System.Diagnostics;
using System.Globalization;

namespace Drydock.Cli.Objdump;

/// <summary>The disassembler of binutils, run on a file of plain code.</summary>
internal static class Binutils
{
    private static bool _isAbsent;

    /// <summary>The instructions by offset; null where the program is not installed or fails.</summary>
    public static IReadOnlyList<(int Offset, string Text)>? Disassemble(byte[] code)
    {
        if (_isAbsent) return null;
        string file = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(file, code);
            return Run(file);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            _isAbsent = true;
            return null;
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static List<(int Offset, string Text)>? Run(string file)
    {
        string[] arguments = ["-D", "-b", "binary", "-m", "i386:x86-64", "-M", "intel", "--no-show-raw-insn", file];
        using Process process = Process.Start(new ProcessStartInfo("objdump",
            arguments)
        { RedirectStandardOutput = true })!;
        var lines = new List<(int, string)>();
        while (process.StandardOutput.ReadLine() is { } line)
            if (Parse(line) is { } parsed) lines.Add(parsed);
        process.WaitForExit();
        return process.ExitCode == 0 ? lines : null;
    }

    /// <summary>A line of code is <c>offset:</c>, a tab, and the instruction.</summary>
    private static (int Offset, string Text)? Parse(string line)
    {
        int colon = line.IndexOf(":\t", StringComparison.Ordinal);
        return colon > 0
            && int.TryParse(line.AsSpan(0, colon).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture,
            out int offset)
            ? (offset, line[(colon + 2)..].TrimEnd())
            : null;
    }
}
