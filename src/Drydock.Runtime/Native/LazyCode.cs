using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Drydock.Compiler;
using Drydock.Compiler.X64;
using static Drydock.Compiler.X64.Register;
using static Drydock.Runtime.Native.ThunkInstructions;
using CallingConvention = Drydock.Compiler.CallingConvention;

namespace Drydock.Runtime.Native;

/// <summary>
/// The code of a module whose functions are compiled when they are first called. Each function has a slot that holds its
/// code address, and a stub of 16 bytes that jumps through the slot. At first the slot points at the second half of the
/// stub, which has the function compiled, lets the slot point at the new code, and goes on there.
/// </summary>
/// <remarks>Slots come first and are data; then the code: how to compile, the stubs, and functions as they are compiled.</remarks>
internal sealed unsafe class LazyCode : IDisposable
{
    private const int StubSize = 16, IndirectJumpSize = 6, PageSize = 4096;
    private const long LargestCode = 0x4000_0000;

    private readonly CompilationUnit _unit;
    private readonly IFunctionCompiler _compiler;
    private readonly CodeMemory _memory;
    private readonly Lock _gate = new();
    private readonly Lock?[] _compiling;
    private readonly int _stubs;
    private readonly int _functionCount;
    private CompiledFunction[] _compiled = new CompiledFunction[16];
    private int _compiledCount;

    public LazyCode(CompilationUnit unit, IFunctionCompiler compiler)
    {
        (_unit, _compiler) = (unit, compiler);
        _functionCount = unit.Module.Bodies.Length;
        _compiling = new Lock?[_functionCount];
        _memory = new CodeMemory((_functionCount * sizeof(nint) + PageSize - 1) & -PageSize, MostCode(unit));
        _stubs = WriteStubs();
        var slots = (nint*)_memory.Data;
        for (int i = 0; i < _functionCount; i++) slots[i] = Stub(i) + IndirectJumpSize;
    }

    /// <summary>A function that has been compiled, in the order of addresses.</summary>
    private readonly record struct CompiledFunction(int Offset, int Length, int BodyIndex, CodeSite[] Sites);

    /// <summary>The address to call function <paramref name="bodyIndex"/> at, whether it is compiled or not.</summary>
    public nint Stub(int bodyIndex) => (nint)_memory.Code + _stubs + bodyIndex * StubSize;

    /// <summary>Compiles a function unless that has been done, and returns its address.</summary>
    public nint Compile(int bodyIndex)
    {
        lock (LockOf(bodyIndex))
        {
            nint address = Volatile.Read(ref ((nint*)_memory.Data)[bodyIndex]);
            if (address != Stub(bodyIndex) + IndirectJumpSize) return address;
            var code = _compiler.Compile(_unit, bodyIndex);
            return Publish(bodyIndex, code);
        }
    }

    /// <summary>Whether <paramref name="pc"/> is in this code, compiled or stub.</summary>
    public bool Contains(nint pc) => _memory.Contains(pc);

    /// <summary>Finds the function at <paramref name="pc"/> and what is recorded there.</summary>
    public bool TryFind(nint pc, out int functionIndex, out CodeSite site)
    {
        int offset = (int)(pc - (nint)_memory.Code);
        CompiledFunction function;
        lock (_gate)
        {
            int index = LastAtOrBelow(offset);
            function = index < 0 ? default : _compiled[index];
        }
        functionIndex = _unit.Module.ImportedFunctionCount + function.BodyIndex;
        site = new CodeSite(0, TrapCode.None, -1);
        // A call may be a function's last instruction, so its return address may be just past the end.
        if (function.Sites is null || offset > function.Offset + function.Length) return false;
        int found = FindSite(function.Sites, offset - function.Offset);
        if (found >= 0) site = function.Sites[found];
        return true;
    }

    public void Dispose() => _memory.Dispose();

    private Lock LockOf(int bodyIndex) =>
        Volatile.Read(ref _compiling[bodyIndex])
        ?? Interlocked.CompareExchange(ref _compiling[bodyIndex], new Lock(), null) ?? _compiling[bodyIndex]!;

    private nint Publish(int bodyIndex, FunctionCode code)
    {
        lock (_gate)
        {
            int offset = (_memory.Used + 15) & ~15;
            Link(code, offset);
            offset = _memory.Append(code.Text);
            if (_compiledCount == _compiled.Length) Array.Resize(ref _compiled, _compiledCount * 2);
            _compiled[_compiledCount++] = new(offset, code.Text.Length, bodyIndex, code.Sites);
            nint address = (nint)_memory.Code + offset;
            Volatile.Write(ref ((nint*)_memory.Data)[bodyIndex], address);
            return address;
        }
    }

