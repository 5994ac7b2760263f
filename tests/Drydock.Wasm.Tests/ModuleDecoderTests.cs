using static Drydock.Wasm.Tests.ModuleBuilder;

namespace Drydock.Wasm.Tests;

public class ModuleDecoderTests
{
    private static readonly byte[] None = [];

    [Theory]
    [InlineData("(func (block $caught (try_table (catch_all $caught))))", true)]
    [InlineData("(func (try (do) (catch_all)))", true)]
    [InlineData("(func (throw_ref (ref.null exn)))", true)]
    [InlineData("(tag)", true)]
    [InlineData("(func (block (loop)))", false)]
    public void An_outline_keeps_whether_code_uses_exceptions(string fields, bool expected)
    {
        WasmModule module = ModuleDecoder.Decode(Drydock.Wasm.Text.TextModule.Assemble($"(module {fields})"));
        Assert.Equal(expected, module.UsesExceptions);
        Assert.Equal(expected, ModuleDecoder.DecodeOutline(ModuleOutline.Of(module)).UsesExceptions);
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("(func $f (call_indirect (i32.const 0))) (table 1 funcref) (elem (i32.const 0) $f)", true)]
    [InlineData("(func $f) (table 1 funcref) (elem $e func $f) (func (table.init $e (i32.const 0) (i32.const 0) (i32.const 1)))",
        true)]
    [InlineData("(func $f (return_call $f))", true)]
    [InlineData("(func $f (return_call_indirect (i32.const 0))) (table 1 funcref)", true)]
    [InlineData("(import \"m\" \"f\" (func $f)) (func (call $f)) (export \"g\" (func $f))", true)]
    [InlineData("(table (export \"t\") 1 externref) (func (drop (table.get 0 (i32.const 0))))", true)]
    [InlineData("(import \"m\" \"t\" (table 1 externref))", true)]
    [InlineData("(func (param funcref) (result funcref) (local.get 0))", true)]
    [InlineData("(import \"m\" \"f\" (func $f)) (func (return_call $f))", false)]
    [InlineData("(import \"m\" \"f\" (func $f)) (table 1 funcref) (elem (i32.const 0) $f)", false)]
    [InlineData("(import \"m\" \"t\" (table 1 funcref))", false)]
    [InlineData("(table (export \"t\") 1 funcref)", false)]
    [InlineData("(type $t (func)) (table (export \"t\") 1 (ref null $t))", false)]
    [InlineData("(table 1 funcref) (func (param funcref) (table.set 0 (i32.const 0) (local.get 0)))", false)]
    [InlineData("(table 1 funcref) (func (result funcref) (table.get 0 (i32.const 0)))", false)]
    [InlineData("(table 1 funcref) (func (param funcref) (drop (table.grow 0 (local.get 0) (i32.const 1))))", false)]
    [InlineData("(table 1 funcref) (func (param funcref) (table.fill 0 (i32.const 0) (local.get 0) (i32.const 1)))",
        false)]
    [InlineData("(func $f (export \"f\") (result funcref) (ref.func $f))", false)]
    [InlineData("(func $f) (global (export \"g\") funcref (ref.func $f))", false)]
    [InlineData("(func $f) (table 1 funcref (ref.func $f))", false)]
    [InlineData("(import \"m\" \"g\" (global funcref)) (table 1 funcref) (elem (table 0) (i32.const 0) funcref (global.get 0))",
        false)]
    [InlineData("(import \"m\" \"g\" (global funcref)) (table 1 funcref (global.get 0))", false)]
    [InlineData("(import \"m\" \"g\" (global i32)) (table 1 funcref) (func $f) (elem (global.get 0) $f)", true)]
    [InlineData("(type $t (func)) (func (param (ref $t)) (call_ref $t (local.get 0)))", false)]
    [InlineData("(type $t (func)) (func (param (ref $t)) (return_call_ref $t (local.get 0)))", false)]
    [InlineData("(type $a (array funcref)) (func $f) (elem $e func $f) (func (result anyref) (array.new_elem $a $e (i32.const 0) (i32.const 1)))",
        false)]
    [InlineData("(type $a (array (mut funcref))) (func $f) (elem $e func $f) (func (param (ref $a)) (array.init_elem $a $e (local.get 0) (i32.const 0) (i32.const 0) (i32.const 1)))",
        false)]
    public void A_module_is_self_contained_unless_functions_come_in_or_go_out_other_than_by_name(
        string fields, bool expected)
    {
        WasmModule module = ModuleDecoder.Decode(Drydock.Wasm.Text.TextModule.Assemble($"(module {fields})"));
        Assert.Equal(expected, module.IsSelfContained);
        Assert.Equal(expected, ModuleDecoder.DecodeOutline(ModuleOutline.Of(module)).IsSelfContained);
    }

