using Drydock.Compiler;
using Drydock.Compiler.X64;
using Drydock.Runtime.Native;
using Drydock.Wasm.Text;
using static Drydock.Compiler.X64.Register;

namespace Drydock.Runtime.Tests;

/// <summary>
/// Gives each function body machine code written by hand, so that what the runtime does around code is tested apart
/// from the compilers.
/// </summary>
internal sealed class HandCompiler : IFunctionCompiler
{
    private readonly Func<CompilationUnit, FunctionCode>[] _bodies;
    private int _compiled;

    public HandCompiler(params Func<CompilationUnit, FunctionCode>[] bodies) => _bodies = bodies;

    /// <summary>How many functions have been compiled.</summary>
    public int Compiled => _compiled;

    public FunctionCode Compile(CompilationUnit unit, int bodyIndex)
    {
        Interlocked.Increment(ref _compiled);
        return _bodies[bodyIndex](unit);
    }

    public static Module Assemble(Engine engine, string text) => Module.Compile(engine, TextModule.Assemble(text));

    /// <summary>A leaf function without a frame.</summary>
    public static Func<CompilationUnit, FunctionCode> Leaf(params byte[] text) => _ => new(text, [], []);

    /// <summary>A leaf function in which the instruction at <paramref name="offset"/> may fault.</summary>
    public static Func<CompilationUnit, FunctionCode> Fault(TrapCode code, int offset, params byte[] text) =>
        _ => new([0x55, 0x48, 0x89, 0xE5, .. text, 0x5D, 0xC3], [], [new(4 + offset, code, 7)]);

    /// <summary>Passes its own arguments to imported function 0.</summary>
    public static Func<CompilationUnit, FunctionCode> CallImport(int index = 0) => unit =>
    {
        var code = new Assembler();
        code.Push(Rbp);
        code.Copy(Rbp, Rsp);
        int import = unit.Layout.ImportedFunction(index);
        code.Load(Rax, Rdi, import + VmContextLayout.ImportedFunctionCode);
        code.Load(Rdi, Rdi, import + VmContextLayout.ImportedFunctionContext);
        code.CallRegister(Rax);
        int returnAddress = code.Length;
        code.Pop(Rbp);
        code.Return();
        return new(code.Text.ToArray(), [], [new(returnAddress, TrapCode.None, 9)]);
    };

    /// <summary>Checks the stack and calls itself for ever.</summary>
    public static Func<CompilationUnit, FunctionCode> Recurse(int function) => unit =>
    {
        var code = new Assembler();
        code.Push(Rbp);
        code.Copy(Rbp, Rsp);
        code.Load(Rax, Rdi, VmContextLayout.StoreContext);
        code.CompareMemory(Rsp, Rax, StoreContextLayout.StackLimit);
        int enough = code.JumpIf(ThunkInstructions.AboveOrEqual);
        int trap = code.Length;
        code.Undefined();
        code.Bind(enough);
        int call = code.Length;
        code.Raw(0, 0, 0, 0, 0, 0);
        int returnAddress = code.Length;
        code.Pop(Rbp);
        code.Return();
        return new(code.Text.ToArray(), [new(call, function)],
            [new(trap, TrapCode.CallStackExhausted, 3), new(returnAddress, TrapCode.None, 5)]);
    };
}
