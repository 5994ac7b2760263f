using System.Runtime.InteropServices;

namespace Drydock.Compiler.Llvm;

/// <summary>
/// The part of LLVM's C API that the optimizing tier uses. Handles are what the API calls <c>LLVM…Ref</c>; booleans are
/// ints, non-zero for true.
/// </summary>
internal static unsafe partial class LlvmNative
{
    public const string Library = "LLVM";

    // Contexts, modules, functions, blocks.
    [LibraryImport(Library, EntryPoint = "LLVMContextCreate")] public static partial nint ContextCreate();
    [LibraryImport(Library, EntryPoint = "LLVMContextDispose")] public static partial void ContextDispose(nint context);
    [LibraryImport(Library, EntryPoint = "LLVMModuleCreateWithNameInContext",
        StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint ModuleCreate(string name, nint context);
    [LibraryImport(Library, EntryPoint = "LLVMDisposeModule")] public static partial void DisposeModule(nint module);
    [LibraryImport(Library, EntryPoint = "LLVMSetTarget", StringMarshalling = StringMarshalling.Utf8)]
    public static partial void SetTarget(nint module, string triple);
    [LibraryImport(Library, EntryPoint = "LLVMSetModuleDataLayout")]
    public static partial void SetDataLayout(
        nint module, nint layout);
    [LibraryImport(Library, EntryPoint = "LLVMGetNamedFunction", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint GetNamedFunction(nint module, string name);
    [LibraryImport(Library, EntryPoint = "LLVMSetLinkage")]
    public static partial void SetLinkage(nint function,
        int linkage);
    [LibraryImport(Library, EntryPoint = "LLVMIsDeclaration")]
    public static partial int IsDeclaration(nint function);
    [LibraryImport(Library, EntryPoint = "LLVMSetSection", StringMarshalling = StringMarshalling.Utf8)]
    public static partial void SetSection(nint function, string section);
    [LibraryImport(Library, EntryPoint = "LLVMSetValueName2", StringMarshalling = StringMarshalling.Utf8)]
    public static partial void SetName(nint value, string name, nuint length);
    [LibraryImport(Library, EntryPoint = "LLVMReplaceAllUsesWith")]
    public static partial void ReplaceUses(nint value, nint replacement);
    [LibraryImport(Library, EntryPoint = "LLVMDeleteFunction")]
    public static partial void DeleteFunction(nint function);
    [LibraryImport(Library, EntryPoint = "LLVMAddFunction", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint AddFunction(nint module, string name, nint type);
    [LibraryImport(Library, EntryPoint = "LLVMGetParam")]
    public static partial nint GetParam(nint function,
        uint index);
    [LibraryImport(Library, EntryPoint = "LLVMAppendBasicBlockInContext")]
    public static partial nint AppendBlock(nint context, nint function, byte* name);
    [LibraryImport(Library, EntryPoint = "LLVMGetFirstInstruction")]
    public static partial nint GetFirstInstruction(
        nint block);
    [LibraryImport(Library, EntryPoint = "LLVMCreateEnumAttribute")]
    public static partial nint CreateEnumAttribute(nint context, uint kind, ulong value);
    [LibraryImport(Library, EntryPoint = "LLVMGetEnumAttributeKindForName", StringMarshalling = StringMarshalling.Utf8)]
    public static partial uint GetAttributeKind(string name, nuint length);
    [LibraryImport(Library, EntryPoint = "LLVMCreateConstantRangeAttribute")]
    public static partial nint CreateRangeAttribute(nint context, uint kind, uint bits, ulong* lower, ulong* upper);
    [LibraryImport(Library, EntryPoint = "LLVMCreateStringAttribute", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint CreateStringAttribute(nint context, string key, uint keyLength, string value,
        uint valueLength);
    [LibraryImport(Library, EntryPoint = "LLVMAddAttributeAtIndex")]
    public static partial void AddAttribute(nint function, uint index, nint attribute);
    [LibraryImport(Library, EntryPoint = "LLVMAddCallSiteAttribute")]
    public static partial void AddCallAttribute(nint call, uint index, nint attribute);

    // Types and constants.
    [LibraryImport(Library, EntryPoint = "LLVMIntTypeInContext")]
    public static partial nint IntType(nint context,
        uint bits);
    [LibraryImport(Library, EntryPoint = "LLVMFloatTypeInContext")] public static partial nint FloatType(nint context);
    [LibraryImport(Library, EntryPoint = "LLVMDoubleTypeInContext")]
    public static partial nint DoubleType(
        nint context);
    [LibraryImport(Library, EntryPoint = "LLVMVoidTypeInContext")] public static partial nint VoidType(nint context);
    [LibraryImport(Library, EntryPoint = "LLVMPointerTypeInContext")]
    public static partial nint PointerType(
        nint context, uint space);
    [LibraryImport(Library, EntryPoint = "LLVMVectorType")]
    public static partial nint VectorType(nint element,
        uint count);
    [LibraryImport(Library, EntryPoint = "LLVMArrayType2")]
    public static partial nint ArrayType(nint element,
        ulong count);
    [LibraryImport(Library, EntryPoint = "LLVMFunctionType")]
    public static partial nint FunctionType(nint result, nint* parameters, uint count, int isVariadic);
    [LibraryImport(Library, EntryPoint = "LLVMConstInt")]
    public static partial nint ConstInt(nint type, ulong value,
        int signExtend);
    [LibraryImport(Library, EntryPoint = "LLVMConstNull")] public static partial nint ConstNull(nint type);
    [LibraryImport(Library, EntryPoint = "LLVMGetPoison")] public static partial nint GetPoison(nint type);
    [LibraryImport(Library, EntryPoint = "LLVMConstVector")]
    public static partial nint ConstVector(nint* values,
        uint count);
    [LibraryImport(Library, EntryPoint = "LLVMConstBitCast")]
    public static partial nint ConstBitCast(nint value,
        nint type);
    [LibraryImport(Library, EntryPoint = "LLVMIsAConstantFP")] public static partial nint AsConstantFloat(nint value);
    [LibraryImport(Library, EntryPoint = "LLVMConstRealGetDouble")]
    public static partial double GetConstantFloat(nint value, int* isInexact);
    [LibraryImport(Library, EntryPoint = "LLVMIsAConstantInt")] public static partial nint AsConstantInt(nint value);
    [LibraryImport(Library, EntryPoint = "LLVMConstIntGetZExtValue")]
    public static partial ulong GetConstant(
        nint value);
    [LibraryImport(Library, EntryPoint = "LLVMIsConstant")] public static partial int IsConstant(nint value);
    [LibraryImport(Library, EntryPoint = "LLVMTypeOf")] public static partial nint TypeOf(nint value);

    // Metadata.
    [LibraryImport(Library, EntryPoint = "LLVMGetMDKindIDInContext", StringMarshalling = StringMarshalling.Utf8)]
    public static partial uint GetMetadataKind(nint context, string name, uint length);
    [LibraryImport(Library, EntryPoint = "LLVMMDStringInContext2", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint MetadataString(nint context, string text, nuint length);
    [LibraryImport(Library, EntryPoint = "LLVMMDNodeInContext2")]
    public static partial nint MetadataNode(nint context, nint* items, nuint count);
    [LibraryImport(Library, EntryPoint = "LLVMMetadataAsValue")]
    public static partial nint MetadataAsValue(
        nint context, nint metadata);
    [LibraryImport(Library, EntryPoint = "LLVMValueAsMetadata")] public static partial nint ValueAsMetadata(nint value);
    [LibraryImport(Library, EntryPoint = "LLVMSetMetadata")]
    public static partial void SetMetadata(nint instruction,
        uint kind, nint node);

    // Intrinsics.
    [LibraryImport(Library, EntryPoint = "LLVMLookupIntrinsicID", StringMarshalling = StringMarshalling.Utf8)]
    public static partial uint LookupIntrinsic(string name, nuint length);
    [LibraryImport(Library, EntryPoint = "LLVMGetIntrinsicDeclaration")]
    public static partial nint GetIntrinsic(nint module, uint id, nint* types, nuint count);
    [LibraryImport(Library, EntryPoint = "LLVMGlobalGetValueType")]
    public static partial nint GetValueType(
        nint global);

    // Instructions.
    [LibraryImport(Library, EntryPoint = "LLVMCreateBuilderInContext")]
    public static partial nint CreateBuilder(
        nint context);
    [LibraryImport(Library, EntryPoint = "LLVMDisposeBuilder")] public static partial void DisposeBuilder(nint builder);
    [LibraryImport(Library, EntryPoint = "LLVMPositionBuilderAtEnd")]
    public static partial void PositionAtEnd(
        nint builder, nint block);
    [LibraryImport(Library, EntryPoint = "LLVMPositionBuilderBefore")]
    public static partial void PositionBefore(
        nint builder, nint instruction);
    [LibraryImport(Library, EntryPoint = "LLVMGetInsertBlock")] public static partial nint GetInsertBlock(nint builder);
    [LibraryImport(Library, EntryPoint = "LLVMBuildAlloca")]
    public static partial nint BuildAlloca(nint builder,
        nint type, byte* name);
    [LibraryImport(Library, EntryPoint = "LLVMBuildLoad2")]
    public static partial nint BuildLoad(nint builder,
        nint type, nint pointer, byte* name);
    [LibraryImport(Library, EntryPoint = "LLVMBuildStore")]
    public static partial nint BuildStore(nint builder,
        nint value, nint pointer);
    [LibraryImport(Library, EntryPoint = "LLVMBuildGEP2")]
    public static partial nint BuildGep(nint builder, nint type, nint pointer, nint* indices, uint count, byte* name);
    [LibraryImport(Library, EntryPoint = "LLVMBuildBinOp")]
    public static partial nint BuildBinary(nint builder, BinaryOperation operation, nint left, nint right, byte* name);
    [LibraryImport(Library, EntryPoint = "LLVMBuildCast")]
    public static partial nint BuildCast(nint builder, CastOperation operation, nint value, nint type, byte* name);
    [LibraryImport(Library, EntryPoint = "LLVMBuildFNeg")]
    public static partial nint BuildFloatNegate(nint builder,
        nint value, byte* name);
    [LibraryImport(Library, EntryPoint = "LLVMBuildICmp")]
    public static partial nint BuildIntegerCompare(nint builder, IntegerPredicate predicate, nint left, nint right,
        byte* name);
    [LibraryImport(Library, EntryPoint = "LLVMBuildFCmp")]
    public static partial nint BuildFloatCompare(nint builder, FloatPredicate predicate, nint left, nint right,
        byte* name);
    [LibraryImport(Library, EntryPoint = "LLVMBuildSelect")]
    public static partial nint BuildSelect(nint builder, nint condition, nint yes, nint no, byte* name);
    [LibraryImport(Library, EntryPoint = "LLVMBuildPhi")]
    public static partial nint BuildPhi(nint builder, nint type,
        byte* name);
    [LibraryImport(Library, EntryPoint = "LLVMAddIncoming")]
    public static partial void AddIncoming(nint phi, nint* values, nint* blocks, uint count);
    [LibraryImport(Library, EntryPoint = "LLVMBuildBr")]
    public static partial nint BuildBranch(nint builder,
        nint target);
    [LibraryImport(Library, EntryPoint = "LLVMBuildCondBr")]
    public static partial nint BuildConditionalBranch(nint builder, nint condition, nint yes, nint no);
    [LibraryImport(Library, EntryPoint = "LLVMBuildSwitch")]
    public static partial nint BuildSwitch(nint builder, nint value, nint otherwise, uint cases);
    [LibraryImport(Library, EntryPoint = "LLVMAddCase")]
    public static partial void AddCase(nint @switch, nint value,
        nint target);
    [LibraryImport(Library, EntryPoint = "LLVMBuildRet")]
    public static partial nint BuildReturn(nint builder,
        nint value);
    [LibraryImport(Library, EntryPoint = "LLVMBuildRetVoid")] public static partial nint BuildReturnVoid(nint builder);
    [LibraryImport(Library, EntryPoint = "LLVMBuildUnreachable")]
    public static partial nint BuildUnreachable(
        nint builder);
    [LibraryImport(Library, EntryPoint = "LLVMBuildCall2")]
    public static partial nint BuildCall(nint builder, nint type, nint function, nint* arguments, uint count,
        byte* name);
    [LibraryImport(Library, EntryPoint = "LLVMBuildExtractElement")]
    public static partial nint BuildExtract(nint builder, nint vector, nint index, byte* name);
    [LibraryImport(Library, EntryPoint = "LLVMBuildInsertElement")]
    public static partial nint BuildInsert(nint builder, nint vector, nint value, nint index, byte* name);
    [LibraryImport(Library, EntryPoint = "LLVMBuildShuffleVector")]
    public static partial nint BuildShuffle(nint builder, nint first, nint second, nint mask, byte* name);
    [LibraryImport(Library, EntryPoint = "LLVMBuildExtractValue")]
    public static partial nint BuildExtractValue(nint builder, nint aggregate, uint index, byte* name);
    [LibraryImport(Library, EntryPoint = "LLVMBuildAtomicRMW")]
    public static partial nint BuildAtomicUpdate(
        nint builder, AtomicOperation operation, nint pointer, nint value, int ordering, int singleThread);
    [LibraryImport(Library, EntryPoint = "LLVMBuildAtomicCmpXchg")]
    public static partial nint BuildAtomicCompareExchange(
        nint builder, nint pointer, nint expected, nint replacement, int success, int failure, int singleThread);
    [LibraryImport(Library, EntryPoint = "LLVMBuildFence")]
    public static partial nint BuildFence(nint builder, int ordering, int singleThread, byte* name);
    [LibraryImport(Library, EntryPoint = "LLVMSetOrdering")]
    public static partial void SetOrdering(nint access,
        int ordering);
    [LibraryImport(Library, EntryPoint = "LLVMSetTailCallKind")]
    public static partial void SetTailCallKind(nint call,
        int kind);
    [LibraryImport(Library, EntryPoint = "LLVMSetVolatile")]
    public static partial void SetVolatile(nint access,
        int isVolatile);
    [LibraryImport(Library, EntryPoint = "LLVMSetAlignment")]
    public static partial void SetAlignment(nint access,
        uint bytes);

    // Passes and code.
    [LibraryImport(
        Library, EntryPoint = "LLVMCreatePassBuilderOptions")]
    public static partial nint CreatePassOptions();
    [LibraryImport(
        Library, EntryPoint = "LLVMDisposePassBuilderOptions")]
    public static partial void DisposePassOptions(
        nint options);
    [LibraryImport(Library, EntryPoint = "LLVMRunPasses", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint RunPasses(nint module, string passes, nint machine, nint options);
    [LibraryImport(Library, EntryPoint = "LLVMRunPassesOnFunction", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint RunPassesOnFunction(nint function, string passes, nint machine, nint options);
    [LibraryImport(Library, EntryPoint = "LLVMGetErrorMessage")] public static partial nint GetErrorMessage(nint error);
    [LibraryImport(Library, EntryPoint = "LLVMDisposeErrorMessage")]
    public static partial void DisposeErrorMessage(
        nint message);
    [LibraryImport(
        Library, EntryPoint = "LLVMInitializeX86TargetInfo")]
    public static partial void InitializeTargetInfo();
    [LibraryImport(Library, EntryPoint = "LLVMInitializeX86Target")] public static partial void InitializeTarget();
    [LibraryImport(Library, EntryPoint = "LLVMInitializeX86TargetMC")] public static partial void InitializeTargetMc();
    [LibraryImport(
        Library, EntryPoint = "LLVMInitializeX86AsmPrinter")]
    public static partial void InitializeAsmPrinter();
    [LibraryImport(Library, EntryPoint = "LLVMParseCommandLineOptions")]
    public static partial void ParseOptions(int count, byte** options, byte* overview);
    [LibraryImport(Library, EntryPoint = "LLVMGetTargetFromTriple", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int GetTarget(string triple, out nint target, out nint message);
    [LibraryImport(Library, EntryPoint = "LLVMCreateTargetMachine", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint CreateMachine(
        nint target, string triple, string cpu, string features, int level, int relocation, int codeModel);
    [LibraryImport(Library, EntryPoint = "LLVMDisposeTargetMachine")]
    public static partial void DisposeMachine(
        nint machine);
    [LibraryImport(Library, EntryPoint = "LLVMCreateTargetDataLayout")]
    public static partial nint CreateDataLayout(
        nint machine);
    [LibraryImport(Library, EntryPoint = "LLVMDisposeTargetData")]
    public static partial void DisposeDataLayout(
        nint layout);
    [LibraryImport(Library, EntryPoint = "LLVMGetHostCPUName")] public static partial nint GetHostCpuName();
    [LibraryImport(Library, EntryPoint = "LLVMGetHostCPUFeatures")] public static partial nint GetHostCpuFeatures();
    [LibraryImport(Library, EntryPoint = "LLVMTargetMachineEmitToMemoryBuffer")]
    public static partial int EmitToBuffer(nint machine, nint module, int fileType, out nint message, out nint buffer);
    [LibraryImport(Library, EntryPoint = "LLVMGetBufferStart")] public static partial byte* GetBufferStart(nint buffer);
    [LibraryImport(Library, EntryPoint = "LLVMGetBufferSize")] public static partial nuint GetBufferSize(nint buffer);
    [LibraryImport(Library, EntryPoint = "LLVMDisposeMemoryBuffer")]
    public static partial void DisposeBuffer(
        nint buffer);
    [LibraryImport(Library, EntryPoint = "LLVMDisposeMessage")] public static partial void DisposeMessage(nint message);
}

/// <summary><c>LLVMOpcode</c>, the binary ones.</summary>
internal enum BinaryOperation
{
    Add = 8, FAdd = 9, Sub = 10, FSub = 11, Mul = 12, FMul = 13, UDiv = 14, SDiv = 15, FDiv = 16, URem = 17, SRem = 18,
    Shl = 20, LShr = 21, AShr = 22, And = 23, Or = 24, Xor = 25,
}

/// <summary><c>LLVMOpcode</c>, the casts.</summary>
internal enum CastOperation
{
    Trunc = 30, ZExt = 31, SExt = 32, FPToUI = 33, FPToSI = 34, UIToFP = 35, SIToFP = 36, FPTrunc = 37, FPExt = 38,
    PtrToInt = 39, IntToPtr = 40, BitCast = 41,
}

/// <summary><c>LLVMAtomicRMWBinOp</c>.</summary>
internal enum AtomicOperation { Exchange, Add, Sub, And, Or = 5, Xor }

/// <summary><c>LLVMIntPredicate</c>.</summary>
internal enum IntegerPredicate
{
    Equal = 32, NotEqual, Above, AboveOrEqual, Below, BelowOrEqual, Greater,
    GreaterOrEqual, Less, LessOrEqual
}

/// <summary><c>LLVMRealPredicate</c>.</summary>
internal enum FloatPredicate
{
    OrderedEqual = 1, OrderedGreater, OrderedGreaterOrEqual, OrderedLess, OrderedLessOrEqual, OrderedNotEqual, Ordered,
    Unordered, UnorderedEqual, UnorderedGreater, UnorderedGreaterOrEqual, UnorderedLess, UnorderedLessOrEqual,
    UnorderedNotEqual,
}
