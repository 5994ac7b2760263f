using Drydock.Compiler.Baseline;
using Drydock.Wasm;
using Drydock.Wasm.Binary;
using static Drydock.Compiler.Llvm.LlvmNative;

namespace Drydock.Compiler.Llvm;

/// <summary>
/// Translates one function into LLVM's intermediate representation. This part holds the steps and the operand stack;
/// the others what the instructions mean. Locals are homes on the stack that LLVM's register promotion removes.
/// </summary>
internal sealed partial class FunctionTranslation
{
    private readonly IrBuilder _ir;
    private readonly CompilationUnit _unit;
    private readonly WasmModule _module;
    private readonly VmContextLayout _layout;
    private readonly FunctionType _type;
    private readonly FunctionBody _body;
    private readonly int _functionIndex;
    private readonly nint _function;
    private readonly nint _context;
    private readonly nint _entry;
    private readonly List<nint> _stack = [];
    private nint[] _locals = [];
    private ValueKind[] _localKinds = [];
    private nint _memoryBase, _store;
    private bool _isReachable = true;
    private int _instructionStart;

    /// <summary>Functions that become part of this one, as indices of bodies.</summary>
    private readonly SortedSet<int> _callees = [];
    private readonly bool _checksStack, _isCopy;

    /// <param name="ir">The builder, with the LLVM module to add to.</param>
    /// <param name="unit">The module.</param>
    /// <param name="bodyIndex">The function.</param>
    /// <param name="checksStack">Whether the function looks if there is stack left.</param>
    /// <param name="isCopy">Whether this is a copy for those that call the function.</param>
    public FunctionTranslation(IrBuilder ir, CompilationUnit unit, int bodyIndex, bool checksStack, bool isCopy = false)
    {
        (_checksStack, _isCopy) = (checksStack, isCopy);
        (_ir, _unit, _module, _layout) = (ir, unit, unit.Module, unit.Layout);
        _functionIndex = _module.ImportedFunctionCount + bodyIndex;
        _type = _module.FunctionTypeOf(_functionIndex);
        _body = _module.Bodies[bodyIndex];
        _function = isCopy ? DeclareCopy(bodyIndex) : DeclareFunction(_functionIndex);
        AddAttributes();
        _context = GetParam(_function, 0);
        _entry = ir.NewBlock(_function);
    }

    /// <summary>Translates the function, and copies of those it calls that are short enough to become part of
    /// it.</summary>
    public void Run()
    {
        TranslateFunction();
        SetSection(_function, $".text.f{_functionIndex}");
        foreach (int callee in _callees)
            if (IsDeclaration(DeclareCopy(callee)) != 0)
                new FunctionTranslation(_ir, _unit, callee, checksStack: false, isCopy: true).RunInlined();
    }

    /// <summary>Takes a function back whose translation failed half-way: there is its declaration again.</summary>
    public void Withdraw()
    {
        SetName(_function, "", 0);
        _declared.Remove(_functionIndex);
        ReplaceUses(_function, DeclareFunction(_functionIndex));
        DeleteFunction(_function);
    }

    private const int Internal = 8;

    /// <summary>The first LLVM that can be told what range a parameter is in, and what truncation drops nothing.
    /// </summary>
    public const int FirstWithRanges = 19;

    /// <summary>
    /// Translates a copy for callers alone. Its calls look for stack themselves and lead to functions as they are, and
    /// its own frame is part of its caller's.
    /// </summary>
    private void RunInlined()
    {
        TranslateFunction();
        SetLinkage(_function, Internal);
        AddEnum("alwaysinline", 0);
    }

    private void TranslateFunction()
    {
        _ir.MoveTo(_entry);
        DeclareLocals();
        _store = _ir.Load(_ir.Pointer, At(VmContextLayout.StoreContext), AliasClass.Constant);
        if (_module.Memories.Length > 0)
            _memoryBase = _ir.Load(_ir.Pointer, At(VmContextLayout.Memory0Base), AliasClass.Constant);
        if (_checksStack) CheckStack();
        CheckEpoch();
        PushFunctionLabel();
        TranslateBody(_module.BytesOf(_body.Code));
    }

    private void AddAttributes()
    {
        AddEnum("nounwind", 0);
        AddEnum("null_pointer_is_valid", 0);
        AddString("frame-pointer", "all");
        AddString("no-builtins", "");
        AddAttribute(_function, 1, CreateEnumAttribute(_ir.Context, GetAttributeKind("nonnull", 7), 0));
    }

    private const uint OfFunction = uint.MaxValue, OfResult = 0;

