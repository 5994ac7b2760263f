namespace Drydock;

/// <summary>
/// Found ahead of LINQ's own. Those have a virtual generic <c>Select</c>: compiled ahead of time, each kind of sequence
/// brings code for every pair of types that is selected anywhere, and those are megabytes.
/// </summary>
internal static class Sequences
{
    /// <summary>The results of a function on each item.</summary>
    public static IEnumerable<TResult> Select<T, TResult>(this IEnumerable<T> items, Func<T, TResult> selector)
    {
        foreach (var item in items) yield return selector(item);
    }

    /// <summary>The items for which a condition holds.</summary>
    public static IEnumerable<T> Where<T>(this IEnumerable<T> items, Func<T, bool> condition)
    {
        foreach (var item in items)
            if (condition(item)) yield return item;
    }

    /// <summary>The items of one sequence, then those of another.</summary>
    public static IEnumerable<T> Concat<T>(this IEnumerable<T> first, IEnumerable<T> second)
    {
        foreach (var item in first) yield return item;
        foreach (var item in second) yield return item;
    }
}
