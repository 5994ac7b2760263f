using System.Text;
using Drydock.Wasm.Text;

namespace Drydock.Wasm.Tests;

/// <summary>Each feature can be switched off, and what needs it is then refused.</summary>
public class FeatureTests
{
    [Theory]
    [InlineData(WasmFeatures.Simd, "(func (drop (v128.const i64x2 0 0)))")]
    [InlineData(WasmFeatures.RelaxedSimd,
        "(func (param v128) (drop (i8x16.relaxed_swizzle (local.get 0) (local.get 0))))")]
    [InlineData(WasmFeatures.TailCall, "(func $f (return_call $f))")]
    [InlineData(WasmFeatures.FunctionReferences,
        "(type $t (func)) (func (param (ref null $t)) (call_ref $t (local.get 0)))")]
    [InlineData(WasmFeatures.Gc, "(type (struct))")]
    [InlineData(WasmFeatures.Exceptions | WasmFeatures.LegacyExceptions, "(tag)")]
    [InlineData(WasmFeatures.Exceptions, "(func (try_table))")]
    [InlineData(WasmFeatures.LegacyExceptions, "(func (try (do)))")]
    [InlineData(WasmFeatures.MultiMemory, "(memory 1) (memory 1)")]
    [InlineData(WasmFeatures.Memory64, "(memory i64 1)")]
    [InlineData(WasmFeatures.ExtendedConst, "(global i32 (i32.add (i32.const 1) (i32.const 1)))")]
    [InlineData(WasmFeatures.Threads, "(memory 1 1 shared)")]
    [InlineData(WasmFeatures.WideArithmetic,
        "(func (param i64) (drop (drop (i64.mul_wide_u (local.get 0) (local.get 0)))))")]
    [InlineData(WasmFeatures.CustomPageSizes, "(memory 1 (pagesize 1))")]
    [InlineData(WasmFeatures.ReferenceTypes, "(table 1 funcref) (table 1 funcref)")]
    [InlineData(WasmFeatures.ReferenceTypes, "(func (param externref))")]
    public void A_module_needs_its_feature(WasmFeatures feature, string source)
    {
        var binary = TextModule.Assemble(source);
        ModuleDecoder.Decode(binary);
        Assert.Throws<WasmFormatException>(() => ModuleDecoder.Decode(binary, WasmFeatures.All & ~feature));
    }

    [Fact]
    public void Limits_have_32_bits_without_64_bit_addresses()
    {
        var commands = Script.Parse(Encoding.UTF8.GetBytes("(module (memory 0x1_0000_0000))")).Commands;
        var module = Assert.IsType<ModuleCommand>(Assert.Single(commands)).Module;
        module.Assemble();
        var error = Assert.Throws<WasmTextException>(() => module.Assemble(WasmFeatures.WebAssembly2));
        Assert.StartsWith("i32 constant out of range", error.Message, StringComparison.Ordinal);
    }
}
