using System.Buffers.Binary;

namespace Drydock.Compiler;

/// <summary>
/// Makes a <see cref="CodeImage"/> of the functions that are there, and stubs for the others. Direct calls of functions
/// of the image are relative; those of missing functions go through their slots.
/// </summary>
public sealed class CodeImageLinker
{
    private const int LeastAlignment = 16;
    private const byte Padding = 0xCC; // int3

    private readonly int _imported;
    private readonly FunctionCode?[] _functions;
    private readonly int[] _offsets;
    private readonly int[] _slots;
    private readonly int[] _missing;
    private readonly int _textSize;
    private readonly Dictionary<SharedConstants, int> _constants = new(ReferenceEqualityComparer.Instance);

    private CodeImageLinker(int importedFunctions, FunctionCode?[] functions)
    {
        (_imported, _functions) = (importedFunctions, functions);
        (_offsets, _slots) = (new int[functions.Length], new int[functions.Length]);
        _missing = FindMissing(functions);
        _textSize = PlaceFunctions();
    }

    /// <summary>Links functions.</summary>
    /// <param name="importedFunctions">How many functions the module imports; they come first in its index
    /// space.</param>
    /// <param name="functions">For each function the module defines its code, or null.</param>
    /// <exception cref="CompilationException">There is more code than an image can hold.</exception>
    public static CodeImage Link(int importedFunctions, params FunctionCode?[] functions) =>
        new CodeImageLinker(importedFunctions, functions).Link();

    /// <summary>An image of a module of which no function is compiled yet.</summary>
    /// <param name="functionCount">How many functions the module defines.</param>
    public static CodeImage Empty(int functionCount) => Link(0, new FunctionCode?[functionCount]);

    /// <summary>
    /// Fills in the six bytes of a direct call (<c>call</c>, or <c>jmp</c> for a tail call) to lead to
    /// <paramref name="target"/>, both being offsets in the same text. The return address stays behind the six bytes,
    /// where the function's site is.
    /// </summary>
    internal static void LinkDirect(Span<byte> site, bool isTail, int siteOffset, int target)
    {
        // The address-size prefix means nothing to a near call and makes it six bytes long.
        (site[0], site[1]) = (0x67, isTail ? (byte)0xE9 : (byte)0xE8);
        BinaryPrimitives.WriteInt32LittleEndian(site[2..], target - (siteOffset + CallSite.Size));
    }

    /// <summary>Fills in the six bytes of a direct call to lead through the slot at <paramref name="slot"/>.</summary>
    internal static void LinkThroughSlot(Span<byte> site, bool isTail, int siteOffset, int slot)
    {
        (site[0], site[1]) = (0xFF, isTail ? (byte)0x25 : (byte)0x15);
        BinaryPrimitives.WriteInt32LittleEndian(site[2..], slot - (siteOffset + CallSite.Size));
    }

    private CodeImage Link()
    {
        var text = new byte[_textSize];
        int stubs = (int)CodeImageStubs.TextSize(_missing.Length);
        text.AsSpan(stubs).Fill(Padding);
        CodeImageStubs.Write(text, _missing);
        var functions = new byte[_functions.Length * CodeImage.FunctionEntrySize];
        var order = new byte[(_functions.Length - _missing.Length) * CodeImage.OrderEntrySize];
        var sites = new List<byte>();
        int placed = 0;
        for (int i = 0; i < _functions.Length; i++)
        {
            WriteEntry(functions, i, sites.Count);
            if (_functions[i] is not { } function) continue;
            BinaryPrimitives.WriteInt32LittleEndian(order.AsSpan(placed++ * CodeImage.OrderEntrySize), i);
            WriteFunction(text.AsSpan(_offsets[i], function.Text.Length), function, _offsets[i]);
            SiteRun.Write(sites, function.Sites);
        }
        foreach (var (constants, offset) in _constants) WriteConstants(text, constants, offset);
        return new CodeImage(text, functions, order, sites.ToArray());
    }

    private void WriteConstants(Span<byte> text, SharedConstants constants, int offset)
    {
        var target = text[offset..];
        constants.Bytes.CopyTo(target);
        foreach (var site in constants.Sites)
            site.Link(target, offset + site.Offset, _offsets[site.Function - _imported]);
    }

    private void WriteEntry(byte[] functions, int bodyIndex, int sites)
    {
        var entry = functions.AsSpan(bodyIndex * CodeImage.FunctionEntrySize);
        BinaryPrimitives.WriteInt32LittleEndian(entry, _offsets[bodyIndex]);
        BinaryPrimitives.WriteInt32LittleEndian(entry[4..], _functions[bodyIndex]?.Text.Length ?? 0);
        BinaryPrimitives.WriteInt32LittleEndian(entry[8..], sites);
    }

    private void WriteFunction(Span<byte> text, FunctionCode function, int offset)
    {
        function.Text.CopyTo(text);
        foreach (var site in function.ConstantSites)
            site.Link(text, offset + site.Offset, _constants[function.Constants!]);
        int slots = CodeImage.SlotAreaSizeFor(_missing.Length);
        foreach (var call in function.Calls)
        {
            int callee = call.Function - _imported, at = offset + call.Offset;
            var site = text[call.Offset..];
            if (call.IsNear) LinkNear(site, at, _offsets[callee]);
            else if (_functions[callee] is not null) LinkDirect(site, call.IsTail, at, _offsets[callee]);
            else LinkThroughSlot(site, call.IsTail, at, _slots[callee] * CodeImage.SlotSize - slots);
        }
    }

    /// <summary>Fills in the distance of a near site to a function or its stub.</summary>
    /// <param name="site">The site.</param>
    /// <param name="at">Its offset in the text.</param>
    /// <param name="target">Offset in the text to go to.</param>
    public static void LinkNear(Span<byte> site, int at, int target) =>
        BinaryPrimitives.WriteInt32LittleEndian(site[1..], target - (at + CallSite.NearSize));

    private static int[] FindMissing(FunctionCode?[] functions)
    {
        var missing = new int[functions.Count(function => function is null)];
        int count = 0;
        for (int i = 0; i < functions.Length; i++)
            if (functions[i] is null) missing[count++] = i;
        return missing;
    }

    /// <summary>Places stubs, then functions in order; returns the size of the text.</summary>
    private int PlaceFunctions()
    {
        for (int i = 0; i < _missing.Length; i++)
        {
            _slots[_missing[i]] = i;
            _offsets[_missing[i]] = CodeImageStubs.First + i * CodeImageStubs.Size;
        }
        long end = CodeImageStubs.TextSize(_missing.Length);
        for (int i = 0; i < _functions.Length; i++)
        {
            if (_functions[i] is not { } function) continue;
            _offsets[i] = Place(ref end, function.Text.Length, function.Alignment);
            if (function.Constants is { } constants && !_constants.ContainsKey(constants))
                _constants[constants] = Place(ref end, constants.Bytes.Length, constants.Alignment);
        }
        return (int)end;
    }

    /// <summary>Makes room at the end of the text; returns where.</summary>
    private static int Place(ref long end, int length, int alignment)
    {
        alignment = Math.Max(LeastAlignment, alignment);
        // At least a byte between functions, so that a return address behind the last call of one is not in the next.
        long start = (end + alignment) & -alignment;
        end = start + length;
        return end <= CodeImage.LargestText
            ? (int)start
            : throw new CompilationException(
                $"cannot link the module: its code takes up more than {CodeImage.LargestText >> 20} MiB");
    }
}
