namespace Drydock.Wasm.Text;

/// <summary>An instruction with what is folded into it.</summary>
/// <param name="text">The instruction with its immediates.</param>
internal sealed class FoldedNode(string text)
{
    public string Text { get; } = text;
    public List<FoldedNode> Children { get; private set; } = NoChildren;

    /// <summary>How many values it leaves.</summary>
    public int Values { get; set; }

    /// <summary>Length when written on one line; never more than a little above <see cref="TooWide"/>.</summary>
    public int Width { get; private set; } = Math.Min(text.Length + 2, TooWide);

    /// <summary>A width at which no line is long enough.</summary>
    public const int TooWide = 1000;

    private static readonly List<FoldedNode> NoChildren = [];

    public void Add(FoldedNode child)
    {
        if (Children == NoChildren) Children = [];
        Children.Add(child);
        Width = Math.Min(Width + 1 + child.Width, TooWide);
    }

    /// <summary>The children as the list of a clause that is being filled, never on one line.</summary>
    public List<FoldedNode> Open()
    {
        Spread();
        return Children == NoChildren ? Children = [] : Children;
    }

    /// <summary>Keeps it from being written on one line.</summary>
    public void Spread() => Width = TooWide;
}