    private void AddEnum(string name, ulong value) =>
        AddAttribute(_function, OfFunction,
            CreateEnumAttribute(_ir.Context, GetAttributeKind(name, (nuint)name.Length), value));

    private void AddString(string key, string value) =>
        AddAttribute(_function, OfFunction,
            CreateStringAttribute(_ir.Context, key, (uint)key.Length, value, (uint)value.Length));

    private void DeclareLocals()
    {
        int count = _type.Parameters.Length;
        foreach (var run in _body.Locals) count += run.Count;
        (_locals, _localKinds) = (new nint[count], new ValueKind[count]);
        int index = 0, parameter = _type.Results.Length > 1 ? 2 : 1, registers = parameter;
        foreach (var type in _type.Parameters)
        {
            nint value = GetParam(_function, (uint)parameter++);
            bool isInRegister = !IsVector(type.Kind) && ++registers <= CallingConvention.GeneralParameterRegisters.Length;
            if (type.Kind == ValueKind.I32 && isInRegister && NarrowRange() is var range and not 0)
                AddAttribute(_function, (uint)parameter, range);
            DeclareLocal(index++, type.Kind, Narrow(value, type.Kind));
        }
        foreach (var run in _body.Locals)
            for (int i = 0; i < run.Count; i++) DeclareLocal(index++, run.Type.Kind, ConstNull(TypeOf(run.Type.Kind)));
    }

    private void DeclareLocal(int index, ValueKind kind, nint value)
    {
        _localKinds[index] = kind;
        _locals[index] = _ir.Alloca(TypeOf(kind));
        _ir.StoreLocal(value, _locals[index]);
    }

    private void TranslateBody(ReadOnlySpan<byte> code)
    {
        var reader = new InstructionReader(code);
        while (_labels.Count > 0)
        {
            if (!_isReachable) SkipUnreachable(ref reader);
            _instructionStart = reader.Position;
            Translate(reader.ReadOpcode(), ref reader);
        }
    }

    /// <summary>Passes over code that no path reaches, up to the next part or the end of its block.</summary>
    private static void SkipUnreachable(ref InstructionReader reader)
    {
        for (int nesting = 0; ;)
        {
            int start = reader.Position;
            Opcode opcode = reader.ReadOpcode();
            bool isPart = opcode is Opcode.End or Opcode.Else or Opcode.Catch or Opcode.CatchAll or Opcode.Delegate;
            if (nesting == 0 && isPart)
            {
                reader.Position = start;
                return;
            }
            if (opcode is Opcode.End or Opcode.Delegate) nesting--;
            else if (opcode is Opcode.Block or Opcode.Loop or Opcode.If or Opcode.TryTable or Opcode.Try) nesting++;
            reader.SkipImmediate(OpcodeImmediates.Of(opcode));
        }
    }

    private nint TypeOf(ValueKind kind) => kind switch
    {
        ValueKind.I32 => _ir.I32,
        ValueKind.F32 => _ir.F32,
        ValueKind.F64 => _ir.F64,
        ValueKind.V128 => _ir.V128,
        _ => _ir.I64,
    };

    private void Push(nint value) => _stack.Add(value);

    private nint Pop()
    {
        nint value = _stack[^1];
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    /// <summary>The address of a field of the context.</summary>
    private nint At(int offset) => _ir.Offset(_context, offset);

    private nint Trunc(nint value, nint type) => _ir.Cast(CastOperation.Trunc, value, type);
    private nint ZExt(nint value, nint type) => _ir.Cast(CastOperation.ZExt, value, type);
    private static bool IsVector(ValueKind kind) => kind is ValueKind.F32 or ValueKind.F64 or ValueKind.V128;

    /// <summary>Tells LLVM that the upper half of a value is zero; zero before it can be told.</summary>
    private unsafe nint NarrowRange()
    {
        if (LlvmLibrary.Version < FirstWithRanges) return 0;
        ulong lower = 0, upper = 1ul << 32;
        return CreateRangeAttribute(_ir.Context, GetAttributeKind("range", 5), 64, &lower, &upper);
    }

    private nint SExt(nint value, nint type) => _ir.Cast(CastOperation.SExt, value, type);
    private nint BitCast(nint value, nint type) => _ir.Cast(CastOperation.BitCast, value, type);
    private nint ToPointer(nint value) => _ir.Cast(CastOperation.IntToPtr, value, _ir.Pointer);

    private CompilationException Unsupported(Opcode opcode) => new(
        $"opcode 0x{(uint)opcode:x} at offset 0x{_body.Code.Offset + _instructionStart:x} of function {_functionIndex}: "
        + "instruction not supported by the optimizing tier");
}