    [Fact]
    public void The_empty_module_has_nothing_in_it()
    {
        var module = ModuleDecoder.Decode(new ModuleBuilder().Bytes);
        Assert.Empty(module.Types);
        Assert.Empty(module.Bodies);
        Assert.Equal(-1, module.StartFunction);
        Assert.Null(module.Names.Module);
    }

    [Theory]
    [InlineData("", "unexpected end")]
    [InlineData("0061736D01", "unexpected end")]
    [InlineData("0061736E01000000", "magic header not detected")]
    [InlineData("0061736D02000000", "unknown binary version")]
    [InlineData("0061736D0D000100", "components are not supported yet")]
    public void Headers_that_are_no_modules_are_refused(string hex, string phrase)
    {
        var error = Rejected(Convert.FromHexString(hex));
        Assert.StartsWith(phrase, error.Message);
        Assert.Equal(WasmFormatErrorKind.Malformed, error.Kind);
    }

    [Fact]
    public void Layers_are_told_apart()
    {
        byte[] component = [0x00, 0x61, 0x73, 0x6D, 0x0D, 0x00, 0x01, 0x00];
        Assert.True(ModuleDecoder.IsComponent(component));
        Assert.False(ModuleDecoder.IsModule(component));
        Assert.True(ModuleDecoder.IsModule(new ModuleBuilder().Bytes));
        Assert.False(ModuleDecoder.IsComponent(component.AsSpan(0, 7)));
    }

    [Theory]
    [InlineData("0E0100", "malformed section id")]
    [InlineData("01020000", "section size mismatch")]
    [InlineData("010500", "length out of bounds")]
    [InlineData("0101000101" + "00", "unexpected content after last section")]
    [InlineData("05010003010001" + "00", "unexpected content after last section")]
    [InlineData("0000", "unexpected end")]
    [InlineData("000201FF", "malformed UTF-8 encoding")]
    [InlineData("000441616263", "length out of bounds")]
    [InlineData("010601808080808000", "integer representation too long")]
    [InlineData("0106FFFFFFFF1F00", "integer too large")]
    [InlineData("0105FFFFFFFF0F", "unexpected end of section or function")]
    [InlineData("0102015D", "malformed definition type")]
    [InlineData("010501600175" + "00", "malformed value type")]
    [InlineData("020101", "unexpected end")]
    [InlineData("020401000005", "malformed import kind")]
    [InlineData("03020100", "unknown type 0")]
    [InlineData("0403017F00", "malformed reference type")]
    [InlineData("040401700900", "malformed limits flags")]
    [InlineData("050401010201", "size minimum must not be greater than maximum")]
    [InlineData("05050100818004", "memory size")]
    [InlineData("0604017F020B", "malformed mutability")]
    [InlineData("0604017F000B", "type mismatch: expected i32, found nothing")]
    [InlineData("0605017F01200B", "constant expression required")]
    [InlineData("0606017F0142000B", "type mismatch: expected i32, found i64")]
    [InlineData("07050101610000", "unknown function 0")]
    [InlineData("0705010161" + "0500", "malformed export kind")]
    [InlineData("080100", "unknown function 0")]
    [InlineData("0902010" + "8", "malformed elements segment kind")]
    [InlineData("0906010041000B00", "unknown table 0")]
    [InlineData("0B06010041000B00", "unknown memory 0")]
    [InlineData("0B020103", "malformed data segment kind")]
    [InlineData("0C0101", "data count and data section have inconsistent lengths")]
    [InlineData("0A0101", "unexpected end of section or function")]
    [InlineData("0A040102000B", "function and code section have inconsistent lengths")]
    public void Damaged_sections_are_refused(string hex, string phrase) =>
        Assert.StartsWith(phrase, Rejected(new ModuleBuilder().Raw(Convert.FromHexString(hex)).Bytes).Message);

