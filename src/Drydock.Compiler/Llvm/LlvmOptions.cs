using System.Text;

namespace Drydock.Compiler.Llvm;

/// <summary>
/// Options of LLVM itself, as its own programs take them. It ends the process over one that it does not know.
/// </summary>
internal static class LlvmOptions
{
    /// <summary>
    /// Without this choices between a load and something else become branches around the load, which then does not
    /// trap. Every version from <see cref="LlvmLibrary.OldestVersion"/> on has it; one that had not could not be used.
    /// </summary>
    private const string KeepLoads = "-x86-cmov-converter-force-mem-operand=false";

    /// <summary>The versions that are known to have the other options.</summary>
    private const int First = 16, Last = 22;
    /// <summary>From this version on blocks are not copied where many blocks lead to many.</summary>
    private const int FirstWithFewCopies = 19;

    /// <summary>
    /// The pass that prepares code generation looks at the whole of a function again after each change, but for huge
    /// ones at what changed: here all are huge. Hoisting constants makes code longer, and scheduling leaves it as fast
    /// as it was, having been done on the way from the graph of each block. Where a value is live over thousands of
    /// blocks, looking for the best ones to split it in takes most of the time: past the budget it is split around
    /// single blocks, which makes interpreters slow if the budget is for hundreds. Copies are not seen through once
    /// registers are allocated: a processor that renames registers does moves between them for nothing. Blocks that end
    /// in a jump through a table are copied if they have no more instructions than this, see
    /// <see cref="SharedDispatch"/>.
    /// </summary>
    private static readonly string[] Options =
    [
        "-cgpp-huge-func=0", "-disable-constant-hoisting", "-enable-misched=0", "-grow-region-complexity-budget=2000",
        "-disable-copyprop", "-tail-dup-indirect-size=40",
    ];

    /// <summary>No bound here: <see cref="SharedDispatch"/> has one.</summary>
    private static readonly string[] ManyCopies = ["-tail-dup-pred-size=100000", "-tail-dup-succ-size=100000"];

    public static unsafe void Set()
    {
        byte[] text = Encoding.UTF8.GetBytes($"drydock\0{string.Join('\0', All())}\0");
        byte** starts = stackalloc byte*[text.AsSpan().Count((byte)0)];
        int count = 0;
        fixed (byte* first = text)
        {
            for (int i = 0; i < text.Length; i++)
                if (i == 0 || text[i - 1] == 0) starts[count++] = first + i;
            LlvmNative.ParseOptions(count, starts, null);
        }
    }

    private static string[] All() => LlvmLibrary.Version switch
    {
        < First or > Last => [KeepLoads],
        < FirstWithFewCopies => [KeepLoads, .. Options],
        _ => [KeepLoads, .. Options, .. ManyCopies],
    };
}
