using Drydock.Wasm.Binary;
using Drydock.Wasm.Validation;

namespace Drydock.Wasm;

/// <summary>Turns the bytes of a module into a <see cref="WasmModule"/> (spec: 3.4 and 5.5).</summary>
public static class ModuleDecoder
{
    /// <summary>The most bytes that a module may have.</summary>
    public const int MaxLength = ImplementationLimits.ModuleSize;

    private const uint Magic = 0x6D736100;
    private const uint ModuleVersion = 1;
    private const uint ComponentVersion = 0x1000D;
    private const int HeaderLength = 8;

    /// <summary>Decodes and validates a module, function bodies included.</summary>
    /// <param name="bytes">The binary; the module refers to it and it must not change afterwards.</param>
    /// <param name="features">What the module may use; everything when null.</param>
    /// <exception cref="WasmFormatException">The bytes are no valid module.</exception>
    public static WasmModule Decode(ReadOnlyMemory<byte> bytes, WasmFeatures? features = null)
    {
        CheckHeader(bytes.Span);
        if (bytes.Length > MaxLength)
            Fail($"module too large: {bytes.Length} bytes, at most {MaxLength} are supported", 0);
        var context = new ModuleContext(bytes, features ?? WasmFeatures.All);
        new SectionReader(context).ReadAll(HeaderLength);
        return context.ToModule();
    }

    /// <summary>
    /// Decodes what <see cref="ModuleOutline"/> made of a module that was valid. The bodies of its functions are empty.
    /// </summary>
    /// <exception cref="WasmFormatException">The bytes are no outline.</exception>
    public static WasmModule DecodeOutline(ReadOnlyMemory<byte> outline)
    {
        CheckHeader(outline.Span);
        var context = new ModuleContext(outline, WasmFeatures.All);
        new SectionReader(context, isOutline: true).ReadAll(HeaderLength);
        foreach (var section in context.CustomSections)
        {
            context.HasHandlers |= section.Name == ModuleOutline.ExceptionsMark;
            context.SharesFunctions |= section.Name == ModuleOutline.SharingMark;
        }
        return context.ToModule();
    }

    /// <summary>Whether the bytes start as those of a component rather than a module.</summary>
    public static bool IsComponent(ReadOnlySpan<byte> bytes) => HasHeader(bytes, ComponentVersion);

    /// <summary>Whether the bytes start as those of a module of version 1.</summary>
    public static bool IsModule(ReadOnlySpan<byte> bytes) => HasHeader(bytes, ModuleVersion);

    private static bool HasHeader(ReadOnlySpan<byte> bytes, uint version) =>
        bytes.Length >= HeaderLength && Word(bytes) == Magic && Word(bytes[4..]) == version;

    private static uint Word(ReadOnlySpan<byte> bytes) =>
        System.Buffers.Binary.BinaryPrimitives.ReadUInt32LittleEndian(bytes);

    private static void CheckHeader(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 4) Fail("unexpected end", bytes.Length);
        if (Word(bytes) != Magic) Fail("magic header not detected", 0);
        if (bytes.Length < HeaderLength) Fail("unexpected end", bytes.Length);
        if (IsComponent(bytes)) Fail("components are not supported yet", 4);
        if (!IsModule(bytes)) Fail("unknown binary version", 4);
    }

    private static void Fail(string phrase, int offset) =>
        throw new WasmFormatException(WasmFormatErrorKind.Malformed, phrase, offset, section: null);
}