    [Fact]
    public void The_message_says_where_the_error_is()
    {
        var error = Rejected(OneFunction(None, [I32], 0x42, 0, 0x0B));
        Assert.Equal("type mismatch: expected i32, found i64 (at offset 0x2d in section code, function 0)",
            error.Message);
        Assert.Equal((WasmFormatErrorKind.Invalid, 0x2D, "code", 0),
            (error.Kind, error.Offset, error.Section, error.Function));
    }

    [Fact]
    public void Every_part_of_a_module_is_kept()
    {
        var module = ModuleDecoder.Decode(new ModuleBuilder()
            .Types((None, None), ([I32], [I32]))
            .Section(2, 1, 1, (byte)'m', 1, (byte)'f', 0, 1)
            .Section(3, 1, 0)
            .Section(4, 1, FuncRef, 1, 2, 5)
            .Section(5, 1, 1, 1, 2)
            .Section(6, 1, I64, 1, 0x42, 7, 0x0B)
            .Section(7, 1, 1, (byte)'e', 0, 1)
            .Section(8, 1)
            .Section(9, 1, 0, 0x41, 0, 0x0B, 1, 0)
            .Section(12, 1)
            .Code([1, 2, F64, 0x0B])
            .Section(11, 1, 1, 3, 9, 8, 7)
            .Section(0, 1, (byte)'x', 42)
            .Bytes);
        Assert.Equal(new Import("m", "f", ExternalKind.Function, 0), Assert.Single(module.Imports));
        Assert.Equal(new Export("e", ExternalKind.Function, 1), Assert.Single(module.Exports));
        Assert.Equal([1, 0], module.Functions);
        Assert.Equal((1, 1), (module.ImportedFunctionCount, module.StartFunction));
        Assert.Equal(new Limits(2, 5, false), Assert.Single(module.Tables).Type.Limits);
        Assert.Equal(new Limits(1, 2, false), Assert.Single(module.Memories).Limits);
        Assert.Equal([0x42, 7, 0x0B], module.BytesOf(Assert.Single(module.Globals).Initializer).ToArray());
        Assert.Equal([0], Assert.Single(module.Elements).FunctionIndices!);
        Assert.Equal([9, 8, 7], module.BytesOf(Assert.Single(module.Data).Content).ToArray());
        var body = Assert.Single(module.Bodies);
        Assert.Equal([new LocalRun(2, ValueType.F64)], body.Locals);
        Assert.Equal([0x0B], module.BytesOf(body.Code).ToArray());
        Assert.Equal([42], module.BytesOf(Assert.Single(module.CustomSections).Content).ToArray());
    }

