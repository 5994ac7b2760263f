namespace Drydock.Layout.Profiles;

/// <summary>How often a method's code went from one of its blocks to another.</summary>
/// <param name="From">The offset of the one in the method's IL; negative for what the compiler adds of its own.</param>
/// <param name="To">The offset of the other.</param>
/// <param name="Count">How often.</param>
internal readonly record struct Edge(int From, int To, uint Count);
