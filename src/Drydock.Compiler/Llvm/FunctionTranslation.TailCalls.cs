using Drydock.Wasm;
using Drydock.Wasm.Binary;
using static Drydock.Compiler.Llvm.LlvmNative;

namespace Drydock.Compiler.Llvm;

/// <content>
/// Tail calls, where the callee takes its arguments where the caller took its own: LLVM promises to turn others into
/// jumps in conventions of its own only.
/// </content>
internal sealed partial class FunctionTranslation
{
    private const int MustTail = 2;

    private void ReturnCall(int index)
    {
        var type = _module.FunctionTypeOf(index);
        var (code, context) = CalleeOf(index);
        TailCall(type, code, context, Opcode.ReturnCall);
    }

    private void ReturnCallIndirect(ref InstructionReader reader)
    {
        nint reference = PopTableCallee(ref reader, out var type);
        TailCallReference(type, reference, Opcode.ReturnCallIndirect);
    }

    private void ReturnCallReference(int typeIndex)
    {
        nint reference = PopNonNull(TrapCode.NullFunctionReference);
        TailCallReference((FunctionType)_module.Types[typeIndex].Composite, reference, Opcode.ReturnCallRef);
    }

    private void TailCallReference(FunctionType type, nint reference, Opcode opcode)
    {
        var (code, context) = LoadCallee(reference);
        TailCall(type, code, context, opcode);
    }

    /// <summary>The first LLVM whose C interface can ask for a jump.</summary>
    private const int FirstWithTailCalls = 18;

    private void TailCall(FunctionType type, nint code, nint context, Opcode opcode)
    {
        nint signature = SignatureOf(type);
        // Function types are unique within an LLVM context.
        if (signature != SignatureOf(_type) || LlvmLibrary.Version < FirstWithTailCalls) throw Unsupported(opcode);
        var arguments = new List<nint> { context };
        if (type.Results.Length > 1) arguments.Add(GetParam(_function, 1));
        int count = type.Parameters.Length;
        for (int i = 0; i < count; i++) arguments.Add(Widen(_stack[_stack.Count - count + i], type.Parameters[i].Kind));
        nint call = _ir.Call(signature, code, arguments.ToArray());
        SetTailCallKind(call, MustTail);
        if (type.Results.Length == 0) _ir.Return();
        else _ir.Return(call);
        EndPath();
    }
}
