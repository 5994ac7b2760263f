using System.Text;
using Drydock.Wasm;
using Drydock.Wasm.Text;

namespace Drydock.Fuzz;

/// <summary>
/// The text format: only <see cref="WasmTextException"/> may escape the parser of scripts and modules, and a module
/// that is valid is printed as text that gives the same text again.
/// </summary>
internal sealed class TextTarget : IFuzzTarget
{
    public IReadOnlyList<byte[]> Seeds { get; } =
    [
        .. BuiltInSeeds.Sources.Select(Encoding.UTF8.GetBytes),
        """
        (module $m (@name "M") (@custom "c" (after type) "\00") (import "a" "b" (func $"q \u{e9}" (type $t)))
          (type $t (func (param $x i32) (result f32))) (memory $mem 1 2 shared)
          (func $f (type $t) (@metadata.code.branch_hint "\01") (if (local.get $x) (then nop) (else (br 1 (f32.const nan:0x7))))
            (f32.const -0x1.8p+3)))
        (register "m" $m) (assert_return (invoke $m "f" (i32.const -1)) (f32.const nan:canonical))
        (assert_malformed (module quote "(func") "unexpected end") (module binary "\00asm" "\01\00\00\00")
        """u8.ToArray(),
    ];

    /// <summary>The scripts themselves, not what they assemble to.</summary>
    public IEnumerable<byte[]> Load(string folder) =>
        from file in Directory.EnumerateFiles(folder, "*.wa?t", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal)
        where new FileInfo(file).Length <= Corpus.LargestSeed
        select File.ReadAllBytes(file);

    public bool Try(byte[] input)
    {
        try
        {
            foreach (var command in Script.Parse(input).Commands) Assemble(command);
            return true;
        }
        catch (WasmTextException)
        {
            return false;
        }
    }

    private static void Assemble(ScriptCommand command)
    {
        if ((command as ModuleCommand)?.Module is not { } text) return;
        try
        {
            Print(ModuleDecoder.Decode(text.Assemble()));
        }
        catch (Exception error) when (error is WasmFormatException or WasmTextException)
        {
            // Refused, as most damaged modules are.
        }
    }

    private static void Print(WasmModule module)
    {
        var text = ModulePrinter.Print(module, new PrintOptions { IsFolded = module.Bytes.Length % 2 == 0 });
        try
        {
            ModuleDecoder.Decode(TextModule.Assemble(Encoding.UTF8.GetBytes(text), TextNames.All));
        }
        catch (Exception error) when (error is WasmFormatException or WasmTextException)
        {
            throw new InvalidOperationException($"what was printed is refused: {error.Message}\n{text}");
        }
    }
}
