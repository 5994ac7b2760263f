using System.Text;

namespace Drydock.Wasm.Text;

/// <summary>How a module is printed.</summary>
public sealed record PrintOptions
{
    /// <summary>
    /// Whether instructions stand around their operands, <c>(i32.add (local.get 0) (i32.const 1))</c>.
    /// </summary>
    public bool IsFolded { get; init; }
}

/// <summary>Prints modules in the text format (spec: 6). Assembling what is printed gives an equal module.</summary>
public static class ModulePrinter
{
    /// <summary>Prints a module; lines end with a line feed.</summary>
    public static void Print(WasmModule module, TextWriter output, PrintOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(output);
        new FieldPrinter(module, output, options ?? new PrintOptions()).Print();
    }

    /// <summary>The text of a module.</summary>
    public static string Print(WasmModule module, PrintOptions? options = null)
    {
        using var output = new StringWriter(new StringBuilder()) { NewLine = "\n" };
        Print(module, output, options);
        return output.ToString();
    }
}
