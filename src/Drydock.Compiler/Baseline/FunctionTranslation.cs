using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Drydock.Compiler.X64;
using Drydock.Wasm;
using Drydock.Wasm.Binary;

namespace Drydock.Compiler.Baseline;

/// <summary>
/// The state of translating one function, reused from function to function. This part holds the steps; the others what
/// the instructions mean (control, calls, integers, floats, conversions, memory, variables) and what they build on (the
/// operand stack, registers, the frame, traps). Most steps have operands in variables, which would be cleared first.
/// </summary>
[SkipLocalsInit]
internal sealed partial class FunctionTranslation
{
    /// <summary>Bounds of a function's code: a few bytes of bytecode can stand for thousands of moves.</summary>
    private const int MostText = 1 << 20, MostTextPerByte = 64;

    private readonly Assembler _assembler = new();
    private readonly Survey _survey = new();
    private CompilationUnit _unit = null!;
    private WasmModule _module = null!;
    private VmContextLayout _layout = null!;
    private bool _areMemoriesGuarded;
    private CpuFeatures _features;
    private FunctionType _type = null!;
    private int _functionIndex;
    private int _codeOffset;
    private int _instructionStart;
    private bool _isReachable;

    public FunctionCode Translate(CompilationUnit unit, int bodyIndex)
    {
        Start(unit, bodyIndex);
        FunctionBody body = _module.Bodies[bodyIndex];
        ReadOnlySpan<byte> bytes = _module.Bytes.Span[body.Code.Offset..], code = bytes[..body.Code.Length];
        DeclareLocals(body);
        _survey.Run(bytes, code.Length, _locals.AsSpan(FirstLocal, _localCount), checksMemory: !_areMemoriesGuarded);
        AssignRegisters();
        EnterFunction();
        TranslateBody(code);
        EmitOutOfLine();
        FinishFrame();
        return new FunctionCode(FinishText(), _calls[.._callCount], _sites[.._siteCount]);
    }

    private void Start(CompilationUnit unit, int bodyIndex)
    {
        _unit = unit;
        if (_module != unit.Module) _conventions = new CallingConvention?[unit.Module.Types.Length];
        _module = unit.Module;
        _layout = unit.Layout;
        _areMemoriesGuarded = Array.TrueForAll(_module.Memories, MemoryLayout.IsGuarded);
        _features = unit.Settings.Features;
        _functionIndex = _module.ImportedFunctionCount + bodyIndex;
        _type = _module.FunctionTypeOf(_functionIndex);
        _codeOffset = _module.Bodies[bodyIndex].Code.Offset;
        _instructionStart = 0;
        _isReachable = true;
        _assembler.Reset();
        _assembler.MostText = MostText + MostTextPerByte * _module.Bodies[bodyIndex].Code.Length;
        _vectorLowering = null;
        _callCount = 0;
        _siteCount = 0;
        _lastSite = -1;
        _traps.Clear();
        _allocations.Clear();
        _clauses.Clear();
        _uncaught = -1;
        _epochChecks.Clear();
        _tables.Clear();
        _tableTargets.Clear();
        _controlCount = 0;
    }

    private void TranslateBody(ReadOnlySpan<byte> code)
    {
        var reader = new InstructionReader(code);
        do
        {
            int start;
            uint first;
            do
            {
                start = PushPlain(code, reader.Position, out first);
                _instructionStart = start;
                reader.Position = start + 1;
            }
            while (TranslateInstruction((Opcode)first, ref reader));
        }
        while (_isReachable || TrySkipUnreachable(ref reader));
    }

    /// <summary>
    /// Pushes the locals and constants that instructions of two bytes name, which are half of all: the way through the
    /// table would take longer than they do. Returns where another instruction begins, and its first byte.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int PushPlain(ReadOnlySpan<byte> code, int position, out uint first)
    {
        const uint LongNumber = 0x8000, Opcodes = 0xFF;
        int height = _height, last = code.Length - 1;
        for (; ; position += 2, height++)
        {
            // The last byte of all is that of the function's end.
            uint pair = position < last
                ? Unsafe.ReadUnaligned<ushort>(ref Unsafe.Add(ref MemoryMarshal.GetReference(code), position))
                : (uint)Opcode.End;
            uint shape = pair & (LongNumber | Opcodes);
            if (shape == (uint)Opcode.LocalGet)
            {
                PutLocal(height, FirstLocal + (int)(pair >> 8));
            }
            else if (shape == (uint)Opcode.I32Const)
            {
                PutConstant(height, ValueKind.I32, (int)pair << 17 >> 25);
            }
            else
            {
                first = (byte)pair;
                break;
            }
        }
        if (height == _height) return position;
        if (_height < _localsFrom) _localsFrom = _height;
        _height = height;
        return position;
    }

    /// <summary>
    /// Passes over code that no path reaches, up to the next part or the <c>end</c> of its block; fails behind the
    /// function's.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TrySkipUnreachable(ref InstructionReader reader)
    {
        if (_controlCount == 0) return false;
        for (int nesting = 0; ;)
        {
            int start = reader.Position;
            Opcode opcode = reader.ReadOpcode();
            bool isPart = opcode is Opcode.End or Opcode.Else or Opcode.Catch or Opcode.CatchAll or Opcode.Delegate;
            if (nesting == 0 && isPart)
            {
                reader.Position = start;
                return true;
            }
            if (opcode is Opcode.End or Opcode.Delegate) nesting--;
            else if (opcode is Opcode.Block or Opcode.Loop or Opcode.If or Opcode.TryTable or Opcode.Try) nesting++;
            reader.SkipImmediate(OpcodeImmediates.Of(opcode));
        }
    }

    private byte[] FinishText()
    {
        EmitJumpTables();
        _assembler.FinishConstants();
        ReadOnlySpan<byte> written = _assembler.Text;
        byte[] text = GC.AllocateUninitializedArray<byte>(written.Length);
        written.CopyTo(text);
        return text;
    }

    private CompilationException Unsupported(Opcode opcode) => new(
        $"{NameOf(opcode)} at offset 0x{_codeOffset + _instructionStart:x} of function {_functionIndex}: "
        + "instruction not supported by the baseline compiler");

    private static string NameOf(Opcode opcode)
    {
        foreach (OpcodeInfo info in OpcodeTable.All)
            if (info.Opcode == opcode) return info.Name;
        return $"opcode 0x{(uint)opcode:x}";
    }
}
