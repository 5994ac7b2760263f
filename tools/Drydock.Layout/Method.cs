namespace Drydock.Layout;

/// <summary>The code of a method, which is moved as one.</summary>
/// <param name="start">Where it is in the section.</param>
/// <param name="size">In bytes, without the filling behind.</param>
internal sealed class Method(int start, int size)
{
    /// <summary>What the compiler gives methods with loops.</summary>
    private const int LoopAlignment = 32;

    /// <summary>What it gives the others: pointers to them have two bits to spare.</summary>
    private const int LeastAlignment = 4;

    public int Start { get; } = start;

    public int Size { get; } = size;

    public int End => Start + Size;

    /// <summary>Where it will be in the section, or -1.</summary>
    public int Place { get; set; } = -1;

    /// <summary>
    /// What its place is a multiple of. Object files do not say: what is aligned for loops may be so by chance, as every
    /// second is, and the filling before them adds up. So only those that a start runs get it.
    /// </summary>
    public int AlignmentIf(bool inStart) => inStart && Start % LoopAlignment == 0 ? LoopAlignment : LeastAlignment;
}