    [Fact]
    public void An_outline_has_the_constant_expressions_of_its_module()
    {
        var module = ModuleDecoder.Decode(Drydock.Wasm.Text.TextModule.Assemble("""
            (module (import "m" "g" (global i32)) (func $f)
              (global i32 (i32.const -1000)) (global i64 (i64.const 0x123456789abcdef))
              (global f64 (f64.const 1.5)) (global i32 (i32.add (global.get 0) (i32.const 11)))
              (global funcref (ref.func $f)) (global externref (ref.null extern)) (global i32 (global.get 0))
              (memory 1) (data (i32.const 300) "abc") (data (offset (i32.sub (global.get 0) (i32.const 1))) "d")
              (table 2 funcref) (elem (i32.const 1) $f))
            """));
        var outline = ModuleDecoder.DecodeOutline(ModuleOutline.Of(module));
        Assert.Equal(Expressions(module), Expressions(outline));
        Assert.Equal("abc"u8.ToArray(), outline.BytesOf(outline.Data[0].Content).ToArray());

        static string[] Expressions(WasmModule module) =>
        [
            .. module.Globals.Select(global => Convert.ToHexString(module.BytesOf(global.Initializer))),
            .. module.Data.Select(segment => Convert.ToHexString(module.BytesOf(segment.Offset))),
            .. module.Elements.Select(segment => Convert.ToHexString(module.BytesOf(segment.Offset))),
        ];
    }

    [Fact]
    public void Export_names_must_differ()
    {
        var error = Rejected(new ModuleBuilder().Section(5, 1, 0, 1).Section(7, 2, 1, 0x61, 2, 0, 1, 0x61, 2, 0).Bytes);
        Assert.StartsWith("duplicate export name", error.Message);
        Assert.Equal(WasmFormatErrorKind.Invalid, error.Kind);
    }

    [Fact]
    public void No_prefix_of_a_module_does_worse_than_being_refused()
    {
        var bytes = OneFunction([I32], [I32], 0x20, 0, 0x41, 1, 0x6A, 0x0B);
        ModuleDecoder.Decode(bytes);
        var accepted = Enumerable.Range(0, bytes.Length).Count(length => Accepts(bytes[..length]));
        // The header, and the whole of the type section; behind it a function lacks its body.
        Assert.Equal(2, accepted);
    }

    private static bool Accepts(byte[] bytes)
    {
        try
        {
            ModuleDecoder.Decode(bytes);
            return true;
        }
        catch (WasmFormatException)
        {
            return false;
        }
    }

    [Fact]
    public void The_first_of_several_errors_is_reported_whichever_thread_finds_it()
    {
        const int Count = 3000;
        var sound = new byte[200];
        sound.AsSpan(1).Fill(0x01);
        sound[^1] = 0x0B;
        var bodies = Enumerable.Repeat(sound, Count).ToArray();
        bodies[1234] = [0, 0x6A, 0x0B];
        bodies[2999] = [0, 0xFF];
        var bytes = new ModuleBuilder().Types((None, None))
            .Section(3, [.. Number(Count), .. new byte[Count]]).Code(bodies).Bytes;
        for (var i = 0; i < 5; i++) Assert.Equal(1234, Rejected(bytes).Function);
    }

    [Fact]
    public void Counts_from_outside_do_not_decide_how_much_is_allocated()
    {
        byte[] hostile = new ModuleBuilder().Section(1, 0xC0, 0x84, 0x3D, 0x60).Bytes;
        Rejected(hostile);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Rejected(hostile);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
    }

    [Fact]
    public void Names_are_read_and_damage_to_them_is_survived()
    {
        byte[] names = [4, .. "name"u8, 0, 2, 1, (byte)'m', 1, 6, 1, 0, 3, .. "fun"u8, 2, 6, 1, 0, 1, 1, 1, (byte)'x'];
        var module = ModuleDecoder.Decode(new ModuleBuilder().Section(0, names).Bytes);
        Assert.Equal(("m", "fun", "x"), (module.Names.Module, module.Names.Function(0), module.Names.Local(0, 1)));
        Assert.Null(module.Names.Function(1));
        var damaged = ModuleDecoder.Decode(new ModuleBuilder().Section(0, names[..^3]).Bytes);
        Assert.Equal(("m", "fun", null), (damaged.Names.Module, damaged.Names.Function(0), damaged.Names.Local(0, 1)));
    }
}
