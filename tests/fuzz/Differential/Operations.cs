using System.Text.RegularExpressions;
using Drydock.Wasm;

namespace Drydock.Fuzz.Differential;

/// <summary>An instruction whose type is always the same, with the sorts that say whose NaNs may differ.</summary>
internal sealed record Operation(OpcodeInfo Info, Sort[] Operands, Sort[] Results)
{
    public Opcode Opcode => Info.Opcode;

    public bool IsDivision => Regex.IsMatch(Info.Name, "^i.*\\.(div|rem)_");

    /// <summary>Whether it traps for most floats.</summary>
    public bool IsTruncation => Regex.IsMatch(Info.Name, "^i(32|64)\\.trunc_f");

    public bool IsAtomic => (uint)Opcode >> 16 == 0xFE;

    /// <summary>The binary logarithm of the bytes that an instruction with a memory argument reaches.</summary>
    public int WidthLog2 => Regex.Match(Info.Name, "(?:load|store|rmw)(8x8|16x4|32x2|8|16|32|64)?") switch
    {
        { Groups: [_, { Value: "8" }] } => 0,
        { Groups: [_, { Value: "16" }] } => 1,
        { Groups: [_, { Value: "32" }] } => 2,
        { Groups: [_, { Success: true }] } => 3,
        _ => Info.Name[..3] switch { "i32" or "f32" => 2, "v12" => 4, _ => 3 },
    };

    /// <summary>How many lanes a lane index may name.</summary>
    public int Lanes => Info.Immediate == Immediate.MemoryArgumentAndLane
        ? 16 >> WidthLog2
        : int.Parse(Regex.Match(Info.Name, "x(\\d+)\\.").Groups[1].Value);
}

/// <summary>The instructions of <see cref="OpcodeTable"/> that the generator picks by what they give.</summary>
internal static partial class Operations
{
    private static readonly Operation[] All =
    [
        .. from info in OpcodeTable.All.ToArray()
           where info.Signature is not null && info.Opcode is not (Opcode.Nop or Opcode.AtomicFence)
           where info.Immediate is not (Immediate.I32 or Immediate.I64 or Immediate.F32 or Immediate.F64
               or Immediate.V128)
           where !IsRelaxed(info.Opcode) && !info.Name.Contains(".atomic.wait") && !info.Name.Contains(".atomic.notify")
           select Refine(info),
    ];

    private static readonly ILookup<Sort, Operation> Plain =
        All.Where(operation => operation.Info.Immediate
            is not (Immediate.MemoryArgument or Immediate.MemoryArgumentAndLane)
            && operation.Results.Length == 1).ToLookup(operation => operation.Results[0]);

    private static readonly ILookup<Sort, Operation> Loading =
        All.Where(operation => operation.Operands.Contains('a') && operation.Results.Length == 1)
            .ToLookup(operation => operation.Results[0]);

    private static readonly Operation[] Storing =
        [.. All.Where(operation => operation.Operands.Contains('a') && operation.Results.Length == 0)];

    private static readonly Operation[] Wide = [.. All.Where(operation => operation.Results.Length == 2)];

    /// <summary>What computes a value from values.</summary>
    public static IReadOnlyList<Operation> Computing(Sort result, WasmFeatures features) =>
        Select(Plain[result], features);

    /// <summary>What reads memory, and may write it too.</summary>
    public static IReadOnlyList<Operation> Reading(Sort result, WasmFeatures features) =>
        Select(Loading[result], features);

    /// <summary>What only writes memory.</summary>
    public static IReadOnlyList<Operation> Writing(WasmFeatures features) => Select(Storing, features);

    /// <summary>What gives a pair of numbers.</summary>
    public static IReadOnlyList<Operation> Pairing => Wide;

    private static Operation[] Select(IEnumerable<Operation> operations, WasmFeatures features) =>
        [.. operations.Where(operation => IsIn(operation, features))];

    private static bool IsIn(Operation operation, WasmFeatures features) => ((uint)operation.Opcode >> 16) switch
    {
        0xFD => features.HasFlag(WasmFeatures.Simd),
        0xFE => features.HasFlag(WasmFeatures.Threads),
        _ => true,
    };

    private static bool IsRelaxed(Opcode opcode) => (uint)opcode is >= 0xFD0100 and <= 0xFD01FF;

    private static Operation Refine(OpcodeInfo info)
    {
        string[] halves = info.Signature!.Split(':');
        var operands = Sort.Row(halves[0]);
        var results = Sort.Row(halves[1]);
        char operandLane = OperandLane(info.Name), resultLane = ResultLane(info.Name);
        for (int i = 0; i < operands.Length; i++)
            if (operands[i] == 'v') operands[i] = operandLane;
        for (int i = 0; i < results.Length; i++)
            if (results[i] == 'v') results[i] = resultLane;
        if (LooksAtBits(info.Name))
            operands[^1] = operands[^1].Code switch { 'f' => 'g', 'd' => 'h', var other => other };
        return new Operation(info, operands, results);
    }

    private static bool LooksAtBits(string name) =>
        name.Contains("reinterpret") || name.Contains("copysign") || name.Contains("store");

    private static char OperandLane(string name) => name switch
    {
        _ when name.Contains(".convert_") => 'v',
        _ when name.Contains("_f32x4") => 'F',
        _ when name.Contains("_f64x2") => 'D',
        _ => Lane(name),
    };

    private static char ResultLane(string name) => Comparison().IsMatch(name) ? 'v' : Lane(name);

    private static char Lane(string name) => name[..5] switch { "f32x4" => 'F', "f64x2" => 'D', _ => 'v' };

    [GeneratedRegex("\\.(eq|ne|lt|gt|le|ge)$")]
    private static partial Regex Comparison();
}
