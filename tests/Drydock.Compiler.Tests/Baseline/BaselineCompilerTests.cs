using Drydock.Compiler.Baseline;
using Drydock.Wasm;

namespace Drydock.Compiler.Tests.Baseline;

public sealed class BaselineCompilerTests
{
    private static readonly byte[] Header = [0, 0x61, 0x73, 0x6D, 1, 0, 0, 0];

    [Fact]
    public void A_call_leaves_six_bytes_to_the_linker_and_a_return_address()
    {
        FunctionCode code = Compile([0x20, 0, 0x20, 1, 0x10, 0, 0x0B]);
        CallSite call = Assert.Single(code.Calls);
        Assert.Equal(0, call.Function);
        Assert.Equal([0xFF, 0x15, 0, 0, 0, 0], code.Text.AsSpan(call.Offset, 6).ToArray());
        Assert.Contains(code.Sites, site => site.Offset == call.Offset + 6 && site.Code == TrapCode.None);
    }

    [Fact]
    public void Division_has_a_site_for_each_trap_in_ascending_order()
    {
        FunctionCode code = Compile([0x20, 0, 0x20, 1, 0x6D, 0x0B]);
        Assert.Contains(code.Sites, site => site.Code == TrapCode.IntegerDivideByZero);
        Assert.Contains(code.Sites, site => site.Code == TrapCode.IntegerOverflow);
        Assert.Equal(code.Sites.OrderBy(site => site.Offset), code.Sites);
        Assert.All(code.Sites, site => Assert.Equal([0x0F, 0x0B], code.Text.AsSpan(site.Offset, 2).ToArray()));
    }

    [Fact]
    public void Code_after_a_branch_is_passed_over()
    {
        FunctionCode reached = Compile([0x20, 0, 0x0F, 0x0B]);
        FunctionCode followed = Compile([0x20, 0, 0x0F, 0x41, 1, 0x41, 2, 0x6D, 0x0B]);
        Assert.Equal(reached.Text, followed.Text);
    }

    private static FunctionCode Compile(byte[] instructions)
    {
        byte[] body = [0, .. instructions];
        byte[] bytes =
        [
            .. Header, 1, 7, 1, 0x60, 2, 0x7F, 0x7F, 1, 0x7F, 3, 2, 1, 0,
            10, (byte)(body.Length + 2), 1, (byte)body.Length, .. body,
        ];
        WasmModule module = ModuleDecoder.Decode(bytes);
        var settings = new CompilerSettings { Features = CpuFeatures.Avx };
        return new BaselineCompiler().Compile(new CompilationUnit(module, new VmContextLayout(module), settings), 0);
    }
}
