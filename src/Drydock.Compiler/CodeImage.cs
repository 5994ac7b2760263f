using System.Buffers.Binary;

namespace Drydock.Compiler;

/// <summary>
/// The linked, position-independent code of all or some functions of a module, whoever compiled each of them. Nothing
/// is relocated when it is loaded: what code needs beyond itself it reaches through its <c>VmContext</c>, and functions
/// that are not here through slots, a small area of data directly before the text.
/// </summary>
/// <remarks>
/// The text begins with a stub for each missing function, if there are any (<see cref="CodeImageStubs"/>), each with a
/// slot of eight bytes: slot <c>i</c> of <c>n</c> is at <c>text - SlotAreaSize + 8 * i</c>. Whoever loads the image
/// lets every slot point to its stub's <see cref="ResumeOffset"/>, and later to the function once it is compiled.
/// </remarks>
public sealed class CodeImage
{
    /// <summary>Most bytes of text: every distance within it and to its slots fits 32 bits.</summary>
    public const int LargestText = 1 << 30;

    internal const int FunctionEntrySize = 12, OrderEntrySize = 4, SlotSize = 8, PageSize = 4096;

    /// <summary>Makes an image of its parts, whose sizes must agree.</summary>
    /// <exception cref="InvalidDataException">They do not.</exception>
    internal CodeImage(
        ReadOnlyMemory<byte> text, ReadOnlyMemory<byte> functions, ReadOnlyMemory<byte> order,
        ReadOnlyMemory<byte> sites)
    {
        (Text, Functions, Order, Sites) = (text, functions, order, sites);
        CheckSizes();
    }

    /// <summary>Machine code and its read-only constants.</summary>
    public ReadOnlyMemory<byte> Text { get; }
    /// <summary>Number of functions the module defines, present or not.</summary>
    public int FunctionCount => Functions.Length / FunctionEntrySize;
    /// <summary>Number of functions whose code is here.</summary>
    public int PresentCount => Order.Length / OrderEntrySize;
    /// <summary>Number of functions whose code is missing, and of slots.</summary>
    public int MissingCount => FunctionCount - PresentCount;
    /// <summary>Bytes of slots before the text, a multiple of the page size.</summary>
    public int SlotAreaSize => SlotAreaSizeFor(MissingCount);

    /// <summary>Per function: offset in the text, length, offset of its sites.</summary>
    internal ReadOnlyMemory<byte> Functions { get; }
    /// <summary>Indices of the present functions in the order of addresses.</summary>
    internal ReadOnlyMemory<byte> Order { get; }
    /// <summary>Per present function a run of <see cref="SiteRun"/>.</summary>
    internal ReadOnlyMemory<byte> Sites { get; }

    /// <summary>Whether the code of a function is here.</summary>
    /// <param name="bodyIndex">Index among the functions the module defines.</param>
    public bool IsPresent(int bodyIndex) => Entry(bodyIndex).Length > 0;

    /// <summary>Where to call a function: offset in the text of its code, or of its stub.</summary>
    /// <param name="bodyIndex">Index among the functions the module defines.</param>
    public int EntryOffset(int bodyIndex) => Entry(bodyIndex).Offset;

    /// <summary>Bytes of a function's code; zero if it is missing.</summary>
    /// <param name="bodyIndex">Index among the functions the module defines.</param>
    public int LengthOf(int bodyIndex) => Entry(bodyIndex).Length;

    /// <summary>
    /// Offset in the text of what a missing function's slot holds at first: the way to have it compiled.
    /// </summary>
    public static int ResumeOffset(int slot) =>
        CodeImageStubs.First + slot * CodeImageStubs.Size + CodeImageStubs.ResumeOffset;

    /// <summary>The slot of a missing function.</summary>
    /// <param name="bodyIndex">Index among the functions the module defines.</param>
    public int SlotOf(int bodyIndex) => (EntryOffset(bodyIndex) - CodeImageStubs.First) / CodeImageStubs.Size;

    /// <summary>Finds the present function at an offset of the text, and what is recorded there.</summary>
    /// <param name="offset">Offset in the text.</param>
    /// <param name="bodyIndex">The function.</param>
    /// <param name="site">The trap or call at exactly this offset; wasm offset -1 if nothing is recorded.</param>
    public bool TryFind(int offset, out int bodyIndex, out CodeSite site)
    {
        (bodyIndex, site) = (-1, new CodeSite(0, TrapCode.None, -1));
        int place = LastAtOrBelow(offset);
        if (place < 0) return false;
        int candidate = BodyAt(place);
        var entry = Entry(candidate);
        // A call may be a function's last instruction, so its return address may be just past the end.
        if (offset > entry.Offset + entry.Length) return false;
        bodyIndex = candidate;
        if (SiteRun.TryFind(Sites.Span[entry.Sites..], offset - entry.Offset, out var found)) site = found;
        return true;
    }

    internal static int SlotAreaSizeFor(int missing) => (missing * SlotSize + PageSize - 1) & -PageSize;

    internal FunctionEntry Entry(int bodyIndex)
    {
        var bytes = Functions.Span.Slice(bodyIndex * FunctionEntrySize, FunctionEntrySize);
        var entry = new FunctionEntry(Word(bytes, 0), Word(bytes, 4), Word(bytes, 8));
        bool isInside = entry.Offset >= 0 && entry.Length >= 0 && entry.Length <= Text.Length - entry.Offset
            && (uint)entry.Sites <= (uint)Sites.Length;
        return isInside ? entry : throw Damaged($"function {bodyIndex} lies outside of it");
    }

    private int BodyAt(int place)
    {
        int body = Word(Order.Span, place * OrderEntrySize);
        return (uint)body < (uint)FunctionCount ? body : throw Damaged($"it has no function {body}");
    }

    private int LastAtOrBelow(int offset)
    {
        int low = 0, high = PresentCount - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            if (Entry(BodyAt(middle)).Offset <= offset) low = middle + 1;
            else high = middle - 1;
        }
        return high;
    }

    private void CheckSizes()
    {
        if (Functions.Length % FunctionEntrySize != 0 || Order.Length % OrderEntrySize != 0)
            throw Damaged("tables are cut");
        if (MissingCount < 0) throw Damaged("it has more code than functions");
        if (Text.Length > LargestText) throw Damaged("it is too large");
        if (MissingCount > 0 && Text.Length < CodeImageStubs.TextSize(MissingCount)) throw Damaged("stubs are cut");
    }

    private static int Word(ReadOnlySpan<byte> bytes, int offset) =>
        BinaryPrimitives.ReadInt32LittleEndian(bytes[offset..]);

    private static InvalidDataException Damaged(string how) => new($"cannot use the code image: {how}");

    /// <summary>Where a function is.</summary>
    /// <param name="Offset">Offset in the text of its code or stub.</param>
    /// <param name="Length">Length of its code; zero if it is missing.</param>
    /// <param name="Sites">Offset of its run of sites.</param>
    internal readonly record struct FunctionEntry(int Offset, int Length, int Sites);
}
