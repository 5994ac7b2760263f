using Drydock.Wasm.Validation;

namespace Drydock.Wasm.Binary;

/// <summary>Reads types (spec: 5.3). An index must be below the number of types known at that point.</summary>
internal static class TypeReader
{
    private const byte EmptyBlock = 0x40;

    public static ValueType ReadValueType(ref ByteReader reader, int typeCount, WasmFeatures features)
    {
        var at = reader.Position;
        var code = reader.ReadByte();
        switch ((ValueKind)code)
        {
            case ValueKind.I32: return ValueType.I32;
            case ValueKind.I64: return ValueType.I64;
            case ValueKind.F32: return ValueType.F32;
            case ValueKind.F64: return ValueType.F64;
            case ValueKind.V128 when (features & WasmFeatures.Simd) != 0: return ValueType.V128;
            case ValueKind.Reference or ValueKind.NullableReference when (features & WasmFeatures.FunctionReferences) != 0:
                var heap = ReadHeapType(ref reader, typeCount, features);
                return ValueType.Reference(heap, (ValueKind)code == ValueKind.NullableReference);
        }
        if (IsAbstractHeap(code - 0x80, features))
            return ValueType.Reference(new HeapType(code - 0x80), nullable: true);
        reader.FailMalformed(code < 0x80 ? "malformed value type" : "integer representation too long", at);
        return default;
    }

    public static ValueType ReadReferenceType(ref ByteReader reader, int typeCount, WasmFeatures features)
    {
        var at = reader.Position;
        var code = reader.PeekByte();
        if (code is >= (byte)ValueKind.V128 and < 0x80) reader.FailMalformed("malformed reference type", at);
        return ReadValueType(ref reader, typeCount, features);
    }

    public static HeapType ReadHeapType(ref ByteReader reader, int typeCount, WasmFeatures features)
    {
        var at = reader.Position;
        var code = reader.ReadS33();
        if (code >= typeCount) reader.FailInvalid($"unknown type {code}", at);
        var isKnown = code >= 0 ? (features & WasmFeatures.FunctionReferences) != 0 : IsAbstractHeap(code, features);
        if (!isKnown) reader.FailMalformed("malformed heap type", at);
        return new HeapType((int)code);
    }

    private static bool IsAbstractHeap(long code, WasmFeatures features) => code switch
    {
        -0x10 => true,
        -0x11 => (features & WasmFeatures.ReferenceTypes) != 0,
        -0x17 or -0x0C => (features & (WasmFeatures.Exceptions | WasmFeatures.LegacyExceptions)) != 0,
        >= -0x16 and <= -0x0D => (features & WasmFeatures.Gc) != 0,
        _ => false,
    };

    /// <summary>Reads the type of a block; an index must be that of a function type.</summary>
    public static BlockType ReadBlockType(ref ByteReader reader, TypeSpace types, WasmFeatures features)
    {
        var code = reader.PeekByte();
        if (code == EmptyBlock)
        {
            reader.ReadByte();
            return BlockType.Empty;
        }
        if ((code & 0xC0) == 0x40) return BlockType.Of(ReadValueType(ref reader, types.Count, features));
        var at = reader.Position;
        var index = reader.ReadS33();
        if (index < 0) reader.FailMalformed("malformed block type", at);
        if (index >= types.Count || types.FunctionAt((int)index) is null)
            reader.FailInvalid($"unknown type {index}", at);
        return BlockType.OfIndex((int)index);
    }

    public static TableType ReadTableType(ref ByteReader reader, int typeCount, WasmFeatures features)
    {
        var element = ReadReferenceType(ref reader, typeCount, features);
        var at = reader.Position;
        var flags = ReadLimitsFlags(ref reader, features & ~(WasmFeatures.Threads | WasmFeatures.CustomPageSizes));
        var limits = ReadLimits(ref reader, flags, features);
        const string OutOfRange = "table size must be at most 2^32-1";
        CheckRange(ref reader, limits, limits.Is64Bit ? ulong.MaxValue : uint.MaxValue, OutOfRange, at);
        return new TableType(element, limits);
    }

