using System.Runtime.InteropServices;

namespace Drydock.Compiler.Llvm;

/// <content>What reads and changes code that is already there.</content>
internal static unsafe partial class LlvmNative
{
    [LibraryImport(Library, EntryPoint = "LLVMGetFirstFunction")]
    public static partial nint FirstFunction(nint module);
    [LibraryImport(Library, EntryPoint = "LLVMGetNextFunction")]
    public static partial nint NextFunction(nint function);
    [LibraryImport(Library, EntryPoint = "LLVMGetFirstBasicBlock")]
    public static partial nint FirstBlock(nint function);
    [LibraryImport(Library, EntryPoint = "LLVMGetNextBasicBlock")] public static partial nint NextBlock(nint block);
    [LibraryImport(Library, EntryPoint = "LLVMGetNextInstruction")]
    public static partial nint NextInstruction(nint instruction);
    [LibraryImport(Library, EntryPoint = "LLVMGetInstructionOpcode")]
    public static partial IrOpcode OpcodeOf(nint instruction);
    [LibraryImport(Library, EntryPoint = "LLVMIsAInstruction")]
    public static partial nint AsInstruction(nint value);
    [LibraryImport(Library, EntryPoint = "LLVMGetInstructionParent")]
    public static partial nint BlockOf(nint instruction);
    [LibraryImport(Library, EntryPoint = "LLVMGetBasicBlockParent")]
    public static partial nint FunctionOf(nint block);
    [LibraryImport(Library, EntryPoint = "LLVMGetBasicBlockTerminator")]
    public static partial nint Terminator(nint block);
    [LibraryImport(Library, EntryPoint = "LLVMGetNumSuccessors")]
    public static partial uint CountSuccessors(nint terminator);
    [LibraryImport(Library, EntryPoint = "LLVMGetSuccessor")]
    public static partial nint Successor(nint terminator, uint index);
    [LibraryImport(Library, EntryPoint = "LLVMSetSuccessor")]
    public static partial void SetSuccessor(nint terminator, uint index, nint block);
    [LibraryImport(Library, EntryPoint = "LLVMGetSwitchCaseValue")]
    public static partial nint SwitchCase(nint @switch, uint successor);
    [LibraryImport(Library, EntryPoint = "LLVMGetCondition")] public static partial nint Condition(nint branch);
    [LibraryImport(Library, EntryPoint = "LLVMBasicBlockAsValue")]
    public static partial nint BlockAsValue(nint block);
    [LibraryImport(Library, EntryPoint = "LLVMGetICmpPredicate")]
    public static partial IntegerPredicate PredicateOf(nint comparison);
    [LibraryImport(Library, EntryPoint = "LLVMGetOrdering")] public static partial int GetOrdering(nint access);
    [LibraryImport(Library, EntryPoint = "LLVMConstIntGetSExtValue")]
    public static partial long GetSignedConstant(nint value);
    [LibraryImport(Library, EntryPoint = "LLVMGetGEPSourceElementType")]
    public static partial nint ElementOf(nint address);
    [LibraryImport(Library, EntryPoint = "LLVMGetNumOperands")] public static partial int CountOperands(nint user);
    [LibraryImport(Library, EntryPoint = "LLVMGetOperand")]
    public static partial nint Operand(nint user, uint index);
    [LibraryImport(Library, EntryPoint = "LLVMGetFirstUse")] public static partial nint FirstUse(nint value);
    [LibraryImport(Library, EntryPoint = "LLVMGetNextUse")] public static partial nint NextUse(nint use);
    [LibraryImport(Library, EntryPoint = "LLVMGetUser")] public static partial nint UserOf(nint use);
    [LibraryImport(Library, EntryPoint = "LLVMInstructionEraseFromParent")]
    public static partial void Erase(nint instruction);
    [LibraryImport(Library, EntryPoint = "LLVMSetOperand")]
    public static partial void SetOperand(nint user, uint index, nint value);
    [LibraryImport(Library, EntryPoint = "LLVMSetCondition")]
    public static partial void SetCondition(nint branch, nint condition);
    [LibraryImport(Library, EntryPoint = "LLVMInstructionClone")] public static partial nint Clone(nint instruction);
    [LibraryImport(Library, EntryPoint = "LLVMInsertIntoBuilderWithName")]
    public static partial void Insert(nint builder, nint instruction, byte* name);
    [LibraryImport(Library, EntryPoint = "LLVMGetNUW")]
    public static partial int GetNoUnsignedWrap(nint instruction);
    [LibraryImport(Library, EntryPoint = "LLVMGetIsDisjoint")] public static partial int GetIsDisjoint(nint or);
    [LibraryImport(Library, EntryPoint = "LLVMGetCalledValue")] public static partial nint CalledValue(nint call);
    [LibraryImport(Library, EntryPoint = "LLVMIsAFunction")] public static partial nint AsFunction(nint value);
    [LibraryImport(Library, EntryPoint = "LLVMGetIntrinsicID")]
    public static partial uint GetIntrinsicId(nint function);
    [LibraryImport(Library, EntryPoint = "LLVMGetIntTypeWidth")] public static partial uint WidthOf(nint type);
    [LibraryImport(Library, EntryPoint = "LLVMGetTypeKind")] public static partial int KindOf(nint type);
    [LibraryImport(Library, EntryPoint = "LLVMCountIncoming")] public static partial uint CountIncoming(nint phi);
    [LibraryImport(Library, EntryPoint = "LLVMGetIncomingValue")]
    public static partial nint IncomingValue(nint phi, uint index);
    [LibraryImport(Library, EntryPoint = "LLVMGetIncomingBlock")]
    public static partial nint IncomingBlock(nint phi, uint index);
}

/// <summary><c>LLVMOpcode</c>, those that are looked for.</summary>
internal enum IrOpcode
{
    Branch = 2, Switch = 3, Add = 8, Sub = 10, Mul = 12, Shl = 20, And = 23, Or = 24, Xor = 25, Load = 27, Store = 28,
    Index = 29, Trunc = 30, ZExt = 31, SExt = 32, UIToFP = 35, BitCast = 41, IntegerCompare = 42, FloatCompare = 43, Phi = 44,
    Call = 45, Select = 46, FloatNegate = 66, Freeze = 68,
}
