namespace Drydock;

/// <summary>
/// What LINQ does, by LINQ's names, for IEnumerable alone. LINQ's own <c>Select</c> is virtual and generic: compiled
/// ahead of time, each kind of sequence brings code for every pair of types that is selected anywhere, and those are
/// megabytes. What is here is lazy where LINQ's is.
/// </summary>
[Microsoft.CodeAnalysis.Embedded]
internal static partial class Sequences
{
    /// <summary>The results of a function on each item.</summary>
    public static IEnumerable<TResult> Select<T, TResult>(this IEnumerable<T> items, Func<T, TResult> selector)
    {
        foreach (var item in items) yield return selector(item);
    }

    /// <summary>The results of a function on each item and its place.</summary>
    public static IEnumerable<TResult> Select<T, TResult>(this IEnumerable<T> items, Func<T, int, TResult> selector)
    {
        int index = 0;
        foreach (var item in items) yield return selector(item, index++);
    }

    /// <summary>The items that a function finds for each item, one after the other.</summary>
    public static IEnumerable<TResult> SelectMany<T, TResult>(
        this IEnumerable<T> items, Func<T, IEnumerable<TResult>> selector)
    {
        foreach (var item in items)
            foreach (var result in selector(item)) yield return result;
    }

    /// <summary>The results of a function on each item and each of the items found for it.</summary>
    public static IEnumerable<TResult> SelectMany<T, TInner, TResult>(
        this IEnumerable<T> items, Func<T, IEnumerable<TInner>> selector, Func<T, TInner, TResult> combine)
    {
        foreach (var item in items)
            foreach (var inner in selector(item)) yield return combine(item, inner);
    }

    /// <summary>The items for which a condition holds.</summary>
    public static IEnumerable<T> Where<T>(this IEnumerable<T> items, Func<T, bool> condition)
    {
        foreach (var item in items)
            if (condition(item)) yield return item;
    }

    /// <summary>The items that are of a type.</summary>
    public static IEnumerable<T> OfType<T>(this System.Collections.IEnumerable items)
    {
        foreach (object? item in items)
            if (item is T typed) yield return typed;
    }

    /// <summary>The items, which are all of a type.</summary>
    public static IEnumerable<T> Cast<T>(this System.Collections.IEnumerable items)
    {
        foreach (object item in items) yield return (T)item;
    }

    /// <summary>The items of one sequence, then those of another.</summary>
    public static IEnumerable<T> Concat<T>(this IEnumerable<T> first, IEnumerable<T> second)
    {
        foreach (var item in first) yield return item;
        foreach (var item in second) yield return item;
    }

    /// <summary>The items, then one more.</summary>
    public static IEnumerable<T> Append<T>(this IEnumerable<T> items, T last)
    {
        foreach (var item in items) yield return item;
        yield return last;
    }

    /// <summary>One item, then the others.</summary>
    public static IEnumerable<T> Prepend<T>(this IEnumerable<T> items, T first)
    {
        yield return first;
        foreach (var item in items) yield return item;
    }

    /// <summary>At most so many items from the beginning.</summary>
    public static IEnumerable<T> Take<T>(this IEnumerable<T> items, int count)
    {
        if (count <= 0) yield break;
        foreach (var item in items)
        {
            yield return item;
            if (--count == 0) yield break;
        }
    }

    /// <summary>The items after so many.</summary>
    public static IEnumerable<T> Skip<T>(this IEnumerable<T> items, int count)
    {
        foreach (var item in items)
            if (--count < 0) yield return item;
    }

    /// <summary>The items before the first for which a condition does not hold.</summary>
    public static IEnumerable<T> TakeWhile<T>(this IEnumerable<T> items, Func<T, bool> condition)
    {
        foreach (var item in items)
        {
            if (!condition(item)) yield break;
            yield return item;
        }
    }

    /// <summary>The items from the first for which a condition does not hold.</summary>
    public static IEnumerable<T> SkipWhile<T>(this IEnumerable<T> items, Func<T, bool> condition)
    {
        bool isSkipping = true;
        foreach (var item in items)
            if (!(isSkipping = isSkipping && condition(item))) yield return item;
    }

    /// <summary>Each item once, where it comes first.</summary>
    public static IEnumerable<T> Distinct<T>(this IEnumerable<T> items, IEqualityComparer<T>? comparer = null)
    {
        var seen = new HashSet<T>(comparer);
        foreach (var item in items)
            if (seen.Add(item)) yield return item;
    }

    /// <summary>The first item of each key.</summary>
    public static IEnumerable<T> DistinctBy<T, TKey>(this IEnumerable<T> items, Func<T, TKey> key)
    {
        var seen = new HashSet<TKey>();
        foreach (var item in items)
            if (seen.Add(key(item))) yield return item;
    }

    /// <summary>Each item once that is not among others.</summary>
    public static IEnumerable<T> Except<T>(this IEnumerable<T> items, IEnumerable<T> others)
    {
        var seen = new HashSet<T>(others);
        foreach (var item in items)
            if (seen.Add(item)) yield return item;
    }

    /// <summary>The items with their places.</summary>
    public static IEnumerable<(int Index, T Item)> Index<T>(this IEnumerable<T> items)
    {
        int index = 0;
        foreach (var item in items) yield return (index++, item);
    }

    /// <summary>The results of a function on the items of two sequences at one place, as far as both go.</summary>
    public static IEnumerable<TResult> Zip<T, TOther, TResult>(
        this IEnumerable<T> items, IEnumerable<TOther> others, Func<T, TOther, TResult> combine)
    {
        using IEnumerator<TOther> other = others.GetEnumerator();
        foreach (var item in items)
        {
            if (!other.MoveNext()) yield break;
            yield return combine(item, other.Current);
        }
    }

    /// <summary>The items from the last to the first.</summary>
    public static IEnumerable<T> Reversed<T>(this IEnumerable<T> items)
    {
        List<T> all = [.. items];
        for (int i = all.Count - 1; i >= 0; i--) yield return all[i];
    }

    /// <summary>So many numbers from a first one upwards.</summary>
    public static IEnumerable<int> Range(int first, int count)
    {
        for (int i = 0; i < count; i++) yield return first + i;
    }

    /// <summary>One item so many times.</summary>
    public static IEnumerable<T> Repeat<T>(T item, int count)
    {
        for (int i = 0; i < count; i++) yield return item;
    }
}
