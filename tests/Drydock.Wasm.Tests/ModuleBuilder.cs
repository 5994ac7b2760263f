namespace Drydock.Wasm.Tests;

/// <summary>
/// Puts binaries together section by section; nothing is checked, so that damaged ones can be made too.
/// </summary>
internal sealed class ModuleBuilder
{
    public const byte I32 = 0x7F, I64 = 0x7E, F32 = 0x7D, F64 = 0x7C, V128 = 0x7B, FuncRef = 0x70, ExternRef = 0x6F;

    private readonly List<byte> _bytes = [0x00, 0x61, 0x73, 0x6D, 0x01, 0x00, 0x00, 0x00];

    public byte[] Bytes => [.. _bytes];

    public ModuleBuilder Raw(params byte[] bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    public ModuleBuilder Section(byte id, params byte[] content) => Raw([id, .. Number(content.Length), .. content]);

    /// <summary>A type section of function types.</summary>
    public ModuleBuilder Types(params (byte[] Parameters, byte[] Results)[] types) =>
        Section(1, [.. Number(types.Length), .. types.SelectMany(Signature)]);

    private static IEnumerable<byte> Signature((byte[] Parameters, byte[] Results) type) =>
        [0x60, .. Number(type.Parameters.Length), .. type.Parameters, .. Number(type.Results.Length), .. type.Results];

    /// <summary>A code section; each body is its locals and its instructions.</summary>
    public ModuleBuilder Code(params byte[][] bodies) =>
        Section(10, [.. Number(bodies.Length),
            .. bodies.SelectMany(body => (byte[])[.. Number(body.Length), .. body])]);

    public static byte[] Number(int value)
    {
        var bytes = new List<byte>();
        for (; value >= 0x80; value >>= 7) bytes.Add((byte)(value | 0x80));
        return [.. bytes, (byte)value];
    }

    /// <summary>A module of one function with a memory, a table and a mutable global of i32.</summary>
    public static byte[] OneFunction(byte[] parameters, byte[] results, params byte[] instructions) =>
        new ModuleBuilder()
            .Types((parameters, results))
            .Section(3, 1, 0)
            .Section(4, 1, FuncRef, 0, 1)
            .Section(5, 1, 0, 1)
            .Section(6, 1, I32, 1, 0x41, 0, 0x0B)
            .Code([0, .. instructions])
            .Bytes;

    public static WasmFormatException Rejected(byte[] bytes, WasmFeatures? features = null) =>
        Assert.Throws<WasmFormatException>(() => ModuleDecoder.Decode(bytes, features));
}
