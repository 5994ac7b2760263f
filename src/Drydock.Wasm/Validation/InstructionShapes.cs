namespace Drydock.Wasm.Validation;

/// <summary>
/// What the validator needs to know of an instruction, packed from its row of <see cref="OpcodeTable"/>.
/// </summary>
/// <param name="Signature">
/// Operand kinds in the order they are popped (four nibbles), result kinds (two nibbles), and bit 31 when there is a
/// signature at all. A nibble is the low half of a <see cref="ValueKind"/>; the address operand of a memory access is
/// left out.
/// </param>
/// <param name="Immediate">What follows.</param>
/// <param name="AccessLog2">For a memory access the power of two of the bytes accessed.</param>
/// <param name="LaneCount">For a lane instruction how many lanes there are.</param>
/// <param name="Feature">The feature it belongs to.</param>
internal readonly record struct InstructionShape(
    uint Signature, Immediate Immediate, byte AccessLog2, byte LaneCount, WasmFeatures Feature)
{
    public const uint HasSignature = 0x8000_0000;

    public bool IsKnown { get; init; }
}

/// <summary>The shapes of all instructions in one flat table.</summary>
internal static class InstructionShapes
{
    private const int FirstPrefix = 0xFB;

    /// <summary>
    /// Where the instructions of the prefixes 0xFB to 0xFE start; the last is the length of the table.
    /// </summary>
    private static ReadOnlySpan<ushort> Starts => [256, 288, 320, 608, 688];

    private static readonly InstructionShape[] Shapes = Build();

    /// <summary>The shape of an instruction, or one that is not known.</summary>
    public static ref readonly InstructionShape Of(uint prefix, uint opcode)
    {
        var index = prefix == 0 ? opcode : opcode + Starts[(int)prefix - FirstPrefix];
        var end = prefix == 0 ? 256u : Starts[(int)prefix - FirstPrefix + 1];
        return ref Shapes[opcode < 0x1000 && index < end ? index : 0xFF];
    }

    /// <summary>The shape of an instruction without prefix, or one that is not known.</summary>
    public static ref readonly InstructionShape OfByte(uint opcode) => ref Shapes[opcode];

    private static InstructionShape[] Build()
    {
        var shapes = new InstructionShape[Starts[^1]];
        foreach (var info in OpcodeTable.All)
        {
            var prefix = (int)((uint)info.Opcode >> 16);
            var opcode = (int)info.Opcode & 0xFFFF;
            shapes[prefix == 0 ? opcode : opcode + Starts[prefix - FirstPrefix]] = Pack(info);
        }
        return shapes;
    }

    private static InstructionShape Pack(OpcodeInfo info)
    {
        var isAccess = info.Immediate is Immediate.MemoryArgument or Immediate.MemoryArgumentAndLane;
        var accessLog2 = isAccess ? AccessLog2(info.Name) : (byte)0;
        var laneCount = info.Immediate switch
        {
            Immediate.Lane =>
                byte.Parse(info.Name.AsSpan(info.Name.IndexOf('x') + 1,
                    info.Name.IndexOf('.') - info.Name.IndexOf('x') - 1)),
            Immediate.MemoryArgumentAndLane => (byte)(16 >> accessLog2),
            _ => (byte)0,
        };
        return new InstructionShape(PackSignature(info.Signature), info.Immediate, accessLog2, laneCount,
            FeatureOf(info))
        {
            IsKnown = true,
        };
    }

    private static uint PackSignature(string? signature)
    {
        if (signature is null) return 0;
        var colon = signature.IndexOf(':');
        var packed = InstructionShape.HasSignature;
        var shift = 0;
        for (var i = colon - 1; i >= 0; i--)
        {
            if (signature[i] == 'a') continue;
            packed |= NibbleOf(signature[i]) << shift;
            shift += 4;
        }
        shift = 16;
        foreach (var result in signature.AsSpan(colon + 1))
        {
            packed |= NibbleOf(result) << shift;
            shift += 4;
        }
        return packed;
    }

    private static uint NibbleOf(char kind) => kind switch
    {
        'i' => 0xF,
        'I' => 0xE,
        'f' => 0xD,
        'd' => 0xC,
        _ => 0xB,
    };

    /// <summary>
    /// The width in the name: <c>i32.load8_s</c> accesses 8 bits, <c>v128.load8x8_s</c> 64, <c>i64.load</c> its own.
    /// </summary>
    private static byte AccessLog2(string name)
    {
        if (name.Contains("notify") || name.Contains("wait32")) return 2;
        if (name.Contains("wait64")) return 3;
        var operation = name.AsSpan(name.IndexOf('.') + 1);
        if (operation.StartsWith("atomic.")) operation = operation["atomic.".Length..];
        var digits = operation[operation.IndexOfAnyInRange('0', '9') is >= 0 and var at && IsWidth(operation, at)
            ? at..
            : ..0];
        if (digits.IsEmpty) digits = name.AsSpan(1);
        var length = digits.IndexOfAnyExceptInRange('0', '9');
        if (length > 0 && digits[length] == 'x') return 3;
        return (byte)(int.Log2(int.Parse(length < 0 ? digits : digits[..length])) - 3);
    }

    /// <summary>Whether the digits follow the word for the access itself.</summary>
    private static bool IsWidth(ReadOnlySpan<char> operation, int at) =>
        operation[..at] is "load" or "store" or "rmw";

    private static WasmFeatures FeatureOf(OpcodeInfo info) => info.Opcode switch
    {
        Opcode.Try or Opcode.Catch or Opcode.Rethrow or Opcode.Delegate or Opcode.CatchAll =>
            WasmFeatures.LegacyExceptions,
        Opcode.ThrowRef or Opcode.TryTable => WasmFeatures.Exceptions,
        Opcode.ReturnCall or Opcode.ReturnCallIndirect or Opcode.ReturnCallRef => WasmFeatures.TailCall,
        Opcode.CallRef or Opcode.RefAsNonNull or Opcode.BrOnNull or Opcode.BrOnNonNull =>
            WasmFeatures.FunctionReferences,
        Opcode.RefEq => WasmFeatures.Gc,
        Opcode.TableGet or Opcode.TableSet or Opcode.TableGrow or Opcode.TableSize or Opcode.TableFill or Opcode.SelectT
            or Opcode.RefIsNull => WasmFeatures.ReferenceTypes,
        >= Opcode.I64Add128 and <= Opcode.I64MulWideU => WasmFeatures.WideArithmetic,
        >= Opcode.MemoryAtomicNotify => WasmFeatures.Threads,
        >= Opcode.I8x16RelaxedSwizzle => WasmFeatures.RelaxedSimd,
        >= Opcode.V128Load => WasmFeatures.Simd,
        >= Opcode.StructNew and <= Opcode.I31GetU => WasmFeatures.Gc,
        _ => WasmFeatures.None,
    };
}