    /// <summary>Makes every direct call a <c>call [rip + disp32]</c>, or <c>jmp</c>, through the callee's slot.</summary>
    private void Link(FunctionCode code, int offset)
    {
        foreach (var call in code.Calls)
        {
            var site = code.Text.AsSpan(call.Offset, IndirectJumpSize);
            site[0] = 0xFF;
            site[1] = call.IsTail ? (byte)0x25 : (byte)0x15;
            int body = call.Function - _unit.Module.ImportedFunctionCount;
            BinaryPrimitives.WriteInt32LittleEndian(site[2..], SlotFrom(body, offset + call.Offset + IndirectJumpSize));
        }
    }

    /// <summary>Distance from a place in the code to the slot of a function.</summary>
    private int SlotFrom(int bodyIndex, int codeOffset) =>
        (int)(_memory.Data + bodyIndex * sizeof(nint) - (_memory.Code + codeOffset));

    private int WriteStubs()
    {
        var assembler = new Assembler();
        EmitCompile(assembler);
        int start = (assembler.Length + StubSize - 1) & -StubSize;
        var text = new byte[start + _functionCount * StubSize];
        assembler.Text.CopyTo(text);
        for (int i = 0; i < _functionCount; i++)
        {
            int offset = start + i * StubSize;
            var stub = text.AsSpan(offset, StubSize);
            BinaryPrimitives.WriteInt16LittleEndian(stub, 0x25FF); // jmp [rip + slot]
            BinaryPrimitives.WriteInt32LittleEndian(stub[2..], SlotFrom(i, offset + IndirectJumpSize));
            stub[6] = 0xB8; // mov eax, function
            BinaryPrimitives.WriteInt32LittleEndian(stub[7..], i);
            stub[11] = 0xE9; // jmp to the code that compiles
            BinaryPrimitives.WriteInt32LittleEndian(stub[12..], -(offset + StubSize));
        }
        _ = _memory.Append(text);
        return start;
    }

    /// <summary>
    /// With the function in eax and its context in rdi: keeps everything that may be an argument, compiles, jumps.
    /// </summary>
    private static void EmitCompile(Assembler code)
    {
        code.Push(Rbp);
        code.Copy(Rbp, Rsp);
        foreach (byte register in CallingConvention.GeneralParameterRegisters) code.Push((Register)register);
        code.Arithmetic(5, Rsp, 8 * 16);
        for (int i = 0; i < 8; i++) code.StoreVector(Rsp, i * 16, i);
        code.Raw(0x89, 0xC6); // mov esi, eax
        code.Immediate(Rax, (nint)(delegate* unmanaged<byte*, int, nint>)&OnFirstCall);
        code.CallRegister(Rax);
        code.Test(Rax);
        int failed = code.JumpIf(Equal);
        for (int i = 0; i < 8; i++) code.LoadVector(i, Rsp, i * 16);
        code.Arithmetic(0, Rsp, 8 * 16);
        for (int i = CallingConvention.GeneralParameterRegisters.Length - 1; i >= 0; i--)
            code.Pop((Register)CallingConvention.GeneralParameterRegisters[i]);
        code.Pop(Rbp);
        code.JumpRegister(Rax);
        code.Bind(failed);
        code.Undefined();
    }

    [UnmanagedCallersOnly]
    private static nint OnFirstCall(byte* context, int bodyIndex)
    {
        var instance = VmContext.InstanceOf(context);
        try
        {
            return instance.Module.Code.Compile(bodyIndex);
        }
        catch (Exception exception)
        {
            instance.Store.PendingException = exception;
            return 0;
        }
    }

    /// <summary>Room for code: what the bodies come to at a generous ratio; only what is used takes up memory.</summary>
    private static int MostCode(CompilationUnit unit)
    {
        long size = 1 << 20;
        foreach (var body in unit.Module.Bodies) size += body.Entry.Length * 64L + 1024;
        return (int)Math.Min(LargestCode, size + PageSize - 1 & -PageSize);
    }

    private int LastAtOrBelow(int offset)
    {
        int low = 0, high = _compiledCount - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            if (_compiled[middle].Offset <= offset) low = middle + 1;
            else high = middle - 1;
        }
        return high;
    }

    private static int FindSite(CodeSite[] sites, int offset)
    {
        int low = 0, high = sites.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            if (sites[middle].Offset == offset) return middle;
            if (sites[middle].Offset < offset) low = middle + 1;
            else high = middle - 1;
        }
        return -1;
    }
}