    public static MemoryType ReadMemoryType(ref ByteReader reader, WasmFeatures features)
    {
        var at = reader.Position;
        var flags = ReadLimitsFlags(ref reader, features);
        var limits = ReadLimits(ref reader, flags, features);
        var pageSizeLog2 = (flags & CustomPageSizeFlag) != 0 ? ReadPageSize(ref reader) : 16;
        var bits = (limits.Is64Bit ? 64 : 32) - pageSizeLog2;
        // Pages of one byte can be counted one short of the address space only, as a count has as many bits as an
        // address.
        var most = pageSizeLog2 == 0 ? ulong.MaxValue >> (64 - bits) : 1ul << bits;
        CheckRange(ref reader, limits, most, MemoryTooLarge(limits, pageSizeLog2), at);
        var isShared = (flags & SharedFlag) != 0;
        if (isShared && limits.Maximum is null) reader.FailInvalid("shared memory must have maximum", at);
        return new MemoryType(limits, isShared, pageSizeLog2);
    }

    private static string MemoryTooLarge(Limits limits, int pageSizeLog2) =>
        limits.Is64Bit || pageSizeLog2 != 16
            ? $"memory size must be at most 2^{(limits.Is64Bit ? 64 : 32)} bytes"
            : "memory size must be at most 65536 pages (4GiB)";

    private const int MaximumFlag = 1;
    private const int SharedFlag = 2;
    private const int Address64Flag = 4;
    private const int CustomPageSizeFlag = 8;

    private static int ReadLimitsFlags(ref ByteReader reader, WasmFeatures features)
    {
        var at = reader.Position;
        int flags = reader.ReadByte();
        var allowed = MaximumFlag
            | ((features & WasmFeatures.Threads) != 0 ? SharedFlag : 0)
            | ((features & WasmFeatures.Memory64) != 0 ? Address64Flag : 0)
            | ((features & WasmFeatures.CustomPageSizes) != 0 ? CustomPageSizeFlag : 0);
        if ((flags & ~allowed) != 0) reader.FailMalformed("malformed limits flags", at);
        return flags;
    }

    private static Limits ReadLimits(ref ByteReader reader, int flags, WasmFeatures features)
    {
        var minimum = ReadLimit(ref reader, features);
        ulong? maximum = (flags & MaximumFlag) != 0 ? ReadLimit(ref reader, features) : null;
        return new Limits(minimum, maximum, (flags & Address64Flag) != 0);
    }

    private static ulong ReadLimit(ref ByteReader reader, WasmFeatures features) =>
        (features & WasmFeatures.Memory64) != 0 ? reader.ReadU64() : reader.ReadU32();

    private static void CheckRange(ref ByteReader reader, Limits limits, ulong most, string outOfRange, int at)
    {
        if (limits.Minimum > most || limits.Maximum > most) reader.FailInvalid(outOfRange, at);
        if (limits.Minimum > limits.Maximum) reader.FailInvalid("size minimum must not be greater than maximum", at);
    }

    private static int ReadPageSize(ref ByteReader reader)
    {
        var at = reader.Position;
        var log2 = reader.ReadU32();
        if (log2 > 64) reader.FailMalformed("invalid custom page size", at);
        if (log2 is not (0 or 16)) reader.FailInvalid("invalid custom page size", at);
        return (int)log2;
    }

    public static GlobalType ReadGlobalType(ref ByteReader reader, int typeCount, WasmFeatures features)
    {
        var type = ReadValueType(ref reader, typeCount, features);
        return new GlobalType(type, ReadMutability(ref reader));
    }

    public static bool ReadMutability(ref ByteReader reader)
    {
        var at = reader.Position;
        var mutability = reader.ReadByte();
        if (mutability > 1) reader.FailMalformed("malformed mutability", at);
        return mutability == 1;
    }
}
