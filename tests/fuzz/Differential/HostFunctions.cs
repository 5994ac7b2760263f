using Drydock.Runtime;
using Drydock.Wasm;

namespace Drydock.Fuzz.Differential;

/// <summary>A function that every engine offers as <c>"h"."name"</c>.</summary>
internal sealed record HostFunctionShape(string Name, Signature Signature, HostFunction Body)
{
    public const string Module = "h";

    public FunctionType Type => new(
        [.. Signature.Parameters.Select(TypeOf)], [.. Signature.Results.Select(TypeOf)]);

    private static Wasm.ValueType TypeOf(Sort sort) => sort.Code switch
    {
        'i' => Wasm.ValueType.I32,
        'I' => Wasm.ValueType.I64,
        'f' => Wasm.ValueType.F32,
        'd' => Wasm.ValueType.F64,
        _ => Wasm.ValueType.ExternRef,
    };
}

/// <summary>What modules import; node-engine.mjs has the same functions.</summary>
internal static class HostFunctions
{
    public static IReadOnlyList<HostFunctionShape> All { get; } =
    [
        Make("i", "i", "i", (in HostCall call) => call.SetInt32(0, call.GetInt32(0) * 31 + 7)),
        Make("l", "II", "I", (in HostCall call) => call.SetInt64(0, call.GetInt64(0) * 3 ^ call.GetInt64(1))),
        Make("d", "df", "d", (in HostCall call) => call.SetDouble(0, call.GetDouble(0) + call.GetSingle(1))),
        Make("n", "fid", "f", (in HostCall call) => call.SetSingle(0, call.GetInt32(1) > 0
            ? call.GetSingle(0)
            : (float)call.GetDouble(2))),
        Make("x", "e", "e", (in HostCall _) => { }),
        Make("v", "", "", (in HostCall _) => { }),
    ];

    private static HostFunctionShape Make(string name, string parameters, string results, HostFunction body) =>
        new(name, new Signature(Sort.Row(parameters), Sort.Row(results)), body);
}
